//! Judging a rolling service by its `deployments[]`, where service deployments cannot be seen.

use super::absorb::ours;
use super::goal::primary;
use super::native::words;
use super::observation::{DeploymentView, ServiceView};
use super::{Followed, Reading};

/// Seconds after which a promised rollback that does not begin is none.
const ROLLBACK_BEGINS: f64 = 60.0;

pub(super) fn read(f: &Followed, view: &ServiceView, now: f64) -> Reading {
    let Some(primary) = primary(view) else {
        return Reading::Going;
    };
    let Some(id) = &f.ours else {
        return Reading::Going;
    };
    if primary.id == *id {
        return ours_is_primary(f, view, primary, now);
    }
    let ours = ours(f, view);
    if taken_back(f, view, primary, ours) {
        return going_back(f, primary, ours);
    }
    Reading::Superseded(format!(
        "another deployment took over, of `{}`",
        crate::event::short(&primary.task_definition)
    ))
}

fn ours_is_primary(f: &Followed, view: &ServiceView, d: &DeploymentView, now: f64) -> Reading {
    match d.rollout_state.as_deref() {
        Some("COMPLETED") if complete(view, d) => Reading::Succeeded(d.desired > 0),
        Some("FAILED") => {
            let reason = d.rollout_reason.clone().unwrap_or_default();
            let waiting = f
                .seen_failing
                .is_some_and(|since| now - since < ROLLBACK_BEGINS);
            if view.circuit_breaker_rollback && waiting && !no_way_back(&reason) {
                Reading::GoingBack
            } else {
                Reading::Failed(words("it failed", &reason))
            }
        }
        None if view.deployments.len() == 1 && d.pending == 0 && complete(view, d) => {
            Reading::Succeeded(d.desired > 0)
        }
        _ => Reading::Going,
    }
}

/// Everything wanted runs; nothing wanted is complete, too.
fn complete(view: &ServiceView, d: &DeploymentView) -> bool {
    if d.desired == 0 {
        return view.desired == 0;
    }
    d.running >= d.desired
}

/// Whether the deployment that is there now is the way back. Told by ids and AWS's words, not by
/// the task definition: with `--force`, old and new are of the same.
fn taken_back(
    f: &Followed,
    view: &ServiceView,
    primary: &DeploymentView,
    ours: Option<&DeploymentView>,
) -> bool {
    let says_so = |d: &DeploymentView| {
        d.rollout_reason
            .as_deref()
            .is_some_and(|r| r.contains("rolling back") || r.contains("rolled back"))
    };
    f.goal.known.contains(&primary.id)
        || says_so(primary)
        || ours.is_some_and(says_so)
        || (f.seen_failing.is_some() && view.circuit_breaker_rollback)
}

fn going_back(f: &Followed, primary: &DeploymentView, ours: Option<&DeploymentView>) -> Reading {
    let why = ours
        .and_then(|d| d.rollout_reason.clone())
        .or_else(|| primary.rollout_reason.clone())
        .unwrap_or_default();
    let full = primary.running >= primary.desired;
    match primary.rollout_state.as_deref() {
        Some("FAILED") => Reading::Failed(words("it could not be rolled back", &why)),
        Some("COMPLETED") | None if full && is_of_template(f, &primary.task_definition) => {
            Reading::Failed(words(
                "it was rolled back to the template's own revision, which is no version of the application",
                &why,
            ))
        }
        Some("COMPLETED") | None if full => Reading::Back(why),
        _ => Reading::GoingBack,
    }
}

fn no_way_back(reason: &str) -> bool {
    reason.contains("no rollback candidate") || reason.contains("no deployment to roll back")
}

/// A service without circuit breaker never fails by itself: failed tasks judge it.
pub(super) fn judged_by_failures(f: &Followed, view: &ServiceView) -> Option<Reading> {
    let limit = f.goal.fail_after.filter(|limit| *limit > 0)?;
    if view.circuit_breaker {
        return None;
    }
    let seen = usize::try_from(f.failed_seen)
        .unwrap_or(0)
        .max(f.failures.count());
    let reached = seen >= usize::try_from(limit).unwrap_or(usize::MAX);
    reached.then(|| {
        Reading::Failed(format!(
            "{seen} tasks failed, and the service has no circuit breaker that would stop it"
        ))
    })
}

/// Whether a task definition is one of the template's family.
pub(super) fn is_of_template(f: &Followed, task_definition: &str) -> bool {
    f.goal
        .template_family
        .as_deref()
        .is_some_and(|family| crate::plan::family_of(task_definition) == Some(family))
}
