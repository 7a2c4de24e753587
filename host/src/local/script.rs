//! What a deployment will do, step by step, as an outcome and the service's settings decide it.
//! Pure: a seed decides the durations.

use std::collections::VecDeque;

use super::random::Random;
use super::world::Outcome;

/// Why tasks fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An essential container exits with 1.
    Exit,
    /// The image cannot be pulled.
    Pull,
    /// A secret cannot be fetched.
    Secret,
    /// Health checks fail.
    Unhealthy,
}

/// One thing that happens to a deployment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// From PENDING to IN_PROGRESS.
    Begin,
    /// A lifecycle stage begins.
    Stage(&'static str),
    /// A PAUSE hook of this stage waits.
    Pause(&'static str),
    /// Percent of production traffic on the new revision.
    Weight(f64),
    /// So many tasks of the new revision are started.
    Start(i64),
    /// So many of them run.
    Run(i64),
    /// So many of them fail.
    Fail(i64, Cause),
    /// So many of them stop, and it does not count as a failure.
    Vanish(i64),
    /// So many tasks of the other deployments stop.
    Drain(i64),
    /// Done.
    Complete,
    /// The circuit breaker opens; with a way back or without.
    Trip(bool),
    /// Someone asked for the rollback.
    TurnBack,
    /// The rollback ends, well or not.
    Back(bool),
    /// It is stopped; the service goes back or stays as it is.
    Stop(bool),
    /// Someone else deploys another revision.
    Supersede,
}

/// The steps to come, each with its delay after the step before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    steps: VecDeque<(f64, Step)>,
    again: Vec<(f64, Step)>,
    last: f64,
}

impl Script {
    /// These steps from the world second `from` on.
    pub(crate) fn new(steps: Vec<(f64, Step)>, from: f64) -> Self {
        Self {
            steps: steps.into(),
            again: Vec::new(),
            last: from,
        }
    }

    /// The world second of the next step.
    pub(crate) fn due(&self) -> Option<f64> {
        self.steps.front().map(|(delay, _)| self.last + delay)
    }

    /// Takes the next step. Where steps repeat for ever, they begin again after the last.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let (delay, step) = self.steps.pop_front()?;
        self.last += delay;
        if self.steps.is_empty() {
            self.steps.extend(self.again.iter().cloned());
        }
        Some(step)
    }

    /// The delays count from this world second on: a pause is over.
    pub(crate) fn resume(&mut self, at: f64) {
        self.last = at;
    }
}

/// What of the service a script depends on.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) desired: i64,
    pub(crate) strategy: String,
    pub(crate) breaker: bool,
    pub(crate) rollback: bool,
    /// Failed tasks at which the circuit breaker opens.
    pub(crate) threshold: i64,
    pub(crate) bake_seconds: f64,
    pub(crate) pause_at: Vec<String>,
}

/// Writes steps with random delays.
struct Writer<'a> {
    steps: Vec<(f64, Step)>,
    random: &'a mut Random,
}

impl Writer<'_> {
    fn then(&mut self, low: f64, high: f64, step: Step) {
        let delay = self.random.between(low, high);
        self.steps.push((delay, step));
    }
}

/// The script of a deployment that begins at the world second `now`.
pub(crate) fn script(outcome: Outcome, setting: &Setting, random: &mut Random, now: f64) -> Script {
    let mut w = Writer {
        steps: Vec::new(),
        random,
    };
    w.then(0.5, 1.5, Step::Begin);
    let rolling = setting.strategy == "ROLLING";
    let desired = setting.desired;
    if !rolling {
        stages(
            &mut w,
            &["RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP"],
            setting,
        );
    }
    let mut again = Vec::new();
    match outcome {
        Outcome::Ok | Outcome::PrimaryOther if rolling => roll(&mut w, desired),
        Outcome::Ok | Outcome::PrimaryOther => shift(&mut w, setting),
        Outcome::Crash => again = fail(&mut w, Cause::Exit, setting),
        Outcome::CannotPull => again = fail(&mut w, Cause::Pull, setting),
        Outcome::SecretMissing => again = fail(&mut w, Cause::Secret, setting),
        Outcome::Unhealthy => again = fail(&mut w, Cause::Unhealthy, setting),
        Outcome::Placeholder => again = rounds(&mut w, Cause::Exit, desired, 3),
        Outcome::Stuck => again = flap(&mut w, desired),
        Outcome::RolledBack => trip(&mut w, setting, Some(true)),
        Outcome::RollbackFailed => trip(&mut w, setting, Some(false)),
        Outcome::Failed => trip(&mut w, setting, None),
        Outcome::CompletedWithNothingRunning => empty(&mut w, desired),
        Outcome::Superseded => halfway(&mut w, desired, Step::Supersede),
        Outcome::Stopped => halfway(&mut w, desired, Step::Stop(false)),
        Outcome::StoppedBack => halfway(&mut w, desired, Step::Stop(true)),
    }
    Script {
        steps: w.steps.into(),
        again,
        last: now,
    }
}

/// New tasks run and old ones stop in up to three batches.
fn roll(w: &mut Writer<'_>, desired: i64) {
    let mut left = desired;
    let batch = (desired + 2) / 3;
    while left > 0 {
        let now = left.min(batch);
        w.then(2.0, 5.0, Step::Start(now));
        w.then(6.0, 14.0, Step::Run(now));
        w.then(4.0, 8.0, Step::Drain(now));
        left -= now;
    }
    w.then(3.0, 8.0, Step::Complete);
}

/// The new revision beside the old one, then the traffic, by the strategy's steps.
fn shift(w: &mut Writer<'_>, setting: &Setting) {
    w.then(2.0, 5.0, Step::Start(setting.desired));
    w.then(6.0, 14.0, Step::Run(setting.desired));
    let before = [
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
    ];
    stages(w, &before, setting);
    let weights: &[f64] = match setting.strategy.as_str() {
        "LINEAR" => &[25.0, 50.0, 75.0, 100.0],
        "CANARY" => &[10.0, 100.0],
        _ => &[100.0],
    };
    for weight in weights {
        w.then(4.0, 8.0, Step::Weight(*weight));
    }
    stages(w, &["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"], setting);
    w.steps
        .push((setting.bake_seconds, Step::Stage("CLEAN_UP")));
    w.then(3.0, 6.0, Step::Drain(setting.desired));
    w.then(2.0, 4.0, Step::Complete);
}

/// Stages one after the other, each with its pause where one is set.
fn stages(w: &mut Writer<'_>, names: &[&'static str], setting: &Setting) {
    for name in names {
        w.then(1.0, 3.0, Step::Stage(name));
        if setting.pause_at.iter().any(|s| s == name) {
            w.then(0.5, 1.0, Step::Pause(name));
        }
    }
}

/// Tasks fail; the circuit breaker ends it where it is on, else it goes on for ever.
fn fail(w: &mut Writer<'_>, cause: Cause, setting: &Setting) -> Vec<(f64, Step)> {
    let until = if setting.breaker {
        setting.threshold
    } else {
        3
    };
    let again = rounds(w, cause, setting.desired, until);
    if !setting.breaker {
        return again;
    }
    w.then(1.0, 3.0, Step::Trip(setting.rollback));
    if setting.rollback {
        w.then(6.0, 12.0, Step::Back(true));
    }
    Vec::new()
}

/// Tasks are started and fail until `until` have failed; returns one more round.
fn rounds(w: &mut Writer<'_>, cause: Cause, desired: i64, until: i64) -> Vec<(f64, Step)> {
    let each = desired.clamp(1, 2);
    let mut failed = 0;
    let mut first = w.steps.len();
    while failed < until || failed == 0 {
        first = w.steps.len();
        w.then(2.0, 4.0, Step::Start(each));
        if matches!(cause, Cause::Exit | Cause::Unhealthy) {
            w.then(4.0, 7.0, Step::Run(each));
        }
        w.then(5.0, 12.0, Step::Fail(each, cause));
        failed += each;
    }
    w.steps[first..].to_vec()
}

/// Tasks fail and the circuit breaker opens whatever the service says: the rollback succeeds,
/// fails, or there is none.
fn trip(w: &mut Writer<'_>, setting: &Setting, back: Option<bool>) {
    rounds(w, Cause::Exit, setting.desired, setting.threshold);
    w.then(1.0, 3.0, Step::Trip(back.is_some()));
    if let Some(well) = back {
        w.then(6.0, 12.0, Step::Back(well));
    }
}

/// Counts that go up and down for ever.
fn flap(w: &mut Writer<'_>, desired: i64) -> Vec<(f64, Step)> {
    let first = w.steps.len();
    let tasks = desired.max(1);
    w.then(2.0, 4.0, Step::Start(tasks));
    w.then(5.0, 9.0, Step::Run(tasks));
    w.then(15.0, 30.0, Step::Vanish(tasks));
    w.steps[first..].to_vec()
}

/// Completed, with nothing left that runs.
fn empty(w: &mut Writer<'_>, desired: i64) {
    w.then(2.0, 4.0, Step::Start(desired));
    w.then(5.0, 9.0, Step::Run(desired));
    w.then(2.0, 4.0, Step::Drain(desired));
    w.then(2.0, 4.0, Step::Vanish(desired));
    w.steps.push((0.0, Step::Complete));
}

/// One task runs, then something ends it.
fn halfway(w: &mut Writer<'_>, desired: i64, end: Step) {
    w.then(2.0, 4.0, Step::Start(desired.min(1)));
    w.then(5.0, 9.0, Step::Run(desired.min(1)));
    w.then(4.0, 8.0, end);
}

#[cfg(test)]
mod tests {
    use super::{Cause, Random, Script, Setting, Step, script};
    use crate::local::world::Outcome;

    fn setting(strategy: &str, breaker: bool) -> Setting {
        Setting {
            desired: 3,
            strategy: strategy.to_owned(),
            breaker,
            rollback: true,
            threshold: 3,
            bake_seconds: 60.0,
            pause_at: vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()],
        }
    }

    fn play(mut script: Script, most: usize) -> Vec<Step> {
        std::iter::from_fn(|| script.next()).take(most).collect()
    }

    fn steps(outcome: Outcome, strategy: &str, breaker: bool) -> Vec<Step> {
        play(
            script(
                outcome,
                &setting(strategy, breaker),
                &mut Random::new(3),
                0.0,
            ),
            60,
        )
    }

    #[test]
    fn a_good_rolling_deployment_replaces_all_and_ends() {
        let steps = steps(Outcome::Ok, "ROLLING", false);
        let started: i64 = steps
            .iter()
            .map(|s| if let Step::Start(n) = s { *n } else { 0 })
            .sum();
        assert_eq!((started, steps.last()), (3, Some(&Step::Complete)));
    }

    #[test]
    fn without_circuit_breaker_failing_goes_on_for_ever() {
        assert_eq!(steps(Outcome::Crash, "ROLLING", false).len(), 60);
        assert_eq!(
            steps(Outcome::Crash, "ROLLING", true).last(),
            Some(&Step::Back(true))
        );
        assert_eq!(steps(Outcome::Placeholder, "ROLLING", true).len(), 60);
        assert!(steps(Outcome::CannotPull, "ROLLING", true).contains(&Step::Fail(2, Cause::Pull)));
    }

    #[test]
    fn other_strategies_go_through_their_stages_and_pauses() {
        for (strategy, weights) in [("BLUE_GREEN", 1), ("LINEAR", 4), ("CANARY", 2)] {
            let steps = steps(Outcome::Ok, strategy, false);
            assert_eq!(
                steps
                    .iter()
                    .filter(|s| matches!(s, Step::Weight(_)))
                    .count(),
                weights
            );
            assert!(steps.contains(&Step::Pause("POST_TEST_TRAFFIC_SHIFT")));
            assert!(steps.contains(&Step::Stage("BAKE_TIME")));
        }
    }

    #[test]
    fn a_step_is_due_after_the_one_before_and_a_pause_moves_what_follows() {
        let mut script = Script::new(vec![(2.0, Step::Begin), (3.0, Step::Complete)], 10.0);
        assert_eq!(script.due(), Some(12.0));
        script.next();
        assert_eq!(script.due(), Some(15.0));
        script.resume(100.0);
        assert_eq!(script.due(), Some(103.0));
    }
}
