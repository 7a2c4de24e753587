//! `abort`: the deployment in progress is rolled back.

use std::time::Duration;

use clap::Args;

use super::carry_on::{InProgress, in_progress};
use super::follow::{follow, judged};
use super::interrupt::{Underway, interruptible};
use super::prepare::Project;
use crate::aws::Aws;
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::event::Outcome;
use crate::output::Output;

/// Rolls the deployment in progress back, the whole service revision with it, infrastructure's
/// part included
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 0 once the service is back, with 7 where it is not known to be."
)]
pub struct AbortArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
}

/// Rolls back, and follows that.
///
/// # Errors
/// [`ErrorKind::Refused`] where nothing is in progress; AWS's refusals; every end but the service
/// back on what ran before.
pub async fn run(args: AbortArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    out.stream();
    let project = Project::open(global, out)?;
    let underway = Underway::default();
    interruptible(&underway, abort(&args, &project, &underway, out)).await
}

async fn abort(
    args: &AbortArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let name = args.service.as_deref();
    let found = in_progress(project, name, out).await?;
    let InProgress {
        aws,
        view,
        deployment,
        ..
    } = &found;
    out.warn(&format!(
        "the rollback takes the whole service revision of `{}` back, what infrastructure code changed in it included",
        view.name
    ));
    // A rollback that is on its way already is followed.
    if !deployment.status.starts_with("ROLLBACK") {
        found.sent(
            "the rollback of the deployment",
            project.global(),
            name,
            underway,
        );
        ask(aws, &deployment.arn, out).await?;
    }
    let track = found.track(project.global(), name, args.timeout);
    for verdict in follow(vec![track], underway, out).await {
        match verdict.outcome {
            // That is what was asked for.
            Outcome::RolledBack => {}
            Outcome::Succeeded => {
                let message = format!(
                    "the deployment to `{}` was done before it could be rolled back",
                    view.name
                );
                return Err(Error::new(ErrorKind::Refused, message)
                    .hint("`acetate rollback` goes back from it"));
            }
            _ => judged(&verdict)?,
        }
    }
    Ok(())
}

/// Asks for the rollback. Where the answer is lost, a look tells whether to ask again.
///
/// # Errors
/// [`ErrorKind::Refused`] where the deployment is over; AWS's refusals.
pub(super) async fn ask(aws: &Aws, arn: &str, out: &mut Output) -> Result<(), Error> {
    let Err(error) = aws.roll_back_service_deployment(arn).await else {
        return Ok(());
    };
    if error.code.as_deref() == Some("ConflictException") {
        return Err(Error::new(ErrorKind::Refused, error)
            .hint("the deployment is over; `acetate rollback` goes back from it"));
    }
    if !error.maybe_done {
        return Err(error.into_error(false));
    }
    out.warn(&format!("{error}; looking what became of it"));
    let seen = aws.describe_service_deployments(&[arn.to_owned()]).await;
    let seen = seen.map_err(|look| look.after_lost(&error))?;
    let still = |status: &str| matches!(status, "PENDING" | "IN_PROGRESS");
    if seen.iter().any(|d| still(&d.status)) {
        let again = aws.roll_back_service_deployment(arn).await;
        return again.map_err(|again| again.after_lost(&error));
    }
    Ok(())
}
