//! Following deployments: calls and pauses are made here, and [`wait::step`] decides. All
//! deployments of a run are looked at together, those of one cluster in one call.

mod look;
mod poller;

use std::sync::Arc;

use super::interrupt::Underway;
use crate::aws::Aws;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Outcome, Verdict};
use crate::output::Output;
use crate::wait::Goal;
pub use poller::{Follower, follower};

/// A deployment to follow, and where it is.
pub struct Track {
    /// What is waited for.
    pub goal: Goal,
    /// AWS, as this service's configuration reaches it.
    pub aws: Arc<Aws>,
    /// Services of one key can be looked at in one call.
    pub key: String,
}

/// Follows all of them to their ends; verdicts in the order given.
pub async fn follow(tracks: Vec<Track>, underway: &Underway, out: &mut Output) -> Vec<Verdict> {
    let (follower, poller) = follower();
    let ends: Vec<_> = tracks
        .into_iter()
        .map(|track| follower.add(track, underway, out))
        .collect();
    drop(follower);
    poller.run().await;
    let mut verdicts = Vec::with_capacity(ends.len());
    for end in ends {
        verdicts.extend(end.await);
    }
    verdicts
}

/// The error that a verdict is, unless it is success.
///
/// # Errors
/// The verdict's.
pub fn judged(verdict: &Verdict) -> Result<(), Error> {
    let kind = match verdict.outcome {
        Outcome::Succeeded | Outcome::Reached => return Ok(()),
        Outcome::RolledBack => ErrorKind::RolledBack,
        Outcome::Failed => ErrorKind::Failed,
        Outcome::LostSight => ErrorKind::LostSight,
        Outcome::Superseded => ErrorKind::Superseded,
    };
    let message = verdict.message.clone().unwrap_or_default();
    let error = Error::new(kind, message);
    Err(verdict.hints.iter().fold(error, |e, hint| e.hint(hint)))
}

/// The verdict on a service that nothing had to be done for.
pub fn nothing_to_do(goal: &Goal, task_definition: &str, desired: i32, running: i32) -> Verdict {
    let empty = desired == 0;
    let message = empty.then(|| {
        format!(
            "`{}` wants no tasks (desired count 0), so nothing proves the revision",
            goal.service
        )
    });
    Verdict {
        service: goal.service.clone(),
        outcome: if empty && goal.require_running {
            Outcome::LostSight
        } else {
            Outcome::Succeeded
        },
        task_definition: task_definition.to_owned(),
        now: Some(task_definition.to_owned()),
        deployment: None,
        desired,
        running,
        nothing_to_do: true,
        proven: !empty,
        elapsed: 0.0,
        message,
        hints: Vec::new(),
    }
}

/// Tells a verdict that needed no following.
pub fn tell(verdict: &Verdict, out: &mut Output) {
    out.event(&Event::Verdict(verdict.clone()));
    if let (Outcome::Succeeded, Some(message)) = (verdict.outcome, &verdict.message) {
        out.warn(message);
    }
}
