//! How long to wait before the next look.
//!
//! An end is seen within 3 s in the median and 6 s in 95 of 100 cases, with at most 60 calls of
//! all kinds in a deployment of 5 minutes. So the time between looks depends on whether an end
//! is near, and on what is left of the budget. The figures are found by trial against
//! `wait::tests::pace`.

use super::goal::primary;
use super::{Followed, Look, Reading};

/// Seconds to the next look at the very start.
const SOON: f64 = 1.5;
/// Seconds between looks at most while no task runs yet and none has failed: an end is not near.
const FAR: f64 = 9.0;
/// Seconds between looks when an end may come, while the budget is kept.
const NEAR: f64 = 5.2;
/// The same once it is overdrawn.
const SPARING: f64 = 6.4;
/// Seconds between looks on the way back, which is short as a rule.
const BACK: f64 = 4.5;
/// Calls that may be made at once, and seconds in which one more is earned.
const ALLOWANCE: (f64, f64) = (8.0, 6.15);
/// Seconds between looks at most while AWS does not answer.
const BACKOFF: f64 = 20.0;

pub(super) fn pause(f: &Followed, reading: &Reading, look: &Look, elapsed: f64) -> f64 {
    if let Some(pause) = after_trouble(f) {
        return pause.min((f.goal.timeout - elapsed).max(0.1));
    }
    let at_once = matches!(look, Look::Revision(_) | Look::Stopped);
    if at_once || ended_elsewhere(f, look) {
        return 0.0;
    }
    let pause = if *reading == Reading::GoingBack {
        BACK
    } else if end_may_come(f) {
        let allowed = ALLOWANCE.0 + elapsed / ALLOWANCE.1;
        if f64::from(f.calls) < allowed {
            NEAR
        } else {
            SPARING
        }
    } else {
        FAR
    };
    // The younger a deployment is, the sooner it is looked at: some are over at once.
    let pause = pause.min(elapsed.max(SOON));
    pause.min((f.goal.timeout - elapsed).max(0.1))
}

/// Longer and longer, while AWS does not answer.
pub(super) fn after_trouble(f: &Followed) -> Option<f64> {
    (f.troubles > 0).then(|| f64::from(1_u32 << f.troubles.min(5)).min(BACKOFF))
}

/// The service just showed an end that the service deployment is to confirm.
fn ended_elsewhere(f: &Followed, look: &Look) -> bool {
    matches!(look, Look::Describe(_)) && f.view_step == f.steps && shows_an_end(f)
}

/// Whether the last look at the service showed a deployment that is over.
pub(super) fn shows_an_end(f: &Followed) -> bool {
    let over = |state: &str| state == "COMPLETED" || state == "FAILED";
    f.view
        .as_ref()
        .and_then(primary)
        .is_some_and(|p| p.rollout_state.as_deref().is_some_and(over) && p.running >= p.desired)
}

fn end_may_come(f: &Followed) -> bool {
    let tasks_run = |view| primary(view).is_none_or(|p| p.running > 0 || p.desired == 0);
    f.failed_seen > 0 || f.view.as_ref().is_none_or(tasks_run)
}
