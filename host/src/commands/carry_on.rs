//! `continue`: a deployment that waits in a PAUSE hook goes on, and is followed.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::follow::{Track, follow, judged};
use super::interrupt::{Underway, interruptible};
use super::looking::{again, found, goal, key, service_of, settings};
use super::prepare::read::guard;
use super::prepare::{Need, Project, connection, within_reach};
use super::publish::publish_followed;
use super::wait::has_stages;
use crate::aws::{Aws, connect};
use crate::cli::Global;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::wait::Goal;
use crate::wait::observation::{ServiceDeploymentView, ServiceView};
use crate::wait::stage::Until;

/// Lets a deployment that waits in a PAUSE hook go on, and follows it
#[derive(Debug, Args)]
#[command(after_help = "Exits as `deploy` does; see `acetate help exit-codes`.")]
pub struct ContinueArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// How far to follow: accepted, stage:NAME or done [default: done]
    #[arg(long, value_name = "POINT", value_parser = |text: &str| text.parse::<Until>())]
    wait_until: Option<Until>,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
}

/// Continues, and follows.
///
/// # Errors
/// [`ErrorKind::Refused`] where nothing waits; AWS's refusals, and every verdict but success.
pub async fn run(args: ContinueArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    out.stream();
    let project = Project::open(global, out)?;
    let underway = Underway::default();
    interruptible(&underway, carry_on(&args, &project, &underway, out)).await
}

async fn carry_on(
    args: &ContinueArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let name = args.service.as_deref();
    let found = in_progress(project, name, out).await?;
    let until = args.wait_until.clone().unwrap_or_default();
    has_stages(&until, &found.view)?;
    let deployment = &found.deployment;
    let Some(pause) = &deployment.pause else {
        let message = format!(
            "the deployment in progress to `{}` waits in no PAUSE hook",
            found.view.name
        );
        return Err(Error::new(ErrorKind::Refused, message).hint("`acetate wait` follows it"));
    };
    found.sent(
        "the continuation of the deployment",
        project.global(),
        name,
        underway,
    );
    decide(&found.aws, &deployment.arn, &pause.hook, out).await?;
    let stage = deployment.stage.as_deref().unwrap_or("its stage");
    out.note(&format!("`{}` goes on from `{stage}`", found.view.name));
    if until == Until::Accepted {
        return Ok(());
    }
    let track = found.track(project.global(), name, args.timeout);
    let goal = Goal {
        until,
        ..track.goal
    };
    let track = Track { goal, ..track };
    let verdicts = follow(vec![track], underway, out).await;
    let deploy = again(project.global(), name).deploy;
    for verdict in &verdicts {
        judged(verdict)?;
        publish_followed(&found.settings, &found.aws, verdict, &deploy, out).await?;
    }
    Ok(())
}

/// Continues. Where the answer is lost, a look tells whether to ask again: what waits later is not
/// to be continued unseen.
async fn decide(aws: &Aws, arn: &str, hook: &str, out: &mut Output) -> Result<(), Error> {
    let Err(error) = aws.continue_service_deployment(arn, hook).await else {
        return Ok(());
    };
    if !error.maybe_done {
        return Err(error.into_error(false));
    }
    out.warn(&format!("{error}; looking what became of it"));
    let seen = aws.describe_service_deployments(&[arn.to_owned()]).await;
    let seen = seen.map_err(|look| look.after_lost(&error))?;
    let waits = |d: &ServiceDeploymentView| d.pause.as_ref().is_some_and(|p| p.hook == hook);
    if seen.iter().any(waits) {
        let again = aws.continue_service_deployment(arn, hook).await;
        return again.map_err(|again| again.after_lost(&error));
    }
    Ok(())
}

/// A service deployment in progress, and how it is reached.
pub struct InProgress {
    /// AWS, as the service's configuration reaches it.
    pub aws: Arc<Aws>,
    /// The settings of the service.
    pub settings: Settings,
    /// The service as it is.
    pub view: ServiceView,
    /// Its service deployment.
    pub deployment: ServiceDeploymentView,
}

impl InProgress {
    /// From now on a signal says that this was asked of AWS.
    pub fn sent(&self, what: &str, global: &Global, name: Option<&str>, underway: &Underway) {
        let service = &self.view.name;
        let told = format!("{what} to `{service}` was asked for, and goes on in AWS");
        underway.set(service, told, &again(global, name).wait);
    }

    /// What is followed of it. `name` is how the command line names the service.
    pub fn track(&self, global: &Global, name: Option<&str>, timeout: Option<Duration>) -> Track {
        let base = Goal {
            candidate: Some(self.deployment.arn.clone()),
            ..Goal::of_service(&self.view, None)
        };
        let again = again(global, name);
        Track {
            goal: goal(&self.settings, base, timeout, false, again),
            aws: Arc::clone(&self.aws),
            key: key(global, &self.settings),
        }
    }
}

/// The service deployment in progress of a service of the configuration.
///
/// # Errors
/// [`ErrorKind::Refused`] where there is none; AWS's refusals.
pub async fn in_progress(
    project: &Project,
    name: Option<&str>,
    out: &mut Output,
) -> Result<InProgress, Error> {
    let global = project.global();
    let settings = settings(project, name, out)?;
    within_reach(global, &settings, Need::Service)?;
    let aws = Arc::new(connect(&connection(global, &settings))?);
    guard(project, &settings, &aws).await?;
    let (cluster, service) = service_of(&settings)?;
    let view = found(&aws, cluster, service).await?;
    let unchanged = |error: crate::aws::CallError| {
        let error = error.into_error(false);
        error.hint("`acetate rollback --replace` takes over from a deployment without these calls")
    };
    let arn = match &view.current_deployment {
        Some(arn) => Some(arn.clone()),
        None => {
            let listed = aws.list_service_deployments(cluster, service, None).await;
            let listed = listed.map_err(unchanged)?;
            listed.first().map(|newest| newest.arn.clone())
        }
    };
    let arns: Vec<String> = arn.into_iter().collect();
    let seen = aws.describe_service_deployments(&arns).await;
    let seen = seen.map_err(unchanged)?.into_iter();
    let goes_on = |d: &ServiceDeploymentView| {
        matches!(
            d.status.as_str(),
            "PENDING"
                | "IN_PROGRESS"
                | "STOP_REQUESTED"
                | "ROLLBACK_REQUESTED"
                | "ROLLBACK_IN_PROGRESS"
        )
    };
    match seen.into_iter().find(goes_on) {
        Some(deployment) => Ok(InProgress {
            aws,
            settings,
            view,
            deployment,
        }),
        None => Err(Error::new(
            ErrorKind::Refused,
            format!("no deployment to `{service}` is in progress"),
        )
        .hint("`acetate status` tells how it is, `acetate rollback` goes back from what is done")),
    }
}
