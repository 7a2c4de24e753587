//! Why tasks failed: stopped tasks of the revision that is waited for, those alike told once.

use std::collections::BTreeMap;

use super::observation::StoppedTask;
use crate::event::{ContainerEnd, Event, TasksFailed};

/// What the stopped tasks said.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures {
    tasks: BTreeMap<String, Kind>,
    told: BTreeMap<Kind, usize>,
    /// Stopped tasks cannot be looked at.
    pub(super) unavailable: bool,
}

type Kind = (
    Option<String>,
    Option<String>,
    Vec<(String, Option<i32>, Option<String>)>,
);

impl Failures {
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
            self.tasks
                .insert(task.arn, (task.stop_code, task.reason, task.containers));
        }
        let new: Vec<_> = self
            .kinds()
            .into_iter()
            .filter(|(kind, _)| !self.told.contains_key(kind))
            .collect();
        self.tell(service, new)
    }

    /// Kinds of failure that more tasks have met since they were told.
    pub(super) fn grown(&mut self, service: &str) -> Vec<Event> {
        let grown: Vec<_> = self
            .kinds()
            .into_iter()
            .filter(|(kind, count)| self.told.get(kind) != Some(count))
            .collect();
        self.tell(service, grown)
    }

    /// How many tasks failed that were looked at.
    pub(super) fn count(&self) -> usize {
        self.tasks.len()
    }

    fn kinds(&self) -> BTreeMap<Kind, usize> {
        let mut kinds = BTreeMap::new();
        for kind in self.tasks.values() {
            *kinds.entry(kind.clone()).or_insert(0) += 1;
        }
        kinds
    }

    fn tell(&mut self, service: &str, kinds: Vec<(Kind, usize)>) -> Vec<Event> {
        self.told.extend(kinds.iter().cloned());
        kinds
            .into_iter()
            .map(|(kind, count)| event(service, kind, count))
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

fn event(service: &str, (stop_code, reason, containers): Kind, count: usize) -> Event {
    let containers = containers
        .into_iter()
        .map(|(name, exit_code, reason)| ContainerEnd {
            name,
            exit_code,
            reason,
        })
        .collect();
    Event::TasksFailed(TasksFailed {
        service: service.to_owned(),
        count,
        stop_code,
        reason,
        containers,
    })
}
