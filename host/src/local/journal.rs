//! The journal: every request that reached the endpoint, and how many round trips they make.

use serde::Serialize;
use serde_json::Value;

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Operation name, such as `RegisterTaskDefinition`.
    pub operation: String,
    /// Seconds of real time from the endpoint's start to the request's arrival.
    pub start: f64,
    /// The same to the moment its answer was ready; equal to `start` while it is under way.
    pub end: f64,
    /// HTTP status of the answer; none where the connection was cut.
    pub status: Option<u16>,
    /// What was asked for was done, whatever became of the answer.
    pub done: bool,
    /// Access key id that it was signed with, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The fault that was played on it, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// The request document (`null` where there was none or it was not JSON).
    pub request: Value,
}

/// All requests, in order of arrival.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Journal {
    /// The requests.
    pub entries: Vec<Entry>,
}

impl Journal {
    /// Operation names, in order of arrival.
    #[must_use]
    pub fn operations(&self) -> Vec<&str> {
        self.entries.iter().map(|e| e.operation.as_str()).collect()
    }

    /// The requests of one operation.
    #[must_use]
    pub fn of(&self, operation: &str) -> Vec<&Entry> {
        self.entries
            .iter()
            .filter(|e| e.operation == operation)
            .collect()
    }

    /// The journal without some operations (such as those that prove who calls).
    #[must_use]
    pub fn without(&self, operations: &[&str]) -> Self {
        let kept = |e: &&Entry| !operations.contains(&e.operation.as_str());
        Self {
            entries: self.entries.iter().filter(kept).cloned().collect(),
        }
    }

    /// The journal up to and including the first request of this operation.
    #[must_use]
    pub fn until(&self, operation: &str) -> Self {
        let end = self
            .entries
            .iter()
            .position(|e| e.operation == operation)
            .map_or(self.entries.len(), |i| i + 1);
        Self {
            entries: self.entries[..end].to_vec(),
        }
    }

    /// Number of sequential round trips: the longest chain of requests of which each began after
    /// the one before had its answer. Requests that overlap count as one. Give the endpoint some
    /// latency, or requests sent together may be answered before the next arrives.
    #[must_use]
    pub fn rounds(&self) -> usize {
        let mut spans: Vec<(f64, f64)> = self.entries.iter().map(|e| (e.start, e.end)).collect();
        spans.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (mut rounds, mut last) = (0, f64::NEG_INFINITY);
        for (start, end) in spans {
            if start >= last {
                rounds += 1;
                last = end;
            }
        }
        rounds
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Journal};
    use serde_json::Value;

    type Span = (&'static str, f64, f64);

    fn journal(spans: &[Span]) -> Journal {
        let entry = |&(operation, start, end): &Span| Entry {
            operation: operation.to_owned(),
            start,
            end,
            status: Some(200),
            done: true,
            signer: None,
            fault: None,
            request: Value::Null,
        };
        Journal {
            entries: spans.iter().map(entry).collect(),
        }
    }

    #[test]
    fn requests_that_overlap_are_one_round() {
        let cases: [(&[Span], usize); 4] = [
            (&[], 0),
            (&[("a", 0.0, 5.0), ("b", 1.0, 6.0), ("c", 2.0, 7.0)], 1),
            (&[("a", 0.0, 5.0), ("b", 1.0, 6.0), ("c", 7.0, 9.0)], 2),
            // A long request does not hide the two that follow each other meanwhile.
            (&[("a", 0.0, 10.0), ("b", 0.0, 3.0), ("c", 4.0, 7.0)], 2),
        ];
        for (spans, rounds) in cases {
            assert_eq!(journal(spans).rounds(), rounds, "{spans:?}");
        }
    }

    #[test]
    fn parts_of_the_journal_can_be_left_out() {
        let all = journal(&[
            ("who", 0.0, 1.0),
            ("read", 1.0, 2.0),
            ("write", 2.0, 3.0),
            ("read", 3.0, 4.0),
        ]);
        assert_eq!(
            all.without(&["who"]).until("write").operations(),
            ["read", "write"]
        );
        assert_eq!(all.of("read").len(), 2);
    }
}
