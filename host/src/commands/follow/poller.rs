//! The loop that looks at all deployments of a run, each when its time has come.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::look::{Job, look};
use super::{Track, Underway};
use crate::aws::Aws;
use crate::commands::logs::{Read, Tails};
use crate::event::{Event, Outcome, Verdict, short};
use crate::output::Output;
use crate::wait::why::{Evidence, why};
use crate::wait::{self, Followed, Look, Observation, Trouble};

/// Looks that are due within this time are made in one call.
const TOGETHER: Duration = Duration::from_secs(3);
/// Services in one call, and service deployments.
const SERVICES: usize = 10;
const DEPLOYMENTS: usize = 20;
/// Calls at the same time.
const AT_ONCE: usize = 16;
/// How long an end that was seen waits for the logs that tell why.
const FOR_LOGS: Duration = Duration::from_secs(3);

/// A call on its way: what it shows to each of those that it is made for.
type Call = Pin<Box<dyn Future<Output = (Vec<u64>, Seen)>>>;

/// A log that is read beside the looks, and whose deployment's it is.
type Reading = Pin<Box<dyn Future<Output = (u64, Read)>>>;

/// Takes deployments to follow.
pub struct Follower(mpsc::UnboundedSender<Tracked>);

/// Follows what a [`Follower`] takes.
pub struct Poller {
    queue: mpsc::UnboundedReceiver<Tracked>,
    tracked: Vec<Tracked>,
    readings: FuturesUnordered<Reading>,
    /// How many were taken so far.
    taken: u64,
}

/// Both ends. The poller runs until the follower is dropped and all that it took has ended.
pub fn follower() -> (Follower, Poller) {
    let (sender, queue) = mpsc::unbounded_channel();
    let poller = Poller {
        queue,
        tracked: Vec::new(),
        readings: FuturesUnordered::new(),
        taken: 0,
    };
    (Follower(sender), poller)
}

impl Follower {
    /// Follows this one, too; its verdict comes when it is there.
    pub fn add(
        &self,
        track: Track,
        underway: &Underway,
        out: &Output,
    ) -> oneshot::Receiver<Verdict> {
        let (end, verdict) = oneshot::channel();
        let tracked = Tracked::new(track, underway.clone(), out.beside(None), end);
        tracked.note();
        // A poller that is gone answers nobody: the receiver tells.
        drop(self.0.send(tracked));
        verdict
    }
}

struct Tracked {
    /// Its number among all.
    id: u64,
    followed: Followed,
    aws: Arc<Aws>,
    key: String,
    underway: Underway,
    out: Output,
    start: Instant,
    due: Instant,
    look: Look,
    tails: Tails,
    /// A call for it is on its way.
    asked: bool,
    /// Credentials were looked for anew, and no look has worked since.
    renewed: bool,
    /// Its end, once it was seen: until it is due, logs are waited for.
    over: Option<Verdict>,
    end: Option<oneshot::Sender<Verdict>>,
}

impl Poller {
    /// Follows all to their ends.
    pub async fn run(mut self) {
        let mut open = true;
        let mut calls: FuturesUnordered<Call> = FuturesUnordered::new();
        loop {
            let next = self.next().filter(|_| calls.len() < AT_ONCE);
            let due = next.map_or_else(Instant::now, |index| self.tracked[index].due);
            tokio::select! {
                biased;
                added = self.queue.recv(), if open => match added {
                    Some(tracked) => self.begin(tracked),
                    None => open = false,
                },
                Some((ids, seen)) = calls.next() => self.take(&ids, seen),
                // What nobody waits for any more is dropped.
                Some((id, read)) = self.readings.next(), if !self.tracked.is_empty() => self.tell(id, read),
                () = sleep_until(due), if next.is_some() => {
                    let call = next.and_then(|index| self.turn(index));
                    calls.extend(call);
                }
                else => return,
            }
        }
    }

    fn begin(&mut self, tracked: Tracked) {
        self.taken += 1;
        let id = self.taken;
        self.tracked.push(Tracked { id, ..tracked });
    }

    /// The one that is due first.
    fn next(&self) -> Option<usize> {
        let idle = self.tracked.iter().enumerate().filter(|(_, t)| !t.asked);
        idle.min_by_key(|(_, t)| t.due).map(|(index, _)| index)
    }

    /// The turn of this one has come: a look at it, unless it is over.
    fn turn(&mut self, index: usize) -> Option<Call> {
        if self.tracked[index].over.is_some() {
            self.tracked[index].finish();
            self.tracked.retain(|t| t.end.is_some());
            return None;
        }
        let batch = self.batch(index);
        let (ids, job) = self.job(&batch);
        Some(Box::pin(async move { (ids, look_or_renew(job).await) }))
    }

    /// What is looked at together with the first: those of its key that want the same look soon.
    fn batch(&self, first: usize) -> Vec<usize> {
        let one = &self.tracked[first];
        let most = match one.look {
            Look::Service => SERVICES,
            Look::Describe(_) => DEPLOYMENTS,
            Look::List | Look::Revision(_) | Look::Stopped => 1,
        };
        let same = |look: &Look| std::mem::discriminant(look) == std::mem::discriminant(&one.look);
        let joins = |(index, t): &(usize, &Tracked)| {
            *index != first
                && !t.asked
                && t.over.is_none()
                && same(&t.look)
                && t.key == one.key
                && t.due <= one.due + TOGETHER
        };
        let others = self.tracked.iter().enumerate().filter(joins);
        let others = others.map(|(index, _)| index).take(most - 1);
        [first].into_iter().chain(others).collect()
    }

    fn job(&mut self, batch: &[usize]) -> (Vec<u64>, Job) {
        let one = &self.tracked[batch[0]];
        let mut job = Job {
            aws: Arc::clone(&one.aws),
            cluster: one.followed.goal().cluster.clone(),
            looks: Vec::with_capacity(batch.len()),
            renewed: one.renewed,
            left: one.followed.goal().timeout - one.start.elapsed().as_secs_f64(),
        };
        let mut ids = Vec::with_capacity(batch.len());
        for index in batch {
            let tracked = &mut self.tracked[*index];
            tracked.asked = true;
            let service = tracked.followed.goal().service.clone();
            ids.push(tracked.id);
            job.looks.push((service, tracked.look.clone()));
        }
        (ids, job)
    }

    /// Takes in what was seen of each; those that are over go.
    fn take(&mut self, ids: &[u64], (seen, renewed): Seen) {
        for (id, seen) in ids.iter().zip(seen) {
            if let Some(tracked) = self.tracked.iter_mut().find(|t| t.id == *id) {
                if let Some(aws) = &renewed {
                    tracked.aws = Arc::clone(aws);
                    tracked.renewed = true;
                }
                let readings = tracked.take(seen);
                self.readings.extend(readings);
            }
        }
        self.tracked.retain(|t| t.end.is_some());
    }

    /// Tells what a log says; an end may have waited for it.
    fn tell(&mut self, id: u64, read: Read) {
        if let Some(tracked) = self.tracked.iter_mut().find(|t| t.id == id) {
            tracked.tails.tell(read, &mut tracked.out);
            if tracked.over.is_some() && !tracked.tails.is_reading() {
                tracked.finish();
            }
        }
        self.tracked.retain(|t| t.end.is_some());
    }
}

/// What a call showed, and with which credentials if they had to be looked for anew.
type Seen = (Vec<Observation>, Option<Arc<Aws>>);

/// Looks, and looks for credentials anew where the ones in use have ended, once until a look works
/// again.
async fn look_or_renew(mut job: Job) -> Seen {
    let is_blind = |seen: &Observation| matches!(seen, Observation::Trouble(_, Trouble::Blind, _));
    let seen = look(&job).await;
    if job.renewed || !seen.iter().any(is_blind) {
        return (seen, None);
    }
    let Some(aws) = job.aws.renewed().map(Arc::new) else {
        return (seen, None);
    };
    job.aws = Arc::clone(&aws);
    (look(&job).await, Some(aws))
}

impl Tracked {
    fn new(track: Track, underway: Underway, out: Output, end: oneshot::Sender<Verdict>) -> Self {
        let followed = Followed::new(track.goal, 0.0);
        let now = Instant::now();
        Self {
            id: 0,
            look: followed.first(),
            followed,
            aws: track.aws,
            key: track.key,
            underway,
            out,
            start: now,
            due: now,
            tails: Tails::default(),
            asked: false,
            renewed: false,
            over: None,
            end: Some(end),
        }
    }

    /// Takes in what was seen; the logs that are to be read.
    fn take(&mut self, seen: Observation) -> Vec<Reading> {
        self.renewed &= matches!(seen, Observation::Trouble(..));
        let elapsed = self.start.elapsed().as_secs_f64();
        let next = wait::step(&mut self.followed, seen, elapsed);
        let mut readings: Vec<Reading> = Vec::new();
        // The end is told last.
        let events = next.events.iter();
        for event in events.filter(|event| !matches!(event, Event::Verdict(_))) {
            self.out.event(event);
            if let Event::TasksFailed(failed) = event
                && let Some(read) = self.tails.begin(&self.aws, failed)
            {
                let id = self.id;
                readings.push(Box::pin(async move { (id, read.await) }));
            }
        }
        self.asked = false;
        self.due = Instant::now() + Duration::from_secs_f64(next.pause);
        self.look = next.look;
        self.over = next.verdict;
        match (&self.over, self.tails.is_reading()) {
            (None, _) => self.note(),
            (Some(_), true) => self.due = Instant::now() + FOR_LOGS,
            (Some(_), false) => self.finish(),
        }
        readings
    }

    /// Tells the end, and why.
    fn finish(&mut self) {
        let Some(verdict) = self.over.take() else {
            return;
        };
        self.tails.give_up(&mut self.out);
        self.explain(&verdict);
        self.out.event(&Event::Verdict(verdict.clone()));
        if let (Outcome::Succeeded, Some(message)) = (verdict.outcome, &verdict.message) {
            self.out.warn(message);
        }
        self.underway.clear(&self.followed.goal().service);
        if let Some(end) = self.end.take() {
            // Whoever asked may have gone.
            drop(end.send(verdict));
        }
    }

    /// The likely causes of an end that is not good.
    fn explain(&mut self, verdict: &Verdict) {
        let (Outcome::Failed | Outcome::RolledBack | Outcome::LostSight) = verdict.outcome else {
            return;
        };
        if self.followed.goal().explained {
            return;
        }
        let evidence = Evidence {
            said: self.followed.said(),
            written: self.tails.lines.clone(),
        };
        for why in why(&verdict.service, &evidence) {
            self.out.event(&Event::Why(why));
        }
    }

    /// What is to be said of it, should the run be interrupted.
    fn note(&self) {
        let goal = self.followed.goal();
        let of = goal
            .task_definition
            .as_deref()
            .map_or_else(String::new, |t| format!("of `{}` ", short(t)));
        let what = format!("the deployment {of}to `{}` goes on in AWS", goal.service);
        self.underway.set(&goal.service, what, &goal.resume);
    }
}
