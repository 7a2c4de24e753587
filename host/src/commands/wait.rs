//! `wait`: follow the deployment in progress, or judge the last one.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::follow::{Track, follow, judged};
use super::interrupt::{Underway, interruptible};
use super::looking::{again, chosen, found, goal, key, service_of, settings};
use super::prepare::{Need, Project, connection, within_reach};
use crate::aws::connect;
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::wait::Goal;

/// Follows the deployment in progress to its end, or judges the last one
#[derive(Debug, Args)]
#[command(after_help = "Exits as `deploy` does; see `acetate help exit-codes`.")]
pub struct WaitArgs {
    /// Services of the configuration; all of them where none is named
    services: Vec<String>,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
    /// Do not call it a success where the service wants no task
    #[arg(long)]
    require_running: bool,
}

/// Follows, and judges.
///
/// # Errors
/// AWS's refusals, and every verdict but success.
pub async fn run(args: WaitArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    out.stream();
    let project = Project::open(global, out)?;
    let underway = Underway::default();
    interruptible(&underway, wait(&args, &project, &underway, out)).await
}

async fn wait(
    args: &WaitArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let mut tracks = Vec::new();
    for name in chosen(project, &args.services) {
        tracks.push(track(args, project, name.as_deref(), out).await?);
    }
    let verdicts = follow(tracks, underway, out).await;
    let errors: Vec<Error> = verdicts.iter().filter_map(|v| judged(v).err()).collect();
    worst(errors, verdicts.len(), out)
}

fn worst(mut errors: Vec<Error>, all: usize, out: &mut Output) -> Result<(), Error> {
    if errors.len() < 2 {
        return errors.pop().map_or(Ok(()), Err);
    }
    errors.iter().for_each(|error| out.error(error));
    let kind = errors
        .iter()
        .map(|e| e.kind)
        .max_by_key(|kind| kind.exit_code());
    let message = format!("{} of {all} deployments did not succeed", errors.len());
    Err(Error::new(kind.unwrap_or(ErrorKind::Bug), message))
}

async fn track(
    args: &WaitArgs,
    project: &Project,
    name: Option<&str>,
    out: &mut Output,
) -> Result<Track, Error> {
    let settings = settings(project, name, out)?;
    let global = project.global();
    within_reach(global, &settings, Need::Service)?;
    let aws = Arc::new(connect(&connection(global, &settings))?);
    let (cluster, service) = service_of(&settings)?;
    let view = found(&aws, cluster, service).await?;
    let base = Goal {
        cluster: cluster.to_owned(),
        ..Goal::of_service(&view, None)
    };
    let resume = again(global, name).wait;
    let goal = goal(&settings, base, args.timeout, args.require_running, resume);
    Ok(Track {
        goal,
        aws,
        key: key(global, &settings),
    })
}
