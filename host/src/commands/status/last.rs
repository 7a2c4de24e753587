//! What is said of a service's last deployment, unless that is done and what it wants runs.

use serde::Serialize;

use crate::aws::Aws;
use crate::commands::busy::{deployment, words};
use crate::commands::history::moment;
use crate::commands::looking::Again;
use crate::event::short;
use crate::wait::goal::{Standing, primary, standing};
use crate::wait::observation::{DeploymentView, PauseView, ServiceDeploymentView, ServiceView};

/// A last deployment that is to be talked about.
#[derive(Debug, Serialize)]
pub(super) struct Last {
    pub(super) state: State,
    /// ARN of the task definition that it deploys, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_definition: Option<String>,
    /// Unix seconds at which it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<f64>,
    desired: i32,
    running: i32,
    pending: i32,
    failed: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Unix seconds at which AWS decides on a pause by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<f64>,
    /// What AWS does then: `CONTINUE` or `ROLLBACK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    /// Command lines that follow it, let it go on, or roll it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<String>,
}

/// How it is with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    InProgress,
    /// It waits in a PAUSE hook.
    Paused,
    RollingBack,
    /// ECS took it back.
    RolledBack,
    Failed,
    /// It is done, and fewer tasks run than it wants.
    Short,
}

/// Whether what is wanted runs and nothing is on its way.
pub(super) fn is_steady(view: &ServiceView, last: Option<&Last>) -> bool {
    let is_calm = last.is_none_or(|last| last.state == State::RolledBack);
    is_calm && standing(view) == Standing::Steady
}

/// What is to be said; `None` where the last deployment is done and what it wants runs. Without
/// permission to see service deployments, as far as the service itself tells.
pub(super) async fn last(aws: &Aws, view: &ServiceView, again: &Again) -> Option<Last> {
    let native = deployment(aws, view).await;
    let state = state(standing(view), native.as_ref())?;
    let shown = primary(view);
    let target = native.as_ref().and_then(|d| d.target_revision.as_deref());
    let task_definition = match (target, state) {
        // The service is on its way to what it was on before, or is there.
        (Some(revision), State::RollingBack | State::RolledBack) => {
            aws.service_revision_task_definition(revision).await.ok()
        }
        (_, _) => shown.map(|d| d.task_definition.clone()),
    };
    Some(told(view, native, shown, state, task_definition, again))
}

fn told(
    view: &ServiceView,
    native: Option<ServiceDeploymentView>,
    shown: Option<&DeploymentView>,
    state: State,
    task_definition: Option<String>,
    again: &Again,
) -> Last {
    let count = |of: fn(&DeploymentView) -> i32, else_: i32| shown.map_or(else_, of);
    let native = native.unwrap_or_default();
    let rollout = || shown.and_then(|d| d.rollout_reason.clone());
    let pause = native.pause.unwrap_or_default();
    Last {
        state,
        task_definition,
        since: native.created_at.or(shown.and_then(|d| d.created_at)),
        desired: count(|d| d.desired, view.desired),
        running: count(|d| d.running, view.running),
        pending: count(|d| d.pending, view.pending),
        failed: count(|d| d.failed, 0),
        stage: native.stage,
        reason: match state {
            State::Failed => native.status_reason.or_else(rollout),
            State::RollingBack | State::RolledBack => native.status_reason,
            State::InProgress | State::Paused | State::Short => None,
        },
        commands: commands(state, again),
        paused_until: pause.expires_at,
        then: pause.timeout_action,
    }
}

fn commands(state: State, again: &Again) -> Vec<String> {
    let (wait, abort) = (again.wait.clone(), again.abort.clone());
    match state {
        State::Paused => vec![again.proceed.clone(), abort],
        State::InProgress => vec![wait, abort],
        State::RollingBack => vec![wait],
        State::RolledBack | State::Failed | State::Short => Vec::new(),
    }
}

fn state(standing: Standing, native: Option<&ServiceDeploymentView>) -> Option<State> {
    let paused = native.and_then(|d| d.pause.as_ref()).is_some();
    Some(match (native.map_or("", |d| d.status.as_str()), standing) {
        ("ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS", _) => State::RollingBack,
        ("PENDING" | "IN_PROGRESS" | "STOP_REQUESTED", _) if paused => State::Paused,
        ("PENDING" | "IN_PROGRESS" | "STOP_REQUESTED", _) | (_, Standing::Moving) => {
            State::InProgress
        }
        ("ROLLBACK_SUCCESSFUL", Standing::Steady | Standing::Short) => State::RolledBack,
        (_, Standing::Failed) => State::Failed,
        (_, Standing::Short) => State::Short,
        (_, Standing::Steady) => return None,
    })
}

impl Last {
    /// In lines.
    pub(super) fn lines(&self) -> Vec<String> {
        let of = self.task_definition.as_deref().map_or("", short);
        let since = self.since.map_or_else(String::new, moment);
        let (counts, because) = (self.counts(), self.because());
        match self.state {
            State::InProgress => vec![
                format!("a deployment of {of} is in progress since {since}: {counts}"),
                format!("{}, {}", self.does(0, "follows it"), self.does(1, BACK)),
            ],
            State::Paused => vec![
                format!("a deployment of {of} is in progress since {since}: {counts}"),
                format!("it {}", words(&self.pause(), self.stage.as_deref())),
                format!("{}, {}", self.does(0, "lets it go on"), self.does(1, BACK)),
            ],
            State::RollingBack => vec![
                format!("the deployment of {of} of {since} is being rolled back{because}"),
                self.does(0, "follows that"),
            ],
            State::RolledBack => {
                let mut lines = vec![format!(
                    "its last deployment ({of}) of {since} {}was rolled back by ECS{because}",
                    if self.is_failure() { "failed and " } else { "" }
                )];
                if self.running < self.desired {
                    lines.push(self.short());
                }
                lines
            }
            State::Failed => vec![format!("its last deployment ({of}) failed{because}")],
            State::Short => vec![self.short()],
        }
    }

    /// Whether AWS's words say so: a rollback that someone asks for is none.
    fn is_failure(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or("").to_lowercase();
        let causes = ["circuit breaker", "alarm", "hook", "fail"];
        causes.iter().any(|cause| reason.contains(cause))
    }

    fn short(&self) -> String {
        format!(
            "no deployment is in progress, and fewer tasks run than the service wants: {}",
            self.counts()
        )
    }

    fn pause(&self) -> PauseView {
        PauseView {
            hook: String::new(),
            expires_at: self.paused_until,
            timeout_action: self.then.clone(),
        }
    }

    fn does(&self, at: usize, what: &str) -> String {
        let command = self.commands.get(at).map_or("", String::as_str);
        format!("`{command}` {what}")
    }

    fn because(&self) -> String {
        let reason = self.reason.as_deref();
        reason.map_or_else(String::new, |why| format!(": {why}"))
    }

    fn counts(&self) -> String {
        let stage = self.stage.as_deref();
        format!(
            "{} of {} running, {} pending, {} failed{}",
            self.running,
            self.desired,
            self.pending,
            self.failed,
            stage.map_or_else(String::new, |stage| format!(", {stage}"))
        )
    }
}

const BACK: &str = "rolls it back";
