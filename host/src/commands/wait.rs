//! `wait`: follow the deployment in progress, or judge the last one.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::follow::{Track, follow, judged};
use super::interrupt::{Underway, interruptible};
use super::looking::{again, chosen, found, goal, key, service_of, settings};
use super::prepare::{Need, Project, connection, within_reach};
use super::publish::publish_followed;
use crate::aws::connect;
use crate::cli::Global;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::wait::Goal;
use crate::wait::observation::ServiceView;
use crate::wait::stage::Until;

/// Follows the deployment in progress to its end, or judges the last one
#[derive(Debug, Args)]
#[command(
    after_help = "Where it ended well and `deploy.publish` names a parameter, that is written as `deploy` writes it, which needs its permission; with `after` tasks, which `wait` does not run, `deploy` runs them and writes it.\n\nExits as `deploy` does; see `acetate help exit-codes`."
)]
pub struct WaitArgs {
    /// Services of the configuration; all of them where none is named
    services: Vec<String>,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
    /// How far to follow: stage:NAME or done [default: done]
    #[arg(long, value_name = "POINT", value_parser = point)]
    wait_until: Option<Until>,
    /// Do not call it a success where the service wants no task
    #[arg(long)]
    require_running: bool,
}

/// How far to follow what AWS has accepted already.
fn point(text: &str) -> Result<Until, String> {
    match text.parse()? {
        Until::Accepted => Err("it is accepted already: `stage:NAME` or `done`".to_owned()),
        until => Ok(until),
    }
}

/// Only some strategies have stages that could be waited for.
///
/// # Errors
/// [`ErrorKind::Usage`] for a stage of a rolling service.
pub(super) fn has_stages(until: &Until, view: &ServiceView) -> Result<(), Error> {
    match until {
        Until::Stage(stage) if view.strategy == "ROLLING" => Err(Error::new(
            ErrorKind::Usage,
            format!(
                "`{}` is deployed by rolling, which has no stage `{stage}`",
                view.name
            ),
        )
        .hint("`accepted` and `done` are there for every strategy")),
        _ => Ok(()),
    }
}

/// Follows, judges, and publishes what the run that began it would have published.
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
    let (mut tracks, mut members) = (Vec::new(), Vec::new());
    for name in chosen(project, &args.services) {
        let settings = settings(project, name.as_deref(), out)?;
        let track = track(args, project, name.as_deref(), &settings).await?;
        members.push((name, settings, Arc::clone(&track.aws)));
        tracks.push(track);
    }
    let verdicts = follow(tracks, underway, out).await;
    let mut errors = Vec::new();
    for (verdict, (name, settings, aws)) in verdicts.iter().zip(&members) {
        let deploy = again(project.global(), name.as_deref()).deploy;
        let done = match judged(verdict) {
            Ok(()) => publish_followed(settings, aws, verdict, &deploy, out).await,
            failed => failed,
        };
        errors.extend(done.err());
    }
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
    settings: &Settings,
) -> Result<Track, Error> {
    let global = project.global();
    within_reach(global, settings, Need::Service)?;
    let aws = Arc::new(connect(&connection(global, settings))?);
    let (cluster, service) = service_of(settings)?;
    let view = found(&aws, cluster, service).await?;
    let base = Goal {
        cluster: cluster.to_owned(),
        ..Goal::of_service(&view, None)
    };
    let again = again(global, name);
    let goal = goal(settings, base, args.timeout, args.require_running, again);
    let until = args.wait_until.clone().unwrap_or_default();
    has_stages(&until, &view)?;
    Ok(Track {
        goal: Goal { until, ..goal },
        aws,
        key: key(global, settings),
    })
}
