//! From the configuration to the rendered task definition: what nearly every verb starts with.

mod configuration;
mod kept;
mod lay;
pub(super) mod locked;
mod misfit;
mod plugins;
pub(super) mod read;
mod reads;
mod unanswered;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

pub use configuration::{Project, connection, within_reach};
pub use kept::{KeepArgs, Kept, template_then};
pub use reads::look_together;

use crate::aws::Aws;
use crate::config::{Entry, STANDARD, Settings};
use crate::error::Error;
use crate::event::Diagnostic;
use crate::output::Output;
use crate::overlay::meaning::{self, Powers, Scene};
use crate::overlay::{Overlaid, Session};
use crate::plugin::{Asked, Later, Lookups, Plugin, Remembered, RunReport, referents};
use crate::render::{self, Rendered, Stamps};
use crate::task_definition::TaskDefinition;
use crate::template::{self, Template};
use crate::verify::learned::Learned;
use crate::wait::observation::ServiceView;
use lay::{Loaded, Stage};
use world::World;

/// What a verb needs to know beyond the template and what plugins look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the rendered task definition is all.
    Template,
    /// The latest revision of the target family.
    Latest,
    /// Also the service and the revision that it runs.
    Service,
    /// The service, and no revision yet: of many services, each has them read when its turn comes.
    ServiceAlone,
}

/// A registered revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its ARN.
    pub arn: String,
    /// Its content, in the shape that is registered.
    pub definition: TaskDefinition,
}

/// A plugin that ran.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Name of its entry in acetate.toml.
    pub entry: String,
    /// Name and version that its manifest says.
    pub plugin: String,
    /// SHA-256 of its component, in hexadecimal.
    pub digest: String,
    /// What it reported and used.
    pub report: RunReport,
    /// What acetate.lock says of it, in words.
    pub locked: Option<String>,
    /// Native code that is still to be made.
    pub later: Option<Later>,
}

impl Ran {
    fn new(entry: &Entry, plugin: &Plugin, locked: Option<String>, report: RunReport) -> Self {
        Self {
            entry: entry.id.clone(),
            plugin: plugin.full_name(),
            digest: plugin.digest().to_owned(),
            report,
            locked,
            later: plugin.later(),
        }
    }
}

/// One service (or task), read, overlaid and rendered. Nothing was changed yet.
#[derive(Debug)]
pub struct Prepared {
    /// What the configuration says, all inputs filled in.
    pub settings: Settings,
    /// The template, its exact revision pinned.
    pub template: Template,
    /// The service as it was at the first look; none where the configuration names none.
    pub service: Option<ServiceView>,
    /// The revision that the service is set to.
    pub running: Option<Revision>,
    /// The latest ACTIVE revision of the target family.
    pub latest: Option<Revision>,
    /// ARN of that, where it was read later.
    pub latest_later: OnceLock<String>,
    /// The template with the overlays on it, and who edited what.
    pub overlaid: Overlaid,
    /// What will be registered.
    pub rendered: Rendered,
    /// What plugins and policies reported, and what rendering found.
    pub diagnostics: Vec<Diagnostic>,
    /// The plugins that ran, in order.
    pub ran: Vec<Ran>,
    /// What the host answered to plugins: ARNs, image digests.
    pub answers: Vec<String>,
    /// All that plugins asked, with what they were replied.
    pub asked: Asked,
    /// What `verify` need not ask again.
    pub learned: Learned,
    /// The region in use, if one is known.
    pub region: Option<String>,
    /// What was read beyond the template.
    pub need: Need,
    /// AWS, connected as the configuration says.
    pub aws: Arc<Aws>,
}

impl Prepared {
    /// ARN of the latest revision of the target family, as far as it was read.
    #[must_use]
    pub fn latest_arn(&self) -> Option<&str> {
        let later = self.latest_later.get().map(String::as_str);
        self.latest
            .as_ref()
            .map_or(later, |latest| Some(&latest.arn))
    }

    /// Has native code made of the plugins that ran without, while there is time.
    pub fn make_code(&self) {
        let later = self.ran.iter().filter_map(|ran| ran.later.clone());
        later.for_each(Later::start);
    }

    /// Lets go of what is read no more once a plan is made: of a thousand services, it counts.
    pub fn slim(&mut self) {
        let family = self.template.definition.family().map(str::to_owned);
        let empty = || {
            let document = serde_json::json!({ "family": family });
            TaskDefinition::new(document).expect("an object is a document")
        };
        self.overlaid.template = empty();
        self.overlaid.definition = empty();
        self.overlaid.edits = Vec::new();
        self.overlaid.claims = Default::default();
        self.template.text = Vec::new();
        self.template.definition = empty();
        self.asked = Asked::default();
        self.answers = Vec::new();
        self.running = None;
        if let Some(latest) = &mut self.latest {
            latest.definition = empty();
        }
    }

    /// What each plugin may do, in the words of what will be registered. The built-in one is left
    /// out: it does what the user's own lines say.
    #[must_use]
    pub fn powers(&self) -> Vec<Powers> {
        let overlays = self.settings.overlays.iter().filter(|e| e.id != STANDARD);
        let entries = overlays.chain(&self.settings.policies);
        let told = entries.map(|entry| {
            let added = meaning::added(&self.overlaid, &entry.id);
            let scene = Scene {
                document: Some(&self.rendered.definition),
                added: &added,
            };
            meaning::powers(&entry.id, &entry.allow, &entry.grant, scene)
        });
        told.collect()
    }
}

/// Reads, overlays and renders one service of the project.
///
/// # Errors
/// Whatever stops it before anything was changed: configuration, template, AWS, a plugin.
pub async fn prepare(
    project: &Project,
    service: Option<&str>,
    need: Need,
    out: &mut Output,
) -> Result<Prepared, Error> {
    let prepared = lay_out(project, service, need, out).await;
    if let Err(error) = &prepared {
        project.coredump().keep(error.source.as_ref(), out);
    }
    prepared
}

async fn lay_out(
    project: &Project,
    service: Option<&str>,
    need: Need,
    out: &mut Output,
) -> Result<Prepared, Error> {
    let settings = project.settings(service, out)?;
    template::check_family(&settings.template, &settings.family)?;
    let world = World::of(project, &settings, need)?;
    let need = world::all_of(need, &settings);
    // Loading has a thread of its own, which begins first.
    let (loaded, found) = tokio::join!(
        world.load(project, &settings),
        world.read(project, &settings, need)
    );
    super::told(project.shared().store(), out);
    let (found, loaded) = (found?, Arc::new(loaded?));
    let settings = match settings.running_inputs.is_empty() {
        true => settings,
        false => project.with_running(settings, &images(found.running.as_ref()), out)?,
    };
    let remembered = Arc::new(Remembered::new(world.lookups()));
    let region = world.region().await;
    let stage = Arc::new(Stage::new(
        &settings,
        &found.template,
        region.clone(),
        Arc::clone(&remembered) as Arc<dyn Lookups>,
    ));
    let tags = settings.deploy.template_tags;
    let template = render::template_tags(found.template.definition.clone(), tags);
    let session = Session::new(template, &settings.family);
    let refused = |error, out: &mut Output| {
        let error = unanswered::by_aws(error, project, &remembered.asked());
        misfit::told(error, &settings, &loaded, out)
    };
    let laid = lay::overlay(&stage, &loaded, session).await;
    let (overlaid, mut ran) = laid.map_err(|error| refused(error, out))?;
    let stamps = stamps(&settings, &found.template, loaded.lock());
    let rendered = render::render(overlaid.definition.clone(), &settings.family, &stamps);
    let rendered = rendered
        .map_err(|faults| configuration::faults(out, &faults, "rendered task definition"))?;
    super::told(project.shared().store(), out);
    let judged = lay::judge(&stage, &loaded, &overlaid, &rendered.definition).await;
    let judged = judged.map_err(|error| refused(error, out))?;
    let diagnostics = findings(&loaded, &overlaid, &judged);
    ran.extend(judged);
    traces(&ran, out);
    let asked = remembered.asked();
    Ok(Prepared {
        diagnostics,
        answers: referents(&asked),
        asked,
        learned: world.learned(),
        region,
        need,
        settings,
        template: found.template,
        service: found.service,
        running: found.running,
        latest: found.latest,
        latest_later: OnceLock::new(),
        overlaid,
        rendered,
        ran,
        aws: world.aws,
    })
}

/// What there is to say about the plugins, and what overlays and policies reported.
fn findings(loaded: &Loaded, overlaid: &Overlaid, judged: &[Ran]) -> Vec<Diagnostic> {
    let mut all = loaded.diagnostics();
    all.extend(overlaid.diagnostics.clone());
    all.extend(judged.iter().flat_map(|j| j.report.diagnostics.clone()));
    all
}

/// What plugins said to their authors, for whoever wants more.
fn traces(ran: &[Ran], out: &mut Output) {
    if out.verbosity() == 0 {
        return;
    }
    for ran in ran {
        for traced in &ran.report.traced {
            out.note(&format!("{}: {}", ran.entry, traced.message));
        }
    }
}

/// The image of each container that runs.
fn images(running: Option<&Revision>) -> BTreeMap<String, String> {
    let text = |container: &Value, key: &str| container.get(key)?.as_str().map(str::to_owned);
    let containers = running.map_or(&[][..], |revision| revision.definition.containers());
    containers
        .iter()
        .filter_map(|c| Some((text(c, "name")?, text(c, "image")?)))
        .collect()
}

fn stamps(settings: &Settings, template: &Template, lock: Option<&str>) -> Stamps {
    if !settings.deploy.stamp {
        return Stamps::default();
    }
    let inputs: Vec<String> = settings
        .inputs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Stamps {
        template_ref: template.pinned().map(str::to_owned),
        template_digest: Some(template.digest.clone()),
        lock_digest: lock.map(str::to_owned),
        inputs: (!inputs.is_empty()).then(|| inputs.join(" ")),
        source: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}
