//! Laying the overlays on the template, and letting the policies judge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::locked::{self, Pins};
use super::{Project, Ran};
use crate::arn::Arn;
use crate::config::{Entry, PluginRef, STANDARD, Settings};
use crate::error::{Error, ErrorKind};
use crate::event::Diagnostic;
use crate::overlay::{Overlaid, Session};
use crate::plugin::{self, EntryInput, Lookups, Plugin, PluginSource, RunReport, Runtime, Wanted};
use crate::task_definition::TaskDefinition;
use crate::template::Template;

/// The plugins of a configuration, loaded, in the order in which they run.
pub struct Loaded {
    overlays: Vec<(Entry, Plugin)>,
    policies: Vec<(Entry, Plugin)>,
    pins: Pins,
}

impl Loaded {
    /// Digest of the lock file, where it has a say.
    pub fn lock(&self) -> Option<&str> {
        self.pins.lock.as_deref()
    }

    fn ran(&self, entry: &Entry, plugin: &Plugin, report: RunReport) -> Ran {
        Ran::new(entry, plugin, self.pins.told(&entry.plugin), report)
    }

    /// All entries with their lists and plugins.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &Entry, &Plugin)> {
        let overlays = self.overlays.iter().map(|(e, p)| ("overlays", e, p));
        let policies = self.policies.iter().map(|(e, p)| ("policies", e, p));
        overlays.chain(policies)
    }

    /// What there is to say about the plugins themselves.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let all = self.overlays.iter().chain(&self.policies);
        let carrying = all
            .clone()
            .filter_map(|(entry, _)| plugin::carries_out(&entry.id, &entry.grant));
        all.flat_map(|(_, plugin)| plugin.diagnostics.clone())
            .chain(carrying)
            .collect()
    }

    /// The longest time that one of the plugins may spend in lookups.
    pub fn lookups_within(&self) -> Duration {
        let all = self.overlays.iter().chain(&self.policies);
        let times = all.map(|(entry, _)| entry.limits.lookups);
        times.max().unwrap_or_default()
    }

    /// What the plugins say that they will look up, as far as they may.
    pub fn wanted(&self) -> Vec<Wanted> {
        let asks = |entry: &Entry| EntryInput {
            id: entry.id.clone(),
            config: entry.config.clone(),
            grant: entry.grant.clone(),
            builtin: entry.id == STANDARD,
            ..EntryInput::default()
        };
        let all = self.overlays.iter().chain(&self.policies);
        all.flat_map(|(entry, plugin)| plugin.wanted_lookups(&asks(entry)))
            .collect()
    }
}

/// Loads every plugin on a thread of its own: it takes as long as a call to AWS, and needs none.
pub async fn load(project: &Project, settings: &Settings) -> Result<Loaded, Error> {
    let (folder, shared) = (Arc::clone(project.folder()), Arc::clone(project.shared()));
    let compilers = settings.compilers;
    let (overlays, policies) = (settings.overlays.clone(), settings.policies.clone());
    let pins = locked::pins(project, settings).await?;
    blocking(move || {
        let runtime = shared.runtime(compilers)?;
        let _turn = shared.turn();
        let each = |entries: Vec<Entry>| -> Result<Vec<(Entry, Plugin)>, Error> {
            let load =
                |entry: Entry| Ok((entry.clone(), load_one(&runtime, &folder, &pins, &entry)?));
            entries.into_iter().map(load).collect()
        };
        Ok(Loaded {
            overlays: each(overlays)?,
            policies: each(policies)?,
            pins,
        })
    })
    .await
}

fn load_one(
    runtime: &Runtime,
    folder: &cap_std::fs::Dir,
    pins: &Pins,
    entry: &Entry,
) -> Result<Plugin, Error> {
    let source = pins.source(&entry.plugin, || match &entry.plugin {
        PluginRef::Builtin(name) => Ok(PluginSource::Builtin(name.clone())),
        PluginRef::Path(path) => plugin::open(folder, path),
        PluginRef::Oci(reference) => {
            let message = format!("plugin `oci:{reference}` is not locked");
            Err(Error::new(ErrorKind::Refused, message))
        }
    })?;
    let plugin = plugin::load(runtime, source, &entry.limits)?;
    pins.check(entry, &plugin)?;
    Ok(plugin)
}

/// What is being deployed where, for `acetate:plugin/target`.
fn target(
    settings: &Settings,
    template: &Template,
    region: Option<String>,
) -> BTreeMap<String, String> {
    let arn = template.arn.as_deref().and_then(Arn::parse);
    let part = |of: fn(Arn<'_>) -> &str| arn.map(|arn| of(arn).to_owned());
    let known = [
        ("service", settings.service.clone()),
        ("cluster", settings.cluster.clone()),
        ("stage", settings.environment.clone()),
        (
            "account",
            settings.account.clone().or_else(|| part(|arn| arn.account)),
        ),
        ("region", region.or_else(|| part(|arn| arn.region))),
        ("partition", part(|arn| arn.partition)),
        ("template-arn", template.arn.clone()),
        ("host-version", Some(env!("CARGO_PKG_VERSION").to_owned())),
    ];
    known
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

fn input(entry: &Entry, settings: &Settings, target: &BTreeMap<String, String>) -> EntryInput {
    let value = |name: &String| Some((name.clone(), settings.inputs.get(name)?.clone()));
    EntryInput {
        id: entry.id.clone(),
        config: entry.config.clone(),
        inputs: entry.inputs.iter().filter_map(value).collect(),
        target: target.clone(),
        allow: entry.allow.clone(),
        grant: entry.grant.clone(),
        overrides: entry.overrides.clone(),
        builtin: entry.id == STANDARD,
    }
}

/// What every plugin of a run shares.
pub struct Stage {
    inputs: Vec<EntryInput>,
    lookups: Arc<dyn Lookups>,
}

impl Stage {
    /// For all entries of the settings, in which every input has its value now.
    pub fn new(
        settings: &Settings,
        template: &Template,
        region: Option<String>,
        lookups: Arc<dyn Lookups>,
    ) -> Self {
        let target = target(settings, template, region);
        let entries = settings.overlays.iter().chain(&settings.policies);
        Self {
            inputs: entries
                .map(|entry| input(entry, settings, &target))
                .collect(),
            lookups,
        }
    }

    fn of(&self, id: &str) -> &EntryInput {
        self.inputs
            .iter()
            .find(|input| input.id == id)
            .expect("every entry of the settings has an input")
    }
}

/// Lays the overlays on the template, one after the other.
pub async fn overlay(
    stage: &Arc<Stage>,
    loaded: &Arc<Loaded>,
    mut session: Session,
) -> Result<(Overlaid, Vec<Ran>), Error> {
    let (stage, loaded) = (Arc::clone(stage), Arc::clone(loaded));
    blocking(move || {
        let mut ran = Vec::new();
        for (entry, plugin) in &loaded.overlays {
            let lookups = Arc::clone(&stage.lookups);
            let report = plugin::run_overlay(
                plugin,
                &mut session,
                stage.of(&entry.id),
                lookups,
                &entry.limits,
            )?;
            ran.push(loaded.ran(entry, plugin, report));
        }
        Ok((session.finish(), ran))
    })
    .await
}

/// Lets the policies judge the document that will be registered.
pub async fn judge(
    stage: &Arc<Stage>,
    loaded: &Arc<Loaded>,
    overlaid: &Overlaid,
    document: &TaskDefinition,
) -> Result<Vec<Ran>, Error> {
    if loaded.policies.is_empty() {
        return Ok(Vec::new());
    }
    let (overlaid, document) = (overlaid.clone(), document.clone());
    let (stage, loaded) = (Arc::clone(stage), Arc::clone(loaded));
    blocking(move || {
        let mut ran = Vec::new();
        for (entry, plugin) in &loaded.policies {
            let lookups = Arc::clone(&stage.lookups);
            let report = plugin::run_policy(
                plugin,
                &overlaid,
                &document,
                stage.of(&entry.id),
                lookups,
                &entry.limits,
            )?;
            ran.push(loaded.ran(entry, plugin, report));
        }
        Ok(ran)
    })
    .await
}

/// Runs work that blocks on a thread made for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(ErrorKind::Bug, error)),
    }
}
