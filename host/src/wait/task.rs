//! One-off tasks: what RunTask is asked, and what a look at the task means.
//!
//! A task that stopped is no success by itself: only the exit code of the container counts, and a
//! task without one has failed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::observation::StoppedTask;

/// Where tasks of a service run: the members of RunTask that come from the service as it is, in
/// AWS's own shapes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Placement(pub Map<String, Value>);

/// A task that runs once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOff {
    /// What to call it.
    pub name: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// The container whose exit code counts, and whose command may be replaced.
    pub container: String,
    /// The command in place of the container's own; empty leaves that.
    pub command: Vec<String>,
    /// What its client tokens are made of: letters, digits and `-`, at most 56.
    pub intent: String,
}

/// A task, as far as it is followed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskView {
    /// `PROVISIONING`, `PENDING`, `RUNNING`, … `STOPPED`.
    pub status: String,
    /// ARN and, once it stopped, why.
    pub end: StoppedTask,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The container ended with this code.
    Exited(i32),
    /// It never started, or nobody knows the container's code; the words say why.
    Unknown(String),
}

impl OneOff {
    /// The client token of an attempt, 64 characters at most. The same intent and attempt have
    /// the same token, by which ECS starts one task however often it is asked.
    #[must_use]
    pub fn token(&self, attempt: u32) -> String {
        format!("{}-{attempt}", self.intent)
    }

    /// What finds its tasks again: `startedBy`, 36 characters at most.
    #[must_use]
    pub fn started_by(&self) -> String {
        let short: String = self.intent.chars().take(24).collect();
        format!("acetate-{short}")
    }

    /// The body of RunTask.
    #[must_use]
    pub fn request(&self, cluster: &str, placement: &Placement, attempt: u32) -> Value {
        let mut body = placement.0.clone();
        body.insert("cluster".to_owned(), cluster.into());
        body.insert(
            "taskDefinition".to_owned(),
            self.task_definition.as_str().into(),
        );
        body.insert("count".to_owned(), 1.into());
        body.insert("clientToken".to_owned(), self.token(attempt).into());
        body.insert("startedBy".to_owned(), self.started_by().into());
        if !self.command.is_empty() {
            let replaced = json!({ "name": self.container, "command": self.command });
            body.insert(
                "overrides".to_owned(),
                json!({ "containerOverrides": [replaced] }),
            );
        }
        Value::Object(body)
    }
}

/// What client tokens are made of: the same for the same words, 48 characters.
#[must_use]
pub fn intent(words: &[&str]) -> String {
    let digest = format!("{:x}", Sha256::digest(words.join("\0")));
    digest.chars().take(48).collect()
}

/// How a task ended, if it did.
#[must_use]
pub fn end(task: &TaskView, container: &str) -> Option<End> {
    if task.status != "STOPPED" {
        return None;
    }
    let ours = task
        .end
        .containers
        .iter()
        .find(|(name, ..)| name == container);
    if let Some((_, Some(code), _)) = ours {
        return Some(End::Exited(*code));
    }
    let of_container = ours.and_then(|(_, _, reason)| reason.clone());
    let why = task.end.reason.clone().or(of_container);
    let why = why.unwrap_or_else(|| "AWS gives no reason".to_owned());
    Some(End::Unknown(format!(
        "container `{container}` has no exit code: {why}"
    )))
}

/// Seconds until the next look at a task that is followed since `elapsed`.
#[must_use]
pub fn pause(elapsed: f64) -> f64 {
    (elapsed / 4.0).clamp(0.5, 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> OneOff {
        OneOff {
            name: "migrate".into(),
            task_definition: "web:2".into(),
            container: "app".into(),
            command: vec!["bin/migrate".into()],
            intent: "i".repeat(56),
        }
    }

    fn stopped(code: Option<i32>) -> TaskView {
        TaskView {
            status: "STOPPED".into(),
            end: StoppedTask {
                reason: Some("Essential container in task exited".into()),
                containers: vec![("log".into(), Some(0), None), ("app".into(), code, None)],
                ..StoppedTask::default()
            },
        }
    }

    #[test]
    fn only_the_code_of_its_container_counts() {
        assert_eq!(end(&stopped(Some(7)), "app"), Some(End::Exited(7)));
        assert_eq!(end(&stopped(Some(0)), "app"), Some(End::Exited(0)));
        for (task, container) in [(stopped(None), "app"), (stopped(Some(0)), "gone")] {
            let end = end(&task, container).expect("it stopped");
            assert!(matches!(end, End::Unknown(why) if why.contains("Essential container")));
        }
        let running = TaskView {
            status: "RUNNING".into(),
            ..stopped(Some(0))
        };
        assert_eq!(end(&running, "app"), None);
    }

    #[test]
    fn a_token_fits_and_differs_by_attempt() {
        assert!(task().token(9_999_999).len() <= 64);
        assert_ne!(task().token(0), task().token(1));
        assert!(task().started_by().len() <= 36);
    }

    #[test]
    fn the_request_has_the_services_placement_and_one_override() {
        let members = json!({ "launchType": "FARGATE", "networkConfiguration": { "a": 1 } });
        let Value::Object(members) = members else {
            panic!("an object")
        };
        let asked = task().request("prod", &Placement(members), 0);
        assert_eq!(asked["launchType"], "FARGATE");
        assert_eq!(asked["networkConfiguration"], json!({ "a": 1 }));
        assert_eq!(
            asked["overrides"],
            json!({ "containerOverrides": [{ "name": "app", "command": ["bin/migrate"] }] })
        );
        let own = OneOff {
            command: Vec::new(),
            ..task()
        };
        let asked = own.request("prod", &Placement::default(), 0);
        assert!(asked.get("overrides").is_none());
    }
}
