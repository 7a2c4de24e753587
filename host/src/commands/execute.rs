//! Doing what a plan says: register, `before` tasks, look again, update. One call each, and where
//! an answer is lost, a look before the next.

mod register;

use std::time::{Duration, Instant};

use super::deploy::tasks::{self, Tasks};
use super::interrupt::Underway;
use super::looking::Again;
use super::prepare::Prepared;
use crate::aws::Aws;
use crate::config::nearest::listed;
use crate::error::{Error, ErrorKind};
use crate::event::{Accepted, Event, short};
use crate::output::Output;
use crate::plan::{Action, Plan, Revision};
use crate::wait::Goal;
use crate::wait::goal::primary;
use crate::wait::observation::ServiceView;
pub use register::named;

/// Does what the plan says, the `before` tasks included where `tasks` says how they are followed;
/// what is to be followed then. `None` where nothing had to be done.
///
/// # Errors
/// AWS's refusals; [`ErrorKind::Refused`] where the world moved since the plan.
pub async fn execute(
    prepared: &Prepared,
    plan: &Plan,
    tasks: Option<Tasks>,
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<Option<Goal>, Error> {
    if plan.revision == Revision::Register {
        let sent = format!(
            "a revision of `{}` may have been registered, and `{}` is untouched",
            plan.family, plan.service
        );
        underway.set(&plan.service, sent, &again.deploy);
    }
    let is_update = matches!(plan.action, Action::Update { .. });
    let looks_beside = is_update && (tasks.is_none() || plan.before.is_empty());
    let look = async {
        match looks_beside {
            true => Some((look_again(&prepared.aws, plan).await, Instant::now())),
            false => None,
        }
    };
    let (arn, seen) = tokio::join!(named(prepared, &plan.revision, out), look);
    let arn = arn?;
    if !is_update {
        let view = prepared.service.as_ref();
        return Ok(view
            .filter(|_| plan.action == Action::Follow)
            .map(|view| Goal::of_service(view, Some(&arn))));
    }
    if plan.revision == Revision::Register {
        let done = format!(
            "`{}` was registered, and `{}` is untouched",
            short(&arn),
            plan.service
        );
        underway.set(&plan.service, done, &again.deploy);
    }
    let told = |error| registered_before(error, plan, &arn);
    let has_tasks = tasks.is_some();
    if let Some(how) = tasks {
        let done = tasks::before(prepared, plan, &arn, how, again, underway, out).await;
        done.map_err(told)?;
    }
    let seen = seen
        .filter(|(_, at)| at.elapsed() < FRESH)
        .map(|(seen, _)| seen);
    let goal = update(&prepared.aws, plan, &arn, seen, again, underway, out).await;
    let goal = goal.map_err(|error| match has_tasks {
        true => ran_before(error, plan),
        false => error,
    });
    goal.map(Some).map_err(told)
}

/// How old the look just before the update may be. It is made while the revision is registered,
/// and again where that took longer: a round trip less, and no older than another one would be.
const FRESH: Duration = Duration::from_secs(1);

/// Updates a service to a revision that was there before.
///
/// # Errors
/// As for [`execute`].
pub async fn update_to(
    aws: &Aws,
    plan: &Plan,
    arn: &str,
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<Goal, Error> {
    update(aws, plan, arn, None, again, underway, out).await
}

/// Looks again, unless that was just done, and updates.
async fn update(
    aws: &Aws,
    plan: &Plan,
    arn: &str,
    seen: Option<Result<ServiceView, Error>>,
    again: &Again,
    underway: &Underway,
    out: &mut Output,
) -> Result<Goal, Error> {
    let before = match seen {
        Some(seen) => seen?,
        None => look_again(aws, plan).await?,
    };
    let sent = format!(
        "the update of `{}` to `{}` was sent",
        plan.service,
        short(arn)
    );
    underway.set(&plan.service, sent, &again.wait);
    let force = plan.action == Action::Update { force: true };
    let answer = sent_once(aws, plan, &before, arn, force).await?;
    overtaken(&before, &answer, plan, out);
    let goal = Goal::of_update(&before, &answer, arn);
    out.event(&Event::Accepted(Accepted {
        service: plan.service.clone(),
        task_definition: arn.to_owned(),
        before: before.task_definition.clone(),
        deployment: goal.deployment.clone(),
    }));
    Ok(goal)
}

/// Says what this run had changed when it was stopped.
fn registered_before(error: Error, plan: &Plan, arn: &str) -> Error {
    if plan.revision != Revision::Register {
        return error;
    }
    let arn = short(arn);
    error.hint(format!(
        "`{arn}` was registered before that, which by itself changes no service; a deploy of the same content uses it again"
    ))
}

/// What a `before` task did is a change, too.
fn ran_before(error: Error, plan: &Plan) -> Error {
    if plan.before.is_empty() {
        return error;
    }
    let kind = match error.kind {
        ErrorKind::AwsRefused => ErrorKind::AwsRefusedAfterChange,
        kind => kind,
    };
    let names = listed(plan.before.iter().map(String::as_str));
    Error { kind, ..error }.hint(format!("before that ran {names}"))
}

async fn service(aws: &Aws, plan: &Plan) -> Result<ServiceView, Error> {
    let changed = plan.revision == Revision::Register;
    let names = [plan.service.clone()];
    let found = aws.describe_services(&plan.cluster, &names).await;
    match found.map_err(|e| e.into_error(changed))?.into_iter().next() {
        Some(Ok(view)) => Ok(view),
        _ => Err(Error::new(
            ErrorKind::Refused,
            format!("service `{}` is not there any more", plan.service),
        )),
    }
}

/// There is no compare-and-set in the API: a look just before the update.
///
/// # Errors
/// [`ErrorKind::Refused`] where the service is not as it was when the plan was made.
pub async fn look_again(aws: &Aws, plan: &Plan) -> Result<ServiceView, Error> {
    let view = service(aws, plan).await?;
    let Some(what) = plan.expected.moved(&view) else {
        return Ok(view);
    };
    let message = format!("`{}` moved since the plan: {what}", plan.service);
    Err(Error::new(ErrorKind::Refused, message).hint(
        "look at `acetate diff` first: what runs now is not what was planned on; then deploy again",
    ))
}

/// One UpdateService call. Where its answer is lost, a look tells whether it is to be made again.
async fn sent_once(
    aws: &Aws,
    plan: &Plan,
    before: &ServiceView,
    arn: &str,
    force: bool,
) -> Result<ServiceView, Error> {
    let changed = plan.revision == Revision::Register;
    let call = || aws.update_service(&plan.cluster, &plan.service, arn, force);
    let error = match call().await {
        Ok(view) => return Ok(view),
        Err(error) if !error.maybe_done => return Err(error.into_error(changed)),
        Err(error) => error,
    };
    let names = std::slice::from_ref(&plan.service);
    let found = aws.describe_services(&plan.cluster, names).await;
    let found = found.map_err(|look| look.after_lost(&error))?;
    let Some(Ok(view)) = found.into_iter().next() else {
        return Err(error.into_error(true));
    };
    if is_done(before, &view, arn) {
        return Ok(view);
    }
    if plan.expected.moved(&view).is_some() {
        return Err(error.into_error(true));
    }
    call().await.map_err(|again| again.after_lost(&error))
}

/// Says which deployments began between the last look and the update, and were taken over from.
fn overtaken(before: &ServiceView, answer: &ServiceView, plan: &Plan, out: &mut Output) {
    let is_known = |id: &str| before.deployments.iter().any(|d| d.id == id);
    let others = answer.deployments.iter().filter(|d| d.status != "PRIMARY");
    for other in others.filter(|d| !is_known(&d.id)) {
        out.warn(&format!(
            "a deployment of `{}` to `{}` began while this one was sent: this one takes over from it",
            short(&other.task_definition),
            plan.service
        ));
    }
}

/// Whether a deployment of ours has started.
fn is_done(before: &ServiceView, now: &ServiceView, arn: &str) -> bool {
    let id = |view| primary(view).map(|d| d.id.clone());
    primary(now).is_some_and(|d| d.task_definition == arn) && id(before) != id(now)
}
