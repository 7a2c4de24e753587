//! Why tasks failed: stopped tasks of the revision that is waited for, those alike told once.

use std::collections::{BTreeMap, BTreeSet};

use super::observation::StoppedTask;
use super::why::of_task;
use crate::event::{ContainerEnd, Event, TasksFailed};

/// What the stopped tasks said.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures {
    /// Kinds of failure, with the tasks that met it.
    kinds: BTreeMap<Kind, Tasks>,
    /// Stopped tasks cannot be looked at.
    pub(super) unavailable: bool,
}

/// A way to fail, without what differs from task to task.
type Kind = (
    Option<String>,
    Option<String>,
    Vec<(String, Option<i32>, Option<String>)>,
);

/// Tasks that failed alike.
#[derive(Debug, Clone)]
struct Tasks {
    arns: BTreeSet<String>,
    /// The first of them.
    first: StoppedTask,
    /// How many there were when it was told.
    told: usize,
}

impl Failures {
    /// None yet; where those were told before, none are looked at.
    pub(super) fn not_told(told_before: bool) -> Self {
        Self {
            unavailable: told_before,
            ..Self::default()
        }
    }

    /// Takes in stopped tasks; what was not told yet comes out.
    pub(super) fn take(
        &mut self,
        service: &str,
        task_definition: Option<&str>,
        stopped: Vec<StoppedTask>,
    ) -> Vec<Event> {
        let ours =
            |t: &StoppedTask| task_definition.is_none_or(|wanted| wanted == t.task_definition);
        for task in stopped.into_iter().filter(|t| ours(t) && is_failure(t)) {
            let arn = task.arn.clone();
            let known = self.kinds.entry(kind(&task)).or_insert_with(|| Tasks {
                arns: BTreeSet::new(),
                first: task,
                told: 0,
            });
            known.arns.insert(arn);
        }
        self.tell(service, |tasks| tasks.told == 0)
    }

    /// Kinds of failure that more tasks have met since they were told.
    pub(super) fn grown(&mut self, service: &str) -> Vec<Event> {
        self.tell(service, |tasks| tasks.told != tasks.arns.len())
    }

    /// How many tasks failed that were looked at.
    pub(super) fn count(&self) -> usize {
        self.kinds.values().map(|tasks| tasks.arns.len()).sum()
    }

    /// What the tasks of each kind say, with their number.
    pub(super) fn said(&self) -> impl Iterator<Item = (usize, Vec<String>)> {
        self.kinds.values().map(|tasks| {
            let first = &tasks.first;
            let texts = of_task(
                first.stop_code.as_deref(),
                first.reason.as_deref(),
                &ends(first),
            );
            (tasks.arns.len(), texts)
        })
    }

    fn tell(&mut self, service: &str, due: impl Fn(&Tasks) -> bool) -> Vec<Event> {
        let due = self.kinds.values_mut().filter(|tasks| due(tasks));
        due.map(|tasks| {
            tasks.told = tasks.arns.len();
            event(service, tasks)
        })
        .collect()
    }
}

/// Tasks that the service scales away on purpose are no failures.
fn is_failure(task: &StoppedTask) -> bool {
    let scaled = task
        .reason
        .as_deref()
        .is_some_and(|r| r.starts_with("Scaling activity initiated"));
    !scaled && task.stop_code.as_deref() != Some("UserInitiated")
}

fn kind(task: &StoppedTask) -> Kind {
    let alike = |text: &Option<String>| text.as_deref().map(alike);
    let containers = task.containers.iter();
    let containers = containers.map(|(name, code, reason)| (name.clone(), *code, alike(reason)));
    (
        task.stop_code.clone(),
        alike(&task.reason),
        containers.collect(),
    )
}

/// The text without ids, addresses and counts: AWS puts those of a task and of a request into its
/// reasons.
fn alike(text: &str) -> String {
    /// No word is as long, and has these characters only.
    const ID: usize = 16;
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let is_id = |word: &str| {
        let has_digit = word.contains(|c: char| c.is_ascii_digit());
        let is_hex = word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        (word.len() >= ID && has_digit && is_hex) || word.chars().all(|c| c.is_ascii_digit())
    };
    text.split_inclusive(is_end)
        .map(|part| {
            let word = part.trim_end_matches(is_end);
            match !word.is_empty() && is_id(word) {
                true => format!("#{}", &part[word.len()..]),
                false => part.to_owned(),
            }
        })
        .collect()
}

fn event(service: &str, tasks: &Tasks) -> Event {
    let first = tasks.first.clone();
    Event::TasksFailed(TasksFailed {
        service: service.to_owned(),
        count: tasks.arns.len(),
        containers: ends(&first),
        task: first.arn,
        task_definition: first.task_definition,
        stop_code: first.stop_code,
        reason: first.reason,
    })
}

/// How the containers of a task ended.
pub(super) fn ends(task: &StoppedTask) -> Vec<ContainerEnd> {
    let containers = task.containers.iter().cloned();
    let end = |(name, exit_code, reason)| ContainerEnd {
        name,
        exit_code,
        reason,
    };
    containers.map(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(task: &str, reason: &str) -> StoppedTask {
        StoppedTask {
            arn: task.into(),
            task_definition: "web:8".into(),
            stop_code: Some("TaskFailedToStart".into()),
            reason: Some(reason.into()),
            containers: Vec::new(),
        }
    }

    #[test]
    fn ids_of_tasks_and_requests_make_no_difference() {
        let denied = |task: &str, request: &str| {
            format!(
                "AccessDeniedException: User: arn:aws:sts::1:assumed-role/ecs/{task} is not authorized \
                 (dial tcp 10.0.1.7:44321), status code: 400, request id: {request}"
            )
        };
        let one = denied(
            "0123456789abcdef0123456789abcdef",
            "7b3c1f5e-9a54-4e1f-8f0d-1c2d3e4f5a6b",
        );
        let other = denied(
            "fedcba9876543210fedcba9876543210",
            "00000000-1111-2222-3333-444444444444",
        )
        .replace("44321", "40001");
        let mut failures = Failures::default();
        let events = failures.take("web", None, vec![stopped("a", &one), stopped("b", &other)]);
        assert_eq!((events.len(), failures.count()), (1, 2));
        let Event::TasksFailed(told) = &events[0] else {
            panic!("{events:?}")
        };
        assert_eq!((told.count, told.task.as_str()), (2, "a"));
        assert_eq!(told.reason.as_deref(), Some(one.as_str()));
        let third = stopped("c", "Task failed ELB health checks");
        assert_eq!(failures.take("web", None, vec![third]).len(), 1);
        assert!(failures.grown("web").is_empty());
        failures.take("web", None, vec![stopped("d", &one)]);
        assert_eq!(failures.grown("web").len(), 1);
    }

    #[test]
    fn words_stay() {
        for text in [
            "CannotPullContainerError: not found",
            "OutOfMemoryError: Container killed due to memory usage",
            "face-faded-decade-cafe",
        ] {
            assert_eq!(alike(text), text);
        }
    }
}
