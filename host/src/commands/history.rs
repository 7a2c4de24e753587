//! `history`: what ran when, how it went, and what it was made from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::back;
use super::looking::{found, service_of, settings, template_family};
use super::prepare::read::revision;
use super::prepare::{Need, Project, connection, within_reach};
use super::prune::{self, PruneArgs};
use crate::aws::{Aws, connect};
use crate::cli::Global;
use crate::config::Settings;
use crate::error::Error;
use crate::event::short;
use crate::output::{Output, escape};
use crate::plan::family_of;
use crate::render::{after_failed, stamps_of};
use crate::rollback::{line, targets};
use crate::wait::observation::{ServiceDeploymentView, ServiceView};

/// Tells what ran when, how it went, and what it was made from
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "ECS remembers deployments for 90 days; older revisions are listed by their stamps."
)]
pub struct HistoryArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// How many deployments to tell, and how many revisions that were not deployed lately
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    #[command(subcommand)]
    command: Option<HistoryCommand>,
}

/// What is done to the past.
#[derive(Debug, Subcommand)]
enum HistoryCommand {
    /// Deregister old revisions that nothing refers to
    Prune(PruneArgs),
}

/// One deployment, or a revision without one.
#[derive(Debug, Serialize)]
struct Past {
    task_definition: String,
    /// Unix seconds at which the deployment was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    /// AWS's word for how the deployment ended; absent for a revision without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// AWS's words for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    standing: Standing,
    /// Which `after` task failed on the revision, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_failed: Option<String>,
    /// Whether the revision can still be deployed.
    active: bool,
    stamps: BTreeMap<String, String>,
}

/// How a deployment stands to what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    /// It is what the service is on.
    Current,
    /// A `rollback` goes there.
    RollbackTarget,
    /// Something else that was.
    Past,
}

/// Prints it, newest first.
///
/// # Errors
/// Whatever keeps it from being read.
pub async fn run(args: HistoryArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    if let Some(HistoryCommand::Prune(args)) = args.command {
        return prune::run(args, global, out).await;
    }
    let project = Project::open(global, out)?;
    let settings = settings(&project, args.service.as_deref(), out)?;
    within_reach(global, &settings, Need::Service)?;
    let (cluster, service) = service_of(&settings)?;
    let aws = connect(&connection(global, &settings))?;
    let view = found(&aws, cluster, service).await?;
    let deployments = match aws.service_history(cluster, service).await {
        Ok(deployments) => deployments,
        Err(error) => {
            out.warn(&format!(
                "deployments cannot be seen, only revisions: {error}"
            ));
            Vec::new()
        }
    };
    let past = joined(&settings, &aws, &view, &deployments, args.limit).await?;
    if out.is_json() {
        out.json(&past);
    } else {
        out.data(&text(&past));
    }
    Ok(())
}

/// Deployments with their revisions and stamps, then stamped revisions without a deployment.
async fn joined(
    settings: &Settings,
    aws: &Aws,
    view: &ServiceView,
    deployments: &[ServiceDeploymentView],
    limit: usize,
) -> Result<Vec<Past>, Error> {
    let current = back::current(view);
    let line = line(deployments, template_family(settings).as_deref());
    let mut known = BTreeMap::new();
    let target = target(aws, targets(&line, current), &mut known).await?;
    let mut past = Vec::new();
    let mut is_told = (false, false);
    for deployment in deployments.iter().take(limit) {
        let Some(arn) = &deployment.target_task_definition else {
            continue;
        };
        let good = deployment.status == "SUCCESSFUL";
        let standing = match arn {
            arn if arn == current && !is_told.0 => Standing::Current,
            arn if Some(arn) == target.as_ref() && good && !is_told.1 => Standing::RollbackTarget,
            _ => Standing::Past,
        };
        is_told.0 |= standing == Standing::Current;
        is_told.1 |= standing == Standing::RollbackTarget;
        past.push(one(aws, arn, Some(deployment), standing, &mut known).await?);
    }
    let registered = aws.list_task_definitions(&settings.family, limit).await;
    for arn in registered.map_err(|e| e.into_error(false))? {
        if deployments
            .iter()
            .any(|d| d.target_task_definition.as_ref() == Some(&arn))
        {
            continue;
        }
        let standing = match arn == current {
            true => Standing::Current,
            false => Standing::Past,
        };
        let row = one(aws, &arn, None, standing, &mut known).await?;
        if !row.stamps.is_empty() {
            past.push(row);
        }
    }
    Ok(past)
}

/// What is known of a revision.
#[derive(Clone, Default)]
struct Revision {
    active: bool,
    after_failed: Option<String>,
    stamps: BTreeMap<String, String>,
}

type Known = BTreeMap<String, Revision>;

/// The first that a `rollback` goes to.
async fn target(
    aws: &Aws,
    targets: Vec<String>,
    known: &mut Known,
) -> Result<Option<String>, Error> {
    for arn in targets {
        let found = learned(aws, &arn, known).await?;
        if found.active && found.after_failed.is_none() {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

async fn learned(aws: &Aws, arn: &str, known: &mut Known) -> Result<Revision, Error> {
    if let Some(found) = known.get(arn) {
        return Ok(found.clone());
    }
    let (active, definition) = match back::active(aws, arn).await? {
        Some(found) => (true, Some(found.definition)),
        None => (false, revision(aws, arn).await?.map(|gone| gone.definition)),
    };
    let after_failed = definition.as_ref().and_then(after_failed);
    let mut stamps = definition.as_ref().map(stamps_of).unwrap_or_default();
    // It says nothing of what the revision was made from, and has a place of its own.
    stamps.retain(|_, value| Some(&*value) != after_failed.as_ref());
    let found = Revision {
        active,
        after_failed,
        stamps,
    };
    known.insert(arn.to_owned(), found.clone());
    Ok(found)
}

async fn one(
    aws: &Aws,
    arn: &str,
    deployment: Option<&ServiceDeploymentView>,
    standing: Standing,
    known: &mut Known,
) -> Result<Past, Error> {
    let Revision {
        active,
        after_failed,
        stamps,
    } = learned(aws, arn, known).await?;
    Ok(Past {
        task_definition: arn.to_owned(),
        at: deployment.and_then(|d| d.created_at),
        status: deployment.map(|d| d.status.clone()),
        reason: deployment.and_then(|d| d.status_reason.clone()),
        standing,
        after_failed,
        active,
        stamps,
    })
}

fn text(past: &[Past]) -> String {
    let mut text = String::new();
    for p in past {
        let at =
            p.at.map_or_else(|| "not deployed lately".to_owned(), moment);
        let status = p.status.as_deref().unwrap_or("registered");
        let _ = write!(
            text,
            "{at}  {}  {}",
            escape::line(short(&p.task_definition)),
            escape::line(status)
        );
        let notes = [
            (p.standing == Standing::Current, "the service is on it"),
            (
                p.standing == Standing::RollbackTarget,
                "`acetate rollback` goes here",
            ),
            (p.after_failed.is_some(), "its `after` task failed"),
            (!p.active, "not active any more"),
        ];
        for (_, note) in notes.iter().filter(|(is_so, _)| *is_so) {
            let _ = write!(text, "  ({note})");
        }
        text.push('\n');
        let made = ["inputs", "source", "template-ref"];
        for (name, value) in made.iter().filter_map(|n| Some((n, p.stamps.get(*n)?))) {
            let shown = match *name {
                "template-ref" => short_family(value),
                _ => value.clone(),
            };
            let _ = writeln!(text, "    {name}: {}", escape::line(&shown));
        }
        if let Some(why) = &p.after_failed {
            let _ = writeln!(text, "    {}", escape::line(why));
        }
        if let Some(reason) = p
            .reason
            .as_ref()
            .filter(|_| p.status.as_deref() != Some("SUCCESSFUL"))
        {
            let _ = writeln!(text, "    {}", escape::line(reason));
        }
    }
    if past.is_empty() {
        text.push_str("nothing of acetate's was deployed here yet\n");
    }
    text
}

fn short_family(reference: &str) -> String {
    match family_of(reference) {
        Some(_) => short(reference).to_owned(),
        None => reference.to_owned(),
    }
}

/// A time as `2026-11-25 07:30:00Z`.
pub(super) fn moment(seconds: f64) -> String {
    let whole = seconds.max(0.0).floor();
    jiff::Timestamp::from_second(whole as i64).map_or_else(
        |_| "at an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    )
}
