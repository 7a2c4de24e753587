//! Following a deployment: what one look at a service shows, and what follows from it.
//!
//! [`step`] is pure: a [`Followed`] deployment, one answer of AWS and the time go in; what to
//! look at next, after how long, what happened, and at last the verdict come out. Only the loop
//! in `commands::follow` calls and sleeps.
//!
//! Invariant: only `SUCCESSFUL` is success, and only of the service revision that the request
//! created or matched (`wait::tests`).

mod absorb;
mod causes;
mod failures;
pub mod goal;
mod identity;
pub mod log;
mod native;
pub mod observation;
mod pace;
mod rollout;
pub mod stage;
pub mod task;
mod verdict;
pub mod why;

use std::collections::BTreeSet;

pub use goal::Goal;
pub use verdict::resume_hint;

use crate::event::{Event, Verdict};
use failures::Failures;
use identity::Identity;
use observation::{ServiceDeploymentView, ServiceView, StoppedTask};

/// Looks at stopped tasks: at the first failure, and at the end where that told nothing.
const ASKED_AT_MOST: u32 = 2;

/// One call that shows something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// DescribeServices.
    Service,
    /// ListServiceDeployments.
    List,
    /// DescribeServiceDeployments of this ARN.
    Describe(String),
    /// DescribeServiceRevisions of this ARN.
    Revision(String),
    /// ListTasks and DescribeTasks of what stopped.
    Stopped,
}

/// How a look went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// May pass: network, throttling, a fault of the server.
    Passing,
    /// The endpoint lacks the call, or it is not permitted: asking again is no use.
    Unavailable,
    /// Credentials that ended: nothing can be seen any more.
    Blind,
}

/// What a look showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// The service.
    Service(Box<ServiceView>),
    /// AWS answered, and the service is not there; AWS's word for it.
    Missing(String),
    /// Service deployments, newest first.
    Listed(Vec<ServiceDeploymentView>),
    /// One service deployment; `None` where AWS does not know it (yet).
    Described(String, Option<ServiceDeploymentView>),
    /// Task definition ARN of a service revision.
    Revision(String, String),
    /// Tasks that stopped.
    Stopped(Vec<StoppedTask>),
    /// No answer that could be used; the message says why.
    Trouble(Look, Trouble, String),
}

/// A deployment that is followed, and all that was seen of it.
#[derive(Debug, Clone)]
pub struct Followed {
    goal: Goal,
    started: f64,
    calls: u32,
    steps: u32,
    identity: Identity,
    view: Option<ServiceView>,
    view_step: u32,
    current: Option<ServiceDeploymentView>,
    current_step: u32,
    ours: Option<String>,
    seen_failing: Option<f64>,
    misses: u32,
    troubles: u32,
    heard: BTreeSet<String>,
    /// What ECS said of the service since.
    said: Vec<String>,
    failures: Failures,
    failed_seen: i32,
    failed_asked: u32,
    last_look: Option<Look>,
    /// PAUSE hooks that were told.
    paused: BTreeSet<String>,
}

/// What to do after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// What to look at next.
    pub look: Look,
    /// Seconds to let pass before.
    pub pause: f64,
    /// What happened.
    pub events: Vec<Event>,
    /// The end, where it is reached: nothing is looked at any more.
    pub verdict: Option<Verdict>,
}

/// How a deployment stands, as far as the last looks tell.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// On its way.
    Going,
    /// On its way back to what ran before.
    GoingBack,
    /// Done. `false`: nothing ran that proves it.
    Succeeded(bool),
    /// Failed, and back.
    Back(String),
    /// Failed, and not known to be back.
    Failed(String),
    /// Someone else's deployment took over.
    Superseded(String),
    /// It cannot be seen any more.
    Lost(String),
    /// It has come to the stage that was waited for, and goes on or waits there.
    Reached(String),
    /// It waits in this stage for someone to continue it, before the one that was waited for.
    Waits(String),
}

impl Followed {
    /// Begins to follow at `now` (seconds of any clock that does not jump).
    #[must_use]
    pub fn new(goal: Goal, now: f64) -> Self {
        let mut followed = Self {
            started: now,
            calls: goal.calls,
            steps: 0,
            identity: Identity::new(&goal),
            view: goal.view.clone(),
            view_step: 0,
            current: None,
            current_step: 0,
            ours: goal.deployment.clone(),
            seen_failing: None,
            misses: 0,
            troubles: 0,
            heard: goal.heard.clone(),
            said: Vec::new(),
            failures: Failures::not_told(goal.explained),
            failed_seen: 0,
            failed_asked: 0,
            last_look: None,
            paused: BTreeSet::new(),
            goal,
        };
        followed.last_look = Some(followed.first());
        followed
    }

    /// What is followed.
    #[must_use]
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// What to look at first.
    #[must_use]
    pub fn first(&self) -> Look {
        self.identity.look().unwrap_or(Look::Service)
    }

    /// What ECS said that may tell why it failed, with the number of tasks that each is said of.
    #[must_use]
    pub fn said(&self) -> Vec<(usize, Vec<String>)> {
        let events = self.said.iter().map(|text| (1, vec![text.clone()]));
        self.failures.said().chain(events).collect()
    }

    /// ARN of the task definition that is waited for, once known.
    #[must_use]
    pub fn task_definition(&self) -> Option<&str> {
        self.goal.task_definition.as_deref()
    }
}

/// Takes in one observation made at `now`.
pub fn step(followed: &mut Followed, seen: Observation, now: f64) -> Next {
    followed.steps += 1;
    followed.calls += if matches!(seen, Observation::Stopped(_)) {
        2
    } else {
        1
    };
    let lost = absorb::lost(&seen);
    let mut events = absorb::absorb(followed, seen, now);
    let reading = lost.map_or_else(|| read(followed, now), Reading::Lost);
    events.extend(absorb::progress(followed, &reading, now));
    let elapsed = now - followed.started;
    if let Some(look) = needed_before_the_end(followed, &reading) {
        let pause = pace::after_trouble(followed).unwrap_or(0.0);
        return next(followed, look, pause, events);
    }
    let verdict = verdict::of(followed, &reading, elapsed);
    if let Some(verdict) = verdict {
        events.extend(followed.failures.grown(&followed.goal.service));
        events.push(Event::Verdict(verdict.clone()));
        return Next {
            look: Look::Service,
            pause: 0.0,
            events,
            verdict: Some(verdict),
        };
    }
    let look = next_look(followed);
    let pause = pace::pause(followed, &reading, &look, elapsed);
    next(followed, look, pause, events)
}

fn next(followed: &mut Followed, look: Look, pause: f64, events: Vec<Event>) -> Next {
    followed.last_look = Some(look.clone());
    if look == Look::Stopped {
        followed.failed_asked += 1;
    }
    Next {
        look,
        pause,
        events,
        verdict: None,
    }
}

fn read(followed: &Followed, now: f64) -> Reading {
    if followed.misses >= 3 {
        return Reading::Failed("the service is not there any more".to_owned());
    }
    let Some(view) = &followed.view else {
        return Reading::Going;
    };
    if view.status == "INACTIVE" || view.status == "DRAINING" {
        return Reading::Failed(format!("the service is being deleted (`{}`)", view.status));
    }
    let reading = match (&followed.identity, &followed.current) {
        (Identity::Known(_), Some(current)) => native::read(followed, view, current, now),
        (Identity::FellBack, _) if view.strategy == "ROLLING" => rollout::read(followed, view, now),
        _ => Reading::Going,
    };
    match reading {
        Reading::Going => rollout::judged_by_failures(followed, view).unwrap_or(reading),
        other => other,
    }
}

/// A look that the end waits for: the service as it is after the end, and why tasks failed.
fn needed_before_the_end(followed: &Followed, reading: &Reading) -> Option<Look> {
    if followed.troubles >= 3 {
        return None;
    }
    let failed = match reading {
        Reading::Going
        | Reading::GoingBack
        | Reading::Lost(_)
        | Reading::Reached(_)
        | Reading::Waits(_) => return None,
        Reading::Back(_) | Reading::Failed(_) => true,
        Reading::Succeeded(_) | Reading::Superseded(_) => false,
    };
    // A look at the service that led to the service deployment's end is young enough.
    let young = followed.view_step + 1 >= followed.current_step && pace::shows_an_end(followed);
    if followed.view_step < followed.current_step && !young && followed.misses == 0 {
        return Some(Look::Service);
    }
    let unexplained = followed.failures.count() == 0 && followed.failed_asked < ASKED_AT_MOST;
    (failed && unexplained && followed.misses == 0 && !followed.failures.unavailable)
        .then_some(Look::Stopped)
}

fn next_look(followed: &Followed) -> Look {
    if followed.failed_seen > 0 && followed.failed_asked == 0 && !followed.failures.unavailable {
        return Look::Stopped;
    }
    if let Some(look) = followed.identity.look() {
        // While the identity is searched by listing, the service is looked at in turn.
        return if look == Look::List && followed.last_look == Some(Look::List) {
            Look::Service
        } else {
            look
        };
    }
    match (&followed.identity, &followed.last_look) {
        // A service revision is asked for right after its service deployment was described.
        (Identity::Known(arn), last)
            if !matches!(last, Some(Look::Describe(_) | Look::Revision(_))) =>
        {
            Look::Describe(arn.clone())
        }
        _ => Look::Service,
    }
}

#[cfg(test)]
mod tests;
