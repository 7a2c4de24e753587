//! What happened: the only thing that work emits and the only thing that `output` knows.
//!
//! Events are data. Text for people and JSON lines for machines are two readers of the same
//! events.

pub mod fleet;

use serde::Serialize;

use crate::diff::Difference;
use crate::plan::Plan;
use fleet::{Fleet, Summary};

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Error,
}

/// One finding about a document, a configuration or a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How serious.
    pub severity: Severity,
    /// Stable, kebab-case name of the rule.
    pub code: String,
    /// One lowercase fragment for a person.
    pub message: String,
    /// Address of the place concerned (see `task_definition::address`), if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who says it: `acetate`, or the entry's name in acetate.toml for a plugin.
    pub source: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Something that happened. With `--format json` each one is a line of JSON whose member
/// `event` names the variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Worth knowing.
    Note {
        /// One lowercase fragment.
        message: String,
    },
    /// Works, but look at it.
    Warning {
        /// One lowercase fragment.
        message: String,
    },
    /// One finding about a document, a configuration or a plugin.
    Diagnostic(Diagnostic),
    /// The end of a run that did not do what it was asked to.
    Error(Problem),
    /// What a deploy of one service will change in what runs.
    Difference(Difference),
    /// What a deploy of one service will do.
    Planned(Plan),
    /// A revision was registered, or one with the same content is used again.
    Registered(Registered),
    /// AWS accepted the update of the service.
    Accepted(Accepted),
    /// How far a deployment is.
    Progress(Progress),
    /// What ECS says about the service.
    ServiceEvent(Said),
    /// Tasks of the new revision that stopped or never started.
    TasksFailed(TasksFailed),
    /// The last lines of a container that failed.
    LogTail(LogTail),
    /// Why a deployment or a task most likely failed.
    Why(Why),
    /// A deployment waits for someone to continue it.
    Paused(Paused),
    /// How a deployment ended.
    Verdict(Verdict),
    /// A one-off task was started.
    TaskStarted(TaskStarted),
    /// A one-off task has come on.
    TaskStatus(TaskStatus),
    /// A one-off task has written a line.
    TaskLog(TaskLog),
    /// A one-off task stopped.
    TaskEnded(TaskEnded),
    /// How far a run of several services is.
    Fleet(Fleet),
    /// How a run of several services ended.
    Summary(Summary),
}

/// A PAUSE hook that waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paused {
    /// Service name.
    pub service: String,
    /// Lifecycle stage that it waits in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Unix seconds at which AWS decides by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<f64>,
    /// What AWS does then: `CONTINUE` or `ROLLBACK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_action: Option<String>,
    /// The command that lets it go on.
    pub proceed: String,
    /// The command that rolls it back.
    pub abort: String,
}

/// A one-off task that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStarted {
    /// Service name or, without one, the family.
    pub service: String,
    /// What the task is called.
    pub name: String,
    /// ARN of the task.
    pub task: String,
    /// ARN of its task definition.
    pub task_definition: String,
}

/// How far a one-off task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// Service name or, without one, the family.
    pub service: String,
    /// What the task is called.
    pub name: String,
    /// AWS's word: `PENDING`, `RUNNING`, …
    pub status: String,
}

/// A line of a one-off task's log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskLog {
    /// Service name or, without one, the family.
    pub service: String,
    /// What the task is called.
    pub name: String,
    /// Container that wrote it.
    pub container: String,
    /// Unix seconds.
    pub at: f64,
    /// The line.
    pub message: String,
}

/// How a one-off task ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskEnded {
    /// Service name or, without one, the family.
    pub service: String,
    /// What the task is called.
    pub name: String,
    /// ARN of the task.
    pub task: String,
    /// Exit code of the container that counts; absent where it never ran or AWS lost it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// `TaskFailedToStart`, `EssentialContainerExited`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_code: Option<String>,
    /// AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How each container ended.
    pub containers: Vec<ContainerEnd>,
    /// Seconds since acetate began to look.
    pub elapsed: f64,
}

/// An error as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The exit code that follows from it.
    pub exit_code: u8,
    /// What failed.
    pub message: String,
    /// The causes, outermost first.
    pub caused_by: Vec<String>,
    /// Ways out.
    pub hints: Vec<String>,
}

/// Which revision a run goes on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// Family that acetate registers in.
    pub family: String,
    /// ARN of the revision.
    pub arn: String,
    /// Why no new revision was needed; absent where one was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reused: Option<String>,
}

/// What UpdateService answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Service name.
    pub service: String,
    /// ARN of the task definition asked for.
    pub task_definition: String,
    /// ARN of the task definition that ran before.
    pub before: String,
    /// Id of the deployment among the service's `deployments[]`, where the answer told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

/// How far a deployment is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Service name.
    pub service: String,
    /// ARN of the task definition on its way.
    pub task_definition: String,
    /// Tasks wanted.
    pub desired: i32,
    /// Tasks of this deployment that run.
    pub running: i32,
    /// Tasks of this deployment that are pending.
    pub pending: i32,
    /// Tasks of this deployment that failed.
    pub failed: i32,
    /// AWS's word for the state: status or rollout state, and the stage where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Seconds since the deployment was accepted, or since acetate began to look.
    pub elapsed: f64,
}

impl Progress {
    /// Whether a person sees a difference, time apart.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        Self {
            elapsed: 0.0,
            ..self.clone()
        } != Self {
            elapsed: 0.0,
            ..other.clone()
        }
    }
}

/// One service event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// Service name.
    pub service: String,
    /// Unix seconds.
    pub at: f64,
    /// AWS's words.
    pub message: String,
    /// How often the service said this since it was looked at last, at least 1.
    pub times: usize,
}

/// Tasks of the new revision that stopped in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TasksFailed {
    /// Service name.
    pub service: String,
    /// How many tasks were seen so far.
    pub count: usize,
    /// ARN of one of them.
    pub task: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// `TaskFailedToStart`, `EssentialContainerExited`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_code: Option<String>,
    /// AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the containers say.
    pub containers: Vec<ContainerEnd>,
}

/// The last lines that a container wrote which failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogTail {
    /// Service name.
    pub service: String,
    /// ARN of the task.
    pub task: String,
    /// Container name.
    pub container: String,
    /// Log group.
    pub group: String,
    /// Log stream.
    pub stream: String,
    /// The lines, oldest first.
    pub lines: Vec<String>,
}

/// Why it most likely failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Service name.
    pub service: String,
    /// 1 for the likeliest cause; where other tasks failed for another one, that comes next.
    pub rank: usize,
    /// Stable, kebab-case name of the cause.
    pub cause: String,
    /// The cause, in a sentence without its full stop.
    pub message: String,
    /// The thing to check.
    pub check: String,
    /// AWS's page about it.
    pub page: String,
}

/// How one container of a stopped task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerEnd {
    /// Container name.
    pub name: String,
    /// Exit code; absent where the container never ran or AWS lost it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a deployment ended, as far as whoever started it must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was asked for is what runs (exit 0).
    Succeeded,
    /// It failed, and the service is back on the revision before (exit 6).
    RolledBack,
    /// It failed, and the service is not known to be back (exit 7).
    Failed,
    /// Time ran out, or sight of it was lost; it goes on (exit 8).
    LostSight,
    /// Another deployment took over (exit 9).
    Superseded,
    /// It has come to the stage that was waited for, and goes on or waits there (exit 0).
    Reached,
}

/// The end of following a deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Service name.
    pub service: String,
    /// How it ended.
    pub outcome: Outcome,
    /// ARN of the task definition that was asked for.
    pub task_definition: String,
    /// ARN of the task definition that the service is on now, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// ARN of the service deployment or, where only that is known, its id in `deployments[]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// Tasks wanted.
    pub desired: i32,
    /// Tasks that run.
    pub running: i32,
    /// Whether nothing had to be done for it.
    pub nothing_to_do: bool,
    /// Whether a running task showed that the revision works.
    pub proven: bool,
    /// Seconds that it took, or that acetate looked.
    pub elapsed: f64,
    /// One lowercase fragment that says why, where it is not plain success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// A length of time as people say it: `34 s`, `2 min 5 s`.
#[must_use]
pub fn seconds(elapsed: f64) -> String {
    let whole = elapsed.max(0.0).round();
    let (minutes, rest) = ((whole / 60.0).floor(), whole % 60.0);
    if minutes >= 1.0 {
        format!("{minutes} min {rest} s")
    } else {
        format!("{rest} s")
    }
}

/// `web:8` of `arn:aws:ecs:eu-west-1:123456789012:task-definition/web:8`; what is not such an
/// ARN stays as it is.
#[must_use]
pub fn short(arn: &str) -> &str {
    arn.rsplit_once(":task-definition/")
        .map_or(arn, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_named_in_its_json() {
        let event = Event::Note {
            message: "hello".into(),
        };
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"event":"note","message":"hello"}"#
        );
    }

    #[test]
    fn an_arn_is_shown_short() {
        assert_eq!(
            short("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:8"),
            "web:8"
        );
        assert_eq!(short("web:8"), "web:8");
    }
}
