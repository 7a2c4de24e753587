//! Judging by the service deployment, status by status.
//!
//! There is no `FAILED` among the
//! [statuses](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html);
//! the older `rolloutState` has one.

use super::absorb::ours;
use super::goal::{Standing, primary, standing};
use super::observation::{ServiceDeploymentView, ServiceView};
use super::rollout::is_of_template;
use super::stage::{Until, has_come};
use super::{Followed, Reading};

/// Seconds that a status may lag behind a `rolloutState` of `FAILED`.
const LAG: f64 = 15.0;

pub(super) fn read(
    f: &Followed,
    view: &ServiceView,
    current: &ServiceDeploymentView,
    now: f64,
) -> Reading {
    let why = current.status_reason.clone().unwrap_or_default();
    match current.status.as_str() {
        "SUCCESSFUL" => successful(f, view, current),
        "ROLLBACK_SUCCESSFUL" => back(f, view, why),
        "ROLLBACK_FAILED" => Reading::Failed(words("it could not be rolled back", &why)),
        "STOPPED" => stopped(f, view, current, &why),
        "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" => Reading::GoingBack,
        _ => failed_by_rollout(f, view, now).unwrap_or_else(|| going(f, current)),
    }
}

/// On its way: to the end, or to the stage that is waited for.
fn going(f: &Followed, current: &ServiceDeploymentView) -> Reading {
    let (Until::Stage(wanted), Some(now)) = (&f.goal.until, &current.stage) else {
        return Reading::Going;
    };
    if has_come(now, wanted) {
        return Reading::Reached(now.clone());
    }
    match current.pause {
        Some(_) => Reading::Waits(now.clone()),
        None => Reading::Going,
    }
}

/// Done, or done and overtaken since, or called done with nothing that runs.
fn successful(f: &Followed, view: &ServiceView, current: &ServiceDeploymentView) -> Reading {
    let wanted = f.goal.task_definition.as_deref();
    let primary = primary(view);
    let moved_on = primary.is_some_and(|p| Some(p.task_definition.as_str()) != wanted);
    if moved_on {
        let by_other = view.current_deployment.as_ref() != Some(&current.arn);
        return if by_other {
            Reading::Superseded("another deployment followed".to_owned())
        } else {
            Reading::Going
        };
    }
    let (desired, running) =
        primary.map_or((view.desired, view.running), |p| (p.desired, p.running));
    match (desired, running) {
        (0, _) if view.desired == 0 => Reading::Succeeded(false),
        (_, 0) => Reading::Going,
        _ => Reading::Succeeded(true),
    }
}

/// Taken back by AWS; to the template's own revision is not a good end.
fn back(f: &Followed, view: &ServiceView, why: String) -> Reading {
    let to = primary(view).map_or(view.task_definition.as_str(), |p| {
        p.task_definition.as_str()
    });
    if is_of_template(f, to) {
        return Reading::Failed(words(
            "it was rolled back to the template's own revision, which is no version of the application",
            &why,
        ));
    }
    Reading::Back(why)
}

/// Stopped: on purpose, by a circuit breaker that does not roll back, or by a newer deployment.
fn stopped(
    f: &Followed,
    view: &ServiceView,
    current: &ServiceDeploymentView,
    why: &str,
) -> Reading {
    let Some(primary) = primary(view) else {
        return Reading::Failed(words("it was stopped", why));
    };
    let was_before = f.goal.known.contains(&primary.id)
        || (f.goal.before.as_ref() == Some(&primary.task_definition)
            && f.goal.before != f.goal.task_definition);
    if was_before {
        return match standing(view) {
            Standing::Steady => back(f, view, why.to_owned()),
            Standing::Moving | Standing::Short => Reading::GoingBack,
            Standing::Failed => Reading::Failed(words("it was stopped", why)),
        };
    }
    let other = view
        .current_deployment
        .as_ref()
        .is_some_and(|arn| *arn != current.arn);
    let other_content = Some(&primary.task_definition) != f.goal.task_definition.as_ref();
    if other || other_content {
        return Reading::Superseded(words("it was stopped for another deployment", why));
    }
    Reading::Failed(words("it was stopped", why))
}

/// A circuit breaker that does not roll back leaves `FAILED` in `deployments[]`.
fn failed_by_rollout(f: &Followed, view: &ServiceView, now: f64) -> Option<Reading> {
    let since = f.seen_failing?;
    let ours = ours(f, view)?;
    let failed = ours.rollout_state.as_deref() == Some("FAILED") && !view.circuit_breaker_rollback;
    let why = ours.rollout_reason.clone().unwrap_or_default();
    (failed && now - since >= LAG).then(|| Reading::Failed(words("it failed", &why)))
}

/// What happened, with AWS's words for it.
pub(super) fn words(what: &str, why: &str) -> String {
    if why.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {why}")
    }
}
