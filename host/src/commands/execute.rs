//! Doing what a plan says: register, look again, update. One call each, and where an answer is
//! lost, a look before the next.

use super::interrupt::Underway;
use super::prepare::Prepared;
use crate::aws::CallError;
use crate::error::{Error, ErrorKind};
use crate::event::{Accepted, Event, Registered, short};
use crate::output::Output;
use crate::plan::{Action, Plan, Revision};
use crate::render::same_content;
use crate::task_definition::parse::from_described;
use crate::wait::Goal;
use crate::wait::goal::primary;
use crate::wait::observation::ServiceView;

/// Does what the plan says; what is to be followed then. `None` where nothing had to be done.
///
/// # Errors
/// AWS's refusals; [`ErrorKind::Refused`] where the world moved since the plan.
pub async fn execute(
    prepared: &Prepared,
    plan: &Plan,
    resume: &str,
    underway: &Underway,
    out: &mut Output,
) -> Result<Option<Goal>, Error> {
    let arn = revision(prepared, plan, out).await?;
    let Action::Update { force } = plan.action else {
        let view = prepared.service.as_ref();
        return Ok(view
            .filter(|_| plan.action == Action::Follow)
            .map(|view| Goal::of_service(view, Some(&arn))));
    };
    let before = look_again(prepared, plan, &arn).await?;
    let sent = format!(
        "the update of `{}` to `{}` was sent",
        plan.service,
        short(&arn)
    );
    underway.set(&plan.service, sent, resume);
    let answer = update(prepared, plan, &before, &arn, force).await?;
    out.event(&Event::Accepted(Accepted {
        service: plan.service.clone(),
        task_definition: arn.clone(),
        before: before.task_definition.clone(),
    }));
    Ok(Some(Goal::of_update(&before, &answer, &arn)))
}

/// The revision that the plan names, registered where it says so.
///
/// # Errors
/// As for [`register`].
pub async fn revision(prepared: &Prepared, plan: &Plan, out: &mut Output) -> Result<String, Error> {
    named(prepared, &plan.revision, out).await
}

/// The revision of the rendered content: an equal one, or a new one.
///
/// # Errors
/// As for [`register`].
pub async fn named(
    prepared: &Prepared,
    revision: &Revision,
    out: &mut Output,
) -> Result<String, Error> {
    let (arn, reused) = match revision {
        Revision::Reuse { arn, why } => (arn.clone(), Some(why.clone())),
        Revision::Register => (register(prepared, out).await?, None),
    };
    out.event(&Event::Registered(Registered {
        family: prepared.settings.family.clone(),
        arn: arn.clone(),
        reused,
    }));
    Ok(arn)
}

/// Registers the rendered content. RegisterTaskDefinition takes no client token: after a lost
/// answer a look comes first, and then one more attempt.
///
/// # Errors
/// AWS's refusals.
async fn register(prepared: &Prepared, out: &mut Output) -> Result<String, Error> {
    let mut lost = false;
    loop {
        let error = match prepared
            .aws
            .register_task_definition(&prepared.rendered.definition)
            .await
        {
            Ok(registered) => {
                if lost {
                    out.warn("an answer of `ecs:RegisterTaskDefinition` was lost; there may be one more revision of the same content");
                }
                return Ok(registered.arn);
            }
            Err(error) => error,
        };
        if !error.maybe_done {
            return Err(error.into_error(lost));
        }
        if let Some(arn) = just_registered(prepared).await? {
            out.note(&format!(
                "the answer was lost, but `{}` was registered",
                short(&arn)
            ));
            return Ok(arn);
        }
        if lost {
            return Err(error.into_error(true));
        }
        lost = true;
    }
}

/// A revision of our content that was not there when the run began.
async fn just_registered(prepared: &Prepared) -> Result<Option<String>, Error> {
    let found = prepared
        .aws
        .describe_task_definition(&prepared.settings.family)
        .await;
    let Some(answer) = found.map_err(after_change)? else {
        return Ok(None);
    };
    let Ok(parsed) = from_described(answer) else {
        return Ok(None);
    };
    let known = prepared.latest.as_ref().map(|latest| &latest.arn);
    Ok(parsed
        .arn
        .filter(|arn| Some(arn) != known)
        .filter(|_| same_content(&parsed.definition, &prepared.rendered.definition)))
}

fn after_change(error: CallError) -> Error {
    error.into_error(true)
}

async fn service(prepared: &Prepared, plan: &Plan) -> Result<ServiceView, Error> {
    let changed = plan.revision == Revision::Register;
    let names = [plan.service.clone()];
    let found = prepared.aws.describe_services(&plan.cluster, &names).await;
    match found.map_err(|e| e.into_error(changed))?.into_iter().next() {
        Some(Ok(view)) => Ok(view),
        _ => Err(Error::new(
            ErrorKind::Refused,
            format!("service `{}` is not there any more", plan.service),
        )),
    }
}

/// There is no compare-and-set in the API: a look just before the update.
async fn look_again(prepared: &Prepared, plan: &Plan, arn: &str) -> Result<ServiceView, Error> {
    let view = service(prepared, plan).await?;
    let Some(what) = plan.expected.moved(&view) else {
        return Ok(view);
    };
    let message = format!("`{}` moved since the plan: {what}", plan.service);
    let hint = format!("deploy again; `{}` will be used", short(arn));
    Err(Error::new(ErrorKind::Refused, message).hint(hint))
}

/// One UpdateService call. Where its answer is lost, a look tells whether it is to be made again.
async fn update(
    prepared: &Prepared,
    plan: &Plan,
    before: &ServiceView,
    arn: &str,
    force: bool,
) -> Result<ServiceView, Error> {
    let changed = plan.revision == Revision::Register;
    let call = || {
        prepared
            .aws
            .update_service(&plan.cluster, &plan.service, arn, force)
    };
    let error = match call().await {
        Ok(view) => return Ok(view),
        Err(error) if !error.maybe_done => return Err(error.into_error(changed)),
        Err(error) => error,
    };
    let found = prepared
        .aws
        .describe_services(&plan.cluster, &[plan.service.clone()])
        .await;
    let Some(Ok(view)) = found.map_err(after_change)?.into_iter().next() else {
        return Err(error.into_error(true));
    };
    if is_done(before, &view, arn) {
        return Ok(view);
    }
    if plan.expected.moved(&view).is_some() {
        return Err(error.into_error(true));
    }
    call().await.map_err(after_change)
}

/// Whether a deployment of ours has started.
fn is_done(before: &ServiceView, now: &ServiceView, arn: &str) -> bool {
    let id = |view| primary(view).map(|d| d.id.clone());
    primary(now).is_some_and(|d| d.task_definition == arn) && id(before) != id(now)
}
