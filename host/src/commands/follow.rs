//! The loop that follows deployments: it calls and sleeps, and [`wait::step`] decides.

mod look;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::interrupt::Underway;
use super::logs::{Tails, tell_tail};
use crate::aws::Aws;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Outcome, Verdict, short};
use crate::output::Output;
use crate::wait::why::{Evidence, why};
use crate::wait::{self, Followed, Goal, Look, Observation, Trouble};
use look::look;

/// Looks at services that are due within this time are made in one call.
const TOGETHER: Duration = Duration::from_secs(3);

/// A deployment to follow, and where it is.
pub struct Track {
    /// What is waited for.
    pub goal: Goal,
    /// AWS, as this service's configuration reaches it.
    pub aws: Arc<Aws>,
    /// Services of one key can be looked at in one call.
    pub key: String,
}

struct Tracked {
    followed: Followed,
    aws: Arc<Aws>,
    key: String,
    due: Instant,
    look: Look,
    tails: Tails,
    verdict: Option<Verdict>,
    /// Credentials were looked for anew, and no look has worked since.
    renewed: bool,
}

fn is_blind(seen: &Observation) -> bool {
    matches!(seen, Observation::Trouble(_, Trouble::Blind, _))
}

/// Looks for credentials anew where the ones in use have ended, once until a look works again.
fn renew(tracked: &mut [Tracked], batch: &[usize]) -> bool {
    let first = &tracked[batch[0]];
    let Some(aws) = first.aws.renewed().filter(|_| !first.renewed) else {
        return false;
    };
    let aws = Arc::new(aws);
    for index in batch {
        tracked[*index].aws = Arc::clone(&aws);
        tracked[*index].renewed = true;
    }
    true
}

/// Follows all of them to their ends; verdicts in the order given.
pub async fn follow(tracks: Vec<Track>, underway: &Underway, out: &mut Output) -> Vec<Verdict> {
    let start = Instant::now();
    let mut tracked: Vec<Tracked> = tracks.into_iter().map(|t| Tracked::new(t, start)).collect();
    tracked.iter().for_each(|t| t.note(underway));
    while let Some(first) = next(&tracked) {
        sleep_until(tracked[first].due).await;
        let batch = batch(&tracked, first);
        let mut seen = look(&tracked, &batch, start.elapsed()).await;
        if seen.iter().any(is_blind) && renew(&mut tracked, &batch) {
            seen = look(&tracked, &batch, start.elapsed()).await;
        }
        for (index, observation) in batch.into_iter().zip(seen) {
            let told = &mut tracked[index];
            told.take(observation, start, underway, out).await;
        }
    }
    let verdicts = tracked.into_iter().filter_map(|t| t.verdict);
    verdicts.collect()
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

impl Tracked {
    fn new(track: Track, start: Instant) -> Self {
        let followed = Followed::new(track.goal, 0.0);
        Self {
            look: followed.first(),
            followed,
            aws: track.aws,
            key: track.key,
            due: start,
            tails: Tails::default(),
            verdict: None,
            renewed: false,
        }
    }

    async fn take(
        &mut self,
        seen: Observation,
        start: Instant,
        underway: &Underway,
        out: &mut Output,
    ) {
        self.renewed &= matches!(seen, Observation::Trouble(..));
        let next = wait::step(&mut self.followed, seen, start.elapsed().as_secs_f64());
        for event in &next.events {
            if let Event::Verdict(verdict) = event {
                self.explain(verdict, out);
            }
            out.event(event);
            if let Event::TasksFailed(failed) = event {
                tell_tail(&mut self.tails, &self.aws, failed, out).await;
            }
        }
        self.due = Instant::now() + Duration::from_secs_f64(next.pause);
        self.look = next.look;
        self.verdict = next.verdict;
        let goal = self.followed.goal();
        if let Some(verdict) = &self.verdict {
            if let (Outcome::Succeeded, Some(message)) = (verdict.outcome, &verdict.message) {
                out.warn(message);
            }
            return underway.clear(&goal.service);
        }
        self.note(underway);
    }

    /// The likely cause of an end that is not good.
    fn explain(&self, verdict: &Verdict, out: &mut Output) {
        let (Outcome::Failed | Outcome::RolledBack | Outcome::LostSight) = verdict.outcome else {
            return;
        };
        let evidence = Evidence {
            said: self.followed.said(),
            written: self.tails.lines.clone(),
        };
        if let Some(why) = why(&verdict.service, &evidence) {
            out.event(&Event::Why(why));
        }
    }

    /// What is to be said of it, should the run be interrupted.
    fn note(&self, underway: &Underway) {
        let goal = self.followed.goal();
        let of = goal
            .task_definition
            .as_deref()
            .map_or_else(String::new, |t| format!("of `{}` ", short(t)));
        let what = format!("the deployment {of}to `{}` goes on in AWS", goal.service);
        underway.set(&goal.service, what, &goal.resume);
    }
}

/// The one that is due first.
fn next(tracked: &[Tracked]) -> Option<usize> {
    let open = tracked
        .iter()
        .enumerate()
        .filter(|(_, t)| t.verdict.is_none());
    open.min_by_key(|(_, t)| t.due).map(|(index, _)| index)
}

/// What is looked at together with the first: services of its key that are due soon.
fn batch(tracked: &[Tracked], first: usize) -> Vec<usize> {
    let one = &tracked[first];
    if one.look != Look::Service {
        return vec![first];
    }
    let joins = |(index, t): &(usize, &Tracked)| {
        *index == first
            || (t.verdict.is_none()
                && t.look == Look::Service
                && t.key == one.key
                && t.due <= one.due + TOGETHER)
    };
    tracked
        .iter()
        .enumerate()
        .filter(joins)
        .map(|(i, _)| i)
        .take(10)
        .collect()
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
