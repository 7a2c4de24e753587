//! Going back: what to go back to, checked, and the way there. Used by `rollback`, and by a deploy
//! that failed.

use super::busy::{self, Verb};
use super::looking::Again;
use super::prepare::Revision;
use crate::aws::{Aws, CallError, Class};
use crate::config::nearest::listed;
use crate::error::{Error, ErrorKind};
use crate::event::short;
use crate::output::Output;
use crate::plan::{self, Plan, family_of};
use crate::render::{after_failed, stamps_of};
use crate::rollback::{Ran, line, named, ran, targets};
use crate::task_definition::parse::from_described;
use crate::wait::goal::{Standing, primary, standing};
use crate::wait::observation::{ServiceDeploymentView, ServiceView};

/// Whose way back.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    /// AWS, as the service's configuration reaches it.
    pub aws: &'a Aws,
    /// Cluster, as the service is asked for.
    pub cluster: &'a str,
    /// The service as it is.
    pub service: &'a ServiceView,
    /// Family that acetate registers in.
    pub family: &'a str,
    /// Family of the template: never a target.
    pub template_family: Option<&'a str>,
    /// Command lines for this service.
    pub again: &'a Again,
}

/// ARN of the task definition that a service is on or on its way to.
#[must_use]
pub fn current(service: &ServiceView) -> &str {
    primary(service).map_or(&service.task_definition, |d| &d.task_definition)
}

/// What last ran well before what the service is on. Revisions that are not ACTIVE any more cannot
/// be deployed: they are passed over, and that is said.
///
/// # Errors
/// [`ErrorKind::Refused`] where there is none; AWS's refusals.
pub async fn target(of: Of<'_>, out: &mut Output) -> Result<Revision, Error> {
    let history = of.aws.service_history(of.cluster, &of.service.name).await;
    let history = history.map_err(unseen)?;
    for arn in targets(&line(&history, of.template_family), current(of.service)) {
        let Some(revision) = active(of.aws, &arn).await? else {
            out.warn(&format!(
                "`{}` ran well before, but is not active any more: looking further back",
                short(&arn)
            ));
            continue;
        };
        let Some(why) = after_failed(&revision.definition) else {
            return Ok(revision);
        };
        out.warn(&format!(
            "`{}` ran before, but {why}: looking further back",
            short(&arn)
        ));
    }
    Err(nowhere(of, &history).await)
}

/// Why there is nothing to go back to, and what is there instead.
async fn nowhere(of: Of<'_>, history: &[ServiceDeploymentView]) -> Error {
    let (now, service) = (short(current(of.service)), &of.service.name);
    let back = &of.again.rollback;
    let ran = ran(history, of.template_family, current(of.service));
    let ran = Ran {
        ours: well(of.aws, ran.ours).await,
        ..ran
    };
    let newer = ran.ours.first();
    let message = match (newer, &ran.template) {
        (Some(_), _) if ran.is_oldest => {
            format!("`{now}` is the oldest that ran well on `{service}`")
        }
        (None, Some(template)) => format!(
            "nothing of yours is known that ran well on `{service}` before `{now}`: only the template's own revision `{}`, and a rollback never goes there",
            short(template)
        ),
        (_, _) => format!("nothing is known that ran well on `{service}` before"),
    };
    let error = Error::new(ErrorKind::Refused, message);
    let error = match newer {
        Some(newest) => error.hint(format!(
            "others ran well, too: {}; `{back} --to {}` goes there",
            listed(ran.ours.iter().map(|arn| short(arn))),
            short(newest)
        )),
        None => error,
    };
    let error = match standing(of.service) {
        Standing::Moving => error.hint(underway(of).await),
        Standing::Steady | Standing::Short | Standing::Failed => error,
    };
    error.hint(format!(
        "ECS remembers the deployments of 90 days; `acetate history` shows them, and `{back} --to REVISION` takes any revision of acetate's that is active"
    ))
}

/// Those of these revisions that a rollback may go to, as far as that is known.
async fn well(aws: &Aws, arns: Vec<String>) -> Vec<String> {
    /// More are not named.
    const NAMED: usize = 5;
    let mut well = Vec::new();
    for arn in arns.into_iter().take(NAMED) {
        let found = active(aws, &arn).await.ok().flatten();
        if found.is_some_and(|r| after_failed(&r.definition).is_none()) {
            well.push(arn);
        }
    }
    well
}

/// The deployment in progress, as a way out.
async fn underway(of: Of<'_>) -> String {
    let seen = busy::deployment(of.aws, of.service).await;
    let paused = seen.and_then(|d| Some(busy::words(&d.pause?, d.stage.as_deref())));
    format!(
        "the deployment of `{}` {}; `{}` rolls it back",
        short(current(of.service)),
        paused.as_deref().unwrap_or("is in progress"),
        of.again.abort
    )
}

/// The revision that a user named: it must be active, of our family, and stamped or known to have
/// run well.
///
/// # Errors
/// [`ErrorKind::Refused`] and [`ErrorKind::Input`] where it is not; AWS's refusals.
pub async fn chosen(of: Of<'_>, text: &str, stamped: bool) -> Result<Revision, Error> {
    let arn = named(text, of.family, &of.service.task_definition);
    let name = short(&arn).to_owned();
    if family_of(&arn) != Some(of.family) {
        let message = format!("`{name}` is no revision of `{}`", of.family);
        return Err(Error::new(ErrorKind::Refused, message).hint(
            "a rollback goes to a revision that acetate registered, never to the template's",
        ));
    }
    let Some(revision) = active(of.aws, &arn).await? else {
        let message = format!("`{name}` is not there, or not active any more");
        return Err(
            Error::new(ErrorKind::Input, message).hint("`acetate history` shows what there is")
        );
    };
    if !stamped || !stamps_of(&revision.definition).is_empty() {
        return Ok(revision);
    }
    let history = of.aws.service_history(of.cluster, &of.service.name).await;
    let ran = history.map_err(unseen)?;
    if line(&ran, of.template_family).contains(&arn) {
        return Ok(revision);
    }
    let message = format!("`{name}` has no stamp of acetate's, and is not known to have run well");
    Err(Error::new(ErrorKind::Refused, message))
}

/// A revision, where it is active.
pub async fn active(aws: &Aws, arn: &str) -> Result<Option<Revision>, Error> {
    let answer = aws.describe_task_definition(arn).await;
    let Some(answer) = answer.map_err(|e| e.into_error(false))? else {
        return Ok(None);
    };
    if answer
        .pointer("/taskDefinition/status")
        .and_then(|s| s.as_str())
        != Some("ACTIVE")
    {
        return Ok(None);
    }
    let parsed = from_described(answer).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let message = format!("`{}` cannot be read: {}", short(arn), told.join("; "));
        Error::new(ErrorKind::Input, message)
    })?;
    Ok(Some(Revision {
        arn: arn.to_owned(),
        definition: parsed.definition,
    }))
}

fn unseen(error: CallError) -> Error {
    let lacking = matches!(
        error.class,
        Class::Denied | Class::Unsupported | Class::Server
    );
    let error = error.into_error(false);
    if lacking {
        return error.hint(
            "without service deployments nobody knows what ran well; `--to REVISION` names it",
        );
    }
    error
}

/// The plan of a rollback.
///
/// # Errors
/// [`ErrorKind::Refused`]: someone else's deployment is in progress, or the service is not one
/// that can be updated.
pub async fn planned(of: Of<'_>, arn: &str, why: &str, replace: bool) -> Result<Plan, Error> {
    let plan = plan::back(of.cluster, of.service, arn, why, replace);
    match plan {
        Ok(plan) => Ok(plan),
        Err(refusal) => {
            let seen = (of.aws, of.service);
            Err(busy::told(refusal, Verb::Rollback, seen, of.again).await)
        }
    }
}
