//! How often AWS lets the ECS API be called: its published token buckets, kept on our side.
//!
//! One bucket for each category of operations, for each account and region. AWS refills them once
//! a second, and everybody who works in the account takes from the same ones.

mod table;

pub use table::{RATES, Rate};

/// How much of the published rates a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pace {
    /// Thousandths of the published refill that the account has, or that the run is to take.
    pub permille: u32,
    /// Jobs that share the account's buckets, this one included.
    pub jobs: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            permille: 1000,
            jobs: 1,
        }
    }
}

/// Jobs among which the buckets are divided at most: a call that waits for longer than some
/// minutes is signed too early.
const JOBS: u32 = 8;

/// The buckets of one account and region.
#[derive(Debug, Clone)]
pub struct Buckets {
    buckets: Vec<Bucket>,
    /// Answers that said that it was too often.
    throttled: u32,
}

impl Buckets {
    /// Full ones, at second 0.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            buckets: RATES.iter().map(|rate| Bucket::new(*rate, pace)).collect(),
            throttled: 0,
        }
    }

    /// Takes a token for a call at the second `now`: how many seconds the call has to wait. Calls
    /// get their turn in the order in which they ask.
    pub fn take(&mut self, operation: &str, now: f64) -> f64 {
        self.of(operation).map_or(0.0, |bucket| bucket.take(now))
    }

    /// AWS said that it was too often: whoever else works in this account has taken the rest.
    pub fn empty(&mut self, operation: &str, now: f64) {
        self.throttled += 1;
        if let Some(bucket) = self.of(operation) {
            bucket.fill(now);
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }

    /// Answers that said that it was too often.
    #[must_use]
    pub fn throttled(&self) -> u32 {
        self.throttled
    }

    fn of(&mut self, operation: &str) -> Option<&mut Bucket> {
        let index = RATES
            .iter()
            .position(|rate| rate.operations.contains(&operation))?;
        self.buckets.get_mut(index)
    }
}

#[derive(Debug, Clone)]
struct Bucket {
    /// Below 0: so many calls wait for their turn.
    tokens: f64,
    holds: f64,
    refill: f64,
    filled: f64,
}

impl Bucket {
    /// AWS refills once a second and at a moment that nobody knows, and calls reach it sooner or
    /// later than they were sent: what comes back in a second, and one more, is left in its bucket.
    fn new(rate: Rate, pace: Pace) -> Self {
        let jobs = f64::from(pace.jobs.clamp(1, JOBS));
        let spare = f64::from(rate.burst.saturating_sub(rate.refill + 1));
        let holds = (spare / jobs).floor().max(1.0);
        Self {
            tokens: holds,
            holds,
            refill: f64::from(rate.refill) * f64::from(pace.permille.max(1)) / 1000.0 / jobs,
            filled: 0.0,
        }
    }

    fn fill(&mut self, now: f64) {
        let passed = (now - self.filled).max(0.0);
        self.tokens = self.refill.mul_add(passed, self.tokens).min(self.holds);
        self.filled = self.filled.max(now);
    }

    fn take(&mut self, now: f64) -> f64 {
        self.fill(now);
        self.tokens -= 1.0;
        (-self.tokens / self.refill).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REGISTER: &str = "RegisterTaskDefinition";

    /// The second at which each of `n` calls goes out that all ask at second 0.
    fn queue(buckets: &mut Buckets, operation: &str, n: u32) -> Vec<f64> {
        (0..n).map(|_| buckets.take(operation, 0.0)).collect()
    }

    #[test]
    fn a_thousand_revisions_take_hardly_longer_than_aws_allows() {
        let sent = queue(&mut Buckets::new(Pace::default()), REGISTER, 1000);
        assert_eq!(sent.iter().filter(|at| **at <= 0.0).count(), 18);
        let last = sent.last().copied().unwrap();
        assert!((last - 982.0).abs() < 1e-6, "{last} s; AWS allows 980 s");
    }

    #[test]
    fn operations_of_one_category_share_a_bucket_and_others_do_not() {
        let mut buckets = Buckets::new(Pace::default());
        queue(&mut buckets, REGISTER, 18);
        assert!(buckets.take("DeregisterTaskDefinition", 0.0) > 0.9);
        assert!(buckets.take("UpdateService", 0.0) <= 0.0);
        assert!(buckets.take("StopServiceDeployment", 0.0) <= 0.0);
    }

    #[test]
    fn an_answer_that_says_too_often_empties_the_bucket() {
        let mut buckets = Buckets::new(Pace::default());
        assert!(buckets.take("UpdateService", 0.0) <= 0.0);
        buckets.empty("UpdateService", 1.0);
        let wait = buckets.take("UpdateService", 1.0);
        assert!((wait - 0.2).abs() < 1e-9, "{wait}");
        assert_eq!(buckets.throttled(), 1);
        // Those who wait already keep their turn.
        buckets.empty("UpdateService", 1.0);
        let wait = buckets.take("UpdateService", 1.0);
        assert!((wait - 0.4).abs() < 1e-9, "{wait}");
    }

    #[test]
    fn jobs_share_what_there_is() {
        let pace = |permille, jobs| Pace { permille, jobs };
        let all = queue(&mut Buckets::new(pace(1000, 1)), REGISTER, 800);
        let eighth = queue(&mut Buckets::new(pace(1000, 8)), REGISTER, 100);
        let last = |sent: &[f64]| sent.last().copied().unwrap();
        assert!(
            (last(&eighth) - last(&all)).abs() < 10.0,
            "{}",
            last(&eighth)
        );
        let raised = queue(&mut Buckets::new(pace(10_000, 1)), REGISTER, 118);
        assert!((last(&raised) - 10.0).abs() < 1e-6);
    }

    /// A bucket as AWS describes it: whole tokens come back once a second.
    fn aws_refuses(rate: Rate, phase: f64, sent: &[f64]) -> usize {
        let (mut tokens, mut second, mut refused) = (rate.burst, phase.floor(), 0);
        for at in sent {
            let now = (at + phase).floor();
            let came = (now - second).max(0.0) as u32;
            tokens = (tokens + came * rate.refill).min(rate.burst);
            second = second.max(now);
            match tokens.checked_sub(1) {
                Some(left) => tokens = left,
                None => refused += 1,
            }
        }
        refused
    }

    proptest! {
        #[test]
        fn whatever_is_asked_when_aws_refuses_nothing(
            category in 0..RATES.len(),
            phase in 0.0..1.0f64,
            gaps in prop::collection::vec(prop_oneof![Just(0.0), 0.0..0.2f64, 0.0..3.0f64], 1..400),
        ) {
            let rate = RATES[category];
            let mut buckets = Buckets::new(Pace::default());
            let mut now = 0.0;
            let mut sent = Vec::new();
            for gap in gaps {
                now += gap;
                sent.push(now + buckets.take(rate.operations[0], now));
            }
            prop_assert_eq!(aws_refuses(rate, phase, &sent), 0);
        }
    }
}
