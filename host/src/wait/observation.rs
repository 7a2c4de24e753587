//! What one look at a service shows: the typed facts that decisions are made on. The rim fills
//! these from AWS's answers; everything that is not decided on stays out.

use serde::{Deserialize, Serialize};

use super::task::Placement;

/// A service as
/// [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html) shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ServiceView {
    /// Full ARN of the service.
    pub arn: String,
    /// Service name.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// ARN of the task definition that the service is set to.
    pub task_definition: String,
    /// Number of tasks wanted.
    pub desired: i32,
    /// Number of tasks running, all deployments together.
    pub running: i32,
    /// Number of tasks pending, all deployments together.
    pub pending: i32,
    /// `ECS`, `CODE_DEPLOY`, `EXTERNAL`; `ECS` where AWS leaves it out.
    pub controller: String,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; `ROLLING` where AWS leaves it out.
    pub strategy: String,
    /// `REPLICA` or `DAEMON`.
    pub scheduling: String,
    /// Whether the deployment circuit breaker is on.
    pub circuit_breaker: bool,
    /// Whether the deployment circuit breaker rolls back.
    pub circuit_breaker_rollback: bool,
    /// `resourceManagementType` is `ECS` (an Express service).
    pub express: bool,
    /// ARN of the service deployment that last started, where AWS says it.
    pub current_deployment: Option<String>,
    /// `deployments[]`, newest first as AWS lists them.
    pub deployments: Vec<DeploymentView>,
    /// Service events, newest first.
    pub events: Vec<ServiceEvent>,
    /// `launchType`, where set.
    pub launch_type: Option<String>,
    /// Load balancer targets: container name and port.
    pub load_balancers: Vec<(String, i32)>,
    /// Unix seconds of creation, where known.
    pub created_at: Option<f64>,
    /// Where its tasks run, for one-off tasks beside them.
    #[serde(default)]
    pub placement: Placement,
    /// What else it names of its task definition.
    #[serde(default)]
    pub ties: Ties,
}

/// What a service names of its task definition beside its load balancers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ties {
    /// Names of ports, for Service Connect, VPC Lattice and gateways.
    pub port_names: Vec<String>,
    /// Containers and ports that service discovery knows.
    pub registries: Vec<(String, i32)>,
    /// Volumes that it configures.
    pub volumes: Vec<String>,
}

/// One of a service's `deployments[]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeploymentView {
    /// `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Number of tasks wanted.
    pub desired: i32,
    /// Number of tasks running.
    pub running: i32,
    /// Number of tasks pending.
    pub pending: i32,
    /// Number of tasks that failed to start or were stopped as unhealthy.
    pub failed: i32,
    /// `COMPLETED`, `FAILED`, `IN_PROGRESS`; absent for some services.
    pub rollout_state: Option<String>,
    /// AWS's words for the state.
    pub rollout_reason: Option<String>,
    /// Unix seconds of creation, where known.
    pub created_at: Option<f64>,
}

/// One service event.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// Event id, unique within the service.
    pub id: String,
    /// AWS's words.
    pub message: String,
    /// Unix seconds.
    pub at: f64,
}

/// A service deployment as
/// [DescribeServiceDeployments](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html) shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ServiceDeploymentView {
    /// ARN of the service deployment.
    pub arn: String,
    /// `PENDING`, `IN_PROGRESS`, `SUCCESSFUL`, `STOPPED`, `STOP_REQUESTED`, `ROLLBACK_REQUESTED`,
    /// `ROLLBACK_IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, `ROLLBACK_FAILED`.
    pub status: String,
    /// AWS's words for the status.
    pub status_reason: Option<String>,
    /// Lifecycle stage, where there is one.
    pub stage: Option<String>,
    /// ARN of the service revision that it deploys.
    pub target_revision: Option<String>,
    /// Task definition ARN of that service revision, once DescribeServiceRevisions told it.
    pub target_task_definition: Option<String>,
    /// Unix seconds of creation, where known.
    pub created_at: Option<f64>,
    /// The PAUSE hook that it waits in.
    pub pause: Option<PauseView>,
}

/// A PAUSE hook that waits for someone to decide.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PauseView {
    /// What ContinueServiceDeployment names it by.
    pub hook: String,
    /// Unix seconds at which AWS decides by itself, where known.
    pub expires_at: Option<f64>,
    /// `CONTINUE` or `ROLLBACK`: what AWS does then.
    pub timeout_action: Option<String>,
}

/// A task that stopped, for the reasons of a failure.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StoppedTask {
    /// Task ARN.
    pub arn: String,
    /// Task definition ARN.
    pub task_definition: String,
    /// `TaskFailedToStart`, `EssentialContainerExited`, …
    pub stop_code: Option<String>,
    /// AWS's words.
    pub reason: Option<String>,
    /// Container name, exit code, reason.
    pub containers: Vec<(String, Option<i32>, Option<String>)>,
}
