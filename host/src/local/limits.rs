//! AWS's limits on the rate of calls: a bucket for each category of operations, as "Request
//! throttling for the Amazon ECS API" describes them. Made apart from the buckets that callers
//! keep for themselves, so that one checks the other.

use std::collections::BTreeMap;

/// The buckets that calls have taken from so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits(BTreeMap<&'static str, Level>);

#[derive(Debug, Clone, Copy)]
struct Level {
    tokens: u64,
    /// The world second up to which it was refilled.
    second: u64,
}

impl Limits {
    /// Whether a call at this world second is served. Each whole second brings tokens; what a full
    /// bucket cannot hold is lost.
    pub(crate) fn allow(&mut self, operation: &str, now: f64) -> bool {
        let Some((category, capacity, each_second)) = category(operation) else {
            return true;
        };
        let second = now.max(0.0) as u64;
        let level = self.0.entry(category).or_insert(Level {
            tokens: capacity,
            second,
        });
        let came = second.saturating_sub(level.second) * each_second;
        level.tokens = (level.tokens + came).min(capacity);
        level.second = level.second.max(second);
        let served = level.tokens > 0;
        level.tokens -= u64::from(served);
        served
    }
}

/// Category of an operation, what its bucket holds, and what comes back each second.
fn category(operation: &str) -> Option<(&'static str, u64, u64)> {
    Some(match operation {
        "CreateCluster" => ("cluster modify", 20, 1),
        "DescribeClusters" => ("cluster read", 50, 20),
        "RegisterTaskDefinition" | "DeregisterTaskDefinition" => ("definition modify", 20, 1),
        "DescribeTaskDefinition" | "ListTaskDefinitions" => ("definition read", 50, 20),
        "CreateService" | "UpdateService" => ("service modify", 50, 5),
        "DescribeServices" | "ListServices" => ("service read", 100, 20),
        "DescribeServiceDeployments" | "ListServiceDeployments" => ("deployment", 50, 20),
        "DescribeServiceRevisions" => ("revision", 50, 20),
        "RunTask" | "StopTask" => ("resource modify", 100, 40),
        "DescribeTasks" | "ListTasks" => ("resource read", 100, 20),
        "TagResource" | "UntagResource" => ("tag modify", 20, 10),
        "ListTagsForResource" => ("tag read", 50, 20),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn a_burst_then_what_comes_back_each_second() {
        let mut limits = Limits::default();
        let mut served = |at: f64, calls: usize| {
            let allowed = |_: &usize| limits.allow("RegisterTaskDefinition", at);
            (0..calls).filter(allowed).count()
        };
        assert_eq!(served(0.0, 30), 20);
        assert_eq!(served(0.9, 5), 0);
        assert_eq!(served(1.0, 5), 1);
        assert_eq!(served(4.5, 5), 3);
        assert_eq!(served(1000.0, 50), 20);
    }

    #[test]
    fn operations_of_a_category_take_from_one_bucket() {
        let mut limits = Limits::default();
        for _ in 0..20 {
            assert!(limits.allow("DeregisterTaskDefinition", 0.0));
        }
        assert!(!limits.allow("RegisterTaskDefinition", 0.0));
        assert!(limits.allow("UpdateService", 0.0));
        assert!((0..999).all(|_| limits.allow("StopServiceDeployment", 0.0)));
    }
}
