//! What is waited for, and what was there before.

use std::collections::BTreeSet;

use super::observation::{DeploymentView, ServiceView};
use super::stage::Until;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Goal {
    /// Cluster, as the service is asked for.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// ARN of the task definition asked for; `None` where any deployment is judged.
    pub task_definition: Option<String>,
    /// ARN of the task definition that ran before.
    pub before: Option<String>,
    /// Ids of the `deployments[]` that were there before.
    pub known: BTreeSet<String>,
    /// ARN of the service deployment that was the current one before.
    pub known_deployment: Option<String>,
    /// Id of our deployment in `deployments[]`, where the answer to the update told it.
    pub deployment: Option<String>,
    /// ARN of a service deployment that may be ours.
    pub candidate: Option<String>,
    /// Ids of service events that are older than the deployment.
    pub heard: BTreeSet<String>,
    /// Family of the template: going back to it is no good end.
    pub template_family: Option<String>,
    /// Failed tasks after which a service without circuit breaker is judged failed.
    pub fail_after: Option<u32>,
    /// Whether its failed tasks and their likely cause were told before.
    pub explained: bool,
    /// Whether a deployment that no task proves is not enough.
    pub require_running: bool,
    /// Seconds to follow at most.
    pub timeout: f64,
    /// Command line that picks the following up again.
    pub resume: String,
    /// Command lines that let a paused deployment go on, and that roll it back.
    pub proceed: (String, String),
    /// How far it is followed.
    pub until: Until,
    /// The service as it was seen last.
    pub view: Option<ServiceView>,
    /// Calls made before, which count in the budget.
    pub calls: u32,
}

impl Goal {
    /// The deployment that an update started: `before` is the service just before it, `answer`
    /// what UpdateService answered.
    #[must_use]
    pub fn of_update(before: &ServiceView, answer: &ServiceView, task_definition: &str) -> Self {
        let known: BTreeSet<String> = before.deployments.iter().map(|d| d.id.clone()).collect();
        let is_new = |d: &&DeploymentView| {
            d.task_definition == task_definition && !known.contains(&d.id) && !d.id.is_empty()
        };
        Self {
            service: before.name.clone(),
            task_definition: Some(task_definition.to_owned()),
            before: Some(before.task_definition.clone()),
            deployment: primary(answer).filter(is_new).map(|d| d.id.clone()),
            candidate: answer
                .current_deployment
                .clone()
                .filter(|a| Some(a) != before.current_deployment.as_ref()),
            known_deployment: before.current_deployment.clone(),
            heard: before.events.iter().map(|e| e.id.clone()).collect(),
            known,
            view: Some(answer.clone()),
            ..Self::default()
        }
    }

    /// The deployment that is in progress, or the last one: of `task_definition`, or of whatever
    /// it is.
    #[must_use]
    pub fn of_service(view: &ServiceView, task_definition: Option<&str>) -> Self {
        let newest = newest(view);
        let since = newest.and_then(|d| d.created_at).unwrap_or(0.0);
        Self {
            service: view.name.clone(),
            task_definition: task_definition.map(str::to_owned),
            deployment: newest
                .filter(|d| task_definition.is_none_or(|t| t == d.task_definition))
                .map(|d| d.id.clone()),
            candidate: view.current_deployment.clone(),
            heard: view
                .events
                .iter()
                .filter(|e| e.at < since)
                .map(|e| e.id.clone())
                .collect(),
            view: Some(view.clone()),
            ..Self::default()
        }
    }
}

/// The `PRIMARY` one of a service's deployments.
#[must_use]
pub fn primary(view: &ServiceView) -> Option<&DeploymentView> {
    view.deployments.iter().find(|d| d.status == "PRIMARY")
}

/// The deployment that was created last: after a rollback, the one that failed.
fn newest(view: &ServiceView) -> Option<&DeploymentView> {
    let by_age = |a: &&DeploymentView, b: &&DeploymentView| {
        a.created_at
            .partial_cmp(&b.created_at)
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    // `max_by` takes the last of equals, and AWS lists the newest first.
    view.deployments.iter().rev().max_by(by_age)
}

/// How a service stands, for whoever is about to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The last deployment is done, and what it wants runs.
    Steady,
    /// The last deployment is done, and fewer tasks run than it wants.
    Short,
    /// A deployment is on its way.
    Moving,
    /// The last deployment failed, and nothing goes on.
    Failed,
}

/// How a service stands by its `deployments[]`.
#[must_use]
pub fn standing(view: &ServiceView) -> Standing {
    let full_or_short = |running, desired| {
        if running >= desired {
            Standing::Steady
        } else {
            Standing::Short
        }
    };
    let Some(primary) = primary(view) else {
        return full_or_short(view.running, view.desired);
    };
    match primary.rollout_state.as_deref() {
        Some("COMPLETED") => full_or_short(primary.running, primary.desired),
        Some("FAILED") => Standing::Failed,
        None if view.deployments.len() == 1 => full_or_short(primary.running, primary.desired),
        Some(_) | None => Standing::Moving,
    }
}
