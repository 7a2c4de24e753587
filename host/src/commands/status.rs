//! `status`: what runs, made from what, and what infrastructure code has changed since.

mod last;

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::fleet::{Known, OfArgs, each, told};
use super::looking::{again, counts, service_of};
use super::prepare::read::{Read, read};
use super::prepare::{KeepArgs, Need, Project, connection, within_reach};
use super::provenance::template_then;
use crate::aws::Aws;
use crate::cli::Global;
use crate::config::Settings;
use crate::diff::{Change, diff};
use crate::error::{Error, ErrorKind};
use crate::event::short;
use crate::output::{Output, escape, mask};
use crate::plan::freshness::{Freshness, judge};
use crate::plan::{Registered, family_of};
use crate::render::stamps_of;
use last::{Last, State, is_steady, last};

/// Tells what runs, made from what, and what infrastructure code has changed since
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    of: OfArgs,
    /// Exit with 3 unless all is fresh and steady: no deployment in progress or failed, no task missing
    #[arg(long)]
    exit_code: bool,
}

/// One service, as it is told.
#[derive(Debug, Serialize)]
struct Status {
    /// Configuration file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    name: String,
    cluster: String,
    service: String,
    task_definition: String,
    desired: i32,
    running: i32,
    /// Whether what is wanted runs and nothing is on its way.
    steady: bool,
    /// Its last deployment, unless that is done and what it wants runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<Last>,
    freshness: Freshness,
    template: Templates,
    /// What infrastructure code has changed in the template since.
    changes: Vec<Change>,
    /// Why it cannot be told what has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

#[derive(Debug, Serialize)]
struct Templates {
    /// What the running revision was made from, as its stamp says.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    now: String,
}

/// Prints it.
///
/// # Errors
/// [`ErrorKind::Differs`] where a code was asked for, or whatever keeps it from being read.
pub async fn run(args: StatusArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let looked = args.of.looked(global, &KeepArgs::default(), true, out)?;
    let number = looked.all.len();
    let (all, failed) = each(looked.all, out, async |known, _: &mut Output| {
        status(known).await
    })
    .await;
    let all: Vec<Status> = all.into_iter().map(|(_, status)| status).collect();
    if !out.is_json() {
        all.iter().for_each(|status| out.data(&text(status)));
    } else if failed.len() < number {
        out.json(&all);
    }
    told(failed, number, "looked at", out)?;
    let is_well = |s: &Status| s.freshness == Freshness::Fresh && s.steady;
    if args.exit_code && !all.iter().all(is_well) {
        return Err(Error::new(
            ErrorKind::Differs,
            "not all is fresh and steady",
        ));
    }
    Ok(())
}

async fn status((member, settings): Known) -> Result<Status, Error> {
    let project = &*member.project;
    let (cluster, service) = service_of(&settings)?;
    within_reach(project.global(), &settings, Need::Service)?;
    let connection = connection(project.global(), &settings);
    let aws = project.shared().reads().aws(&connection)?;
    let found = read(project, &settings, &aws, Need::Service).await?;
    let view = found
        .service
        .as_ref()
        .ok_or_else(|| Error::new(ErrorKind::Bug, "the service was not read"))?;
    let again = again(project.global(), member.name.as_deref());
    let last = last(&aws, view, &again).await;
    let (freshness, then) = match judged(&found, &settings) {
        // Not infrastructure code, but ECS put it there.
        (Freshness::Reset, then) if last.as_ref().is_some_and(was_taken_back) => {
            (Freshness::Foreign, then)
        }
        judged => judged,
    };
    let changes = changes(&settings, freshness, &found, &aws, project).await;
    let (desired, running) = counts(view);
    Ok(Status {
        config: member.of.clone(),
        name: settings.name.clone(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        task_definition: view.task_definition.clone(),
        desired,
        running,
        steady: is_steady(view, last.as_ref()),
        deployment: last,
        freshness,
        template: Templates {
            then,
            now: found.template.reference.clone(),
        },
        unknown: changes.as_ref().err().cloned(),
        changes: changes.unwrap_or_default(),
    })
}

fn was_taken_back(last: &Last) -> bool {
    matches!(last.state, State::RollingBack | State::RolledBack)
}

/// How what runs stands to the template, and what its stamp says it was made from.
fn judged(found: &Read, settings: &Settings) -> (Freshness, Option<String>) {
    let Some(running) = &found.running else {
        return (Freshness::Foreign, None);
    };
    let template = found.template.arn.as_deref().and_then(family_of);
    let template = template.filter(|family| *family != settings.family);
    let latest = found.latest.as_ref().map(|latest| Registered {
        arn: &latest.arn,
        definition: &latest.definition,
    });
    let running = Registered {
        arn: &running.arn,
        definition: &running.definition,
    };
    let then = stamps_of(running.definition).remove("template-ref");
    (
        judge(running, latest, template, &found.template.digest),
        then,
    )
}

async fn changes(
    settings: &Settings,
    freshness: Freshness,
    found: &Read,
    aws: &Aws,
    project: &Project,
) -> Result<Vec<Change>, String> {
    let (Freshness::Stale, Some(running)) = (freshness, &found.running) else {
        return Ok(Vec::new());
    };
    let then = template_then(settings, &found.template, aws, running, project).await?;
    let changes = diff(&then, &found.template.definition);
    Ok(changes.into_iter().map(masked).collect())
}

pub(super) fn masked(change: Change) -> Change {
    let shown = |value: Option<Value>| value.map(|v| mask::at(&change.address, &v));
    Change {
        old: shown(change.old),
        new: shown(change.new),
        address: change.address,
    }
}

fn text(s: &Status) -> String {
    let (service, cluster) = (escape::line(&s.service), escape::line(&s.cluster));
    let runs = short(&s.task_definition);
    let of = s.config.as_deref();
    let of = of.map_or_else(String::new, |of| format!("{}: ", escape::line(of)));
    let mut text = format!(
        "{of}{service} in {cluster} is on {runs} ({} of {} tasks)\n",
        s.running, s.desired
    );
    let mut line = |words: &str| {
        let _ = writeln!(text, "  {words}");
    };
    for said in s.deployment.iter().flat_map(Last::lines) {
        line(&escape::line(&said));
    }
    line(s.freshness.words());
    if let Some(then) = &s.template.then {
        line(&format!("made from {}", escape::line(then)));
    }
    if s.template.then.as_ref() != Some(&s.template.now) {
        line(&format!(
            "the template is {}",
            escape::line(&s.template.now)
        ));
    }
    for change in &s.changes {
        line(&format!(
            "by infrastructure: {}",
            escape::line(&words(change))
        ));
    }
    if let Some(why) = &s.unknown {
        line(&format!(
            "what has changed cannot be told: {}",
            escape::line(why)
        ));
    }
    if s.freshness == Freshness::Reset {
        line("`acetate deploy` puts the service back on a revision of yours");
    }
    text
}

pub(super) fn words(change: &Change) -> String {
    let value = |v: &Option<Value>| {
        v.as_ref()
            .map_or_else(|| "nothing".to_owned(), Value::to_string)
    };
    format!(
        "{} {} → {}",
        change.address,
        value(&change.old),
        value(&change.new)
    )
}
