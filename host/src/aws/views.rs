//! What is decided on, taken from raw answers: an unknown member or enum value is never in the
//! way.

use serde_json::Value;

use crate::wait::observation::{
    DeploymentView, PauseView, ServiceDeploymentView, ServiceEvent, ServiceView, StoppedTask, Ties,
};
use crate::wait::task::{Placement, TaskView};

pub(super) fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value
        .get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn optional(value: Option<&Value>, member: &str) -> Option<String> {
    value?
        .get(member)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

pub(super) fn text(value: &Value, member: &str) -> String {
    optional(Some(value), member).unwrap_or_default()
}

fn count(value: &Value, member: &str) -> i32 {
    value
        .get(member)
        .and_then(Value::as_i64)
        .and_then(|n| i32::try_from(n).ok())
        .unwrap_or(0)
}

fn time(value: &Value, member: &str) -> Option<f64> {
    value.get(member).and_then(Value::as_f64)
}

/// A `service` of DescribeServices or UpdateService.
pub(super) fn service_view(service: &Value) -> ServiceView {
    let configuration = service.get("deploymentConfiguration");
    let breaker = |member: &str| {
        configuration
            .and_then(|c| c.pointer(&format!("/deploymentCircuitBreaker/{member}")))
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    let or = |found: Option<String>, default: &str| found.unwrap_or_else(|| default.to_owned());
    ServiceView {
        arn: text(service, "serviceArn"),
        name: text(service, "serviceName"),
        status: text(service, "status"),
        task_definition: text(service, "taskDefinition"),
        desired: count(service, "desiredCount"),
        running: count(service, "runningCount"),
        pending: count(service, "pendingCount"),
        controller: or(optional(service.get("deploymentController"), "type"), "ECS"),
        strategy: or(optional(configuration, "strategy"), "ROLLING"),
        scheduling: or(optional(Some(service), "schedulingStrategy"), "REPLICA"),
        circuit_breaker: breaker("enable"),
        circuit_breaker_rollback: breaker("rollback"),
        express: optional(Some(service), "resourceManagementType").as_deref() == Some("ECS"),
        current_deployment: optional(Some(service), "currentServiceDeployment"),
        deployments: list(service, "deployments")
            .iter()
            .map(deployment_view)
            .collect(),
        events: list(service, "events").iter().map(service_event).collect(),
        launch_type: optional(Some(service), "launchType"),
        load_balancers: list(service, "loadBalancers")
            .iter()
            .map(|b| (text(b, "containerName"), count(b, "containerPort")))
            .collect(),
        created_at: time(service, "createdAt"),
        placement: placement(service),
        ties: ties(service),
    }
}

/// What the service, or its deployment in its place, names of the task definition.
fn ties(service: &Value) -> Ties {
    let told = |member: &str| told(service, member);
    let connect = told("serviceConnectConfiguration");
    let is_on = |connect: &&Value| connect.get("enabled").and_then(Value::as_bool) != Some(false);
    let connected = connect
        .filter(is_on)
        .map(|connect| list(connect, "services"));
    let others = ["vpcLatticeConfigurations", "gatewayConnectors"];
    let others = others.iter().filter_map(|member| told(member)?.as_array());
    let ports = connected.into_iter().flatten().chain(others.flatten());
    let registries = list(service, "serviceRegistries")
        .iter()
        .filter(|registry| registry.get("containerPort").is_some_and(Value::is_i64))
        .map(|registry| {
            (
                text(registry, "containerName"),
                count(registry, "containerPort"),
            )
        });
    let volumes = told("volumeConfigurations").and_then(Value::as_array);
    Ties {
        port_names: ports
            .filter_map(|port| optional(Some(port), "portName"))
            .collect(),
        registries: registries.collect(),
        volumes: volumes
            .into_iter()
            .flatten()
            .map(|volume| text(volume, "name"))
            .collect(),
    }
}

/// A member of the service or, where it has none, of its primary deployment.
fn told<'a>(service: &'a Value, member: &str) -> Option<&'a Value> {
    let deployments = list(service, "deployments");
    let primary = deployments
        .iter()
        .find(|d| optional(Some(d), "status").as_deref() == Some("PRIMARY"));
    let is_there = |value: &&Value| match value {
        Value::Null => false,
        Value::Array(all) => !all.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    let of_service = service.get(member).filter(is_there);
    of_service.or_else(|| primary?.get(member).filter(is_there))
}

/// What RunTask takes of a service. Volumes are told by its deployments, and a launch type excludes
/// a strategy of capacity providers.
fn placement(service: &Value) -> Placement {
    let told = |member: &str| told(service, member);
    let by_strategy = told("capacityProviderStrategy").is_some();
    let members = [
        "networkConfiguration",
        "capacityProviderStrategy",
        "launchType",
        "platformVersion",
        "volumeConfigurations",
    ];
    let taken = members
        .iter()
        .filter(|member| **member != "launchType" || !by_strategy);
    let taken = taken.filter_map(|member| Some(((*member).to_owned(), told(member)?.clone())));
    Placement(taken.collect())
}

fn deployment_view(deployment: &Value) -> DeploymentView {
    DeploymentView {
        id: text(deployment, "id"),
        status: text(deployment, "status"),
        task_definition: text(deployment, "taskDefinition"),
        desired: count(deployment, "desiredCount"),
        running: count(deployment, "runningCount"),
        pending: count(deployment, "pendingCount"),
        failed: count(deployment, "failedTasks"),
        rollout_state: optional(Some(deployment), "rolloutState"),
        rollout_reason: optional(Some(deployment), "rolloutStateReason"),
        created_at: time(deployment, "createdAt"),
    }
}

fn service_event(event: &Value) -> ServiceEvent {
    ServiceEvent {
        id: text(event, "id"),
        message: text(event, "message"),
        at: time(event, "createdAt").unwrap_or(0.0),
    }
}

/// An entry of ListServiceDeployments (which has `targetServiceRevisionArn`) or of
/// DescribeServiceDeployments (which has `targetServiceRevision.arn`).
pub(super) fn service_deployment_view(deployment: &Value) -> ServiceDeploymentView {
    let target = optional(Some(deployment), "targetServiceRevisionArn");
    ServiceDeploymentView {
        arn: text(deployment, "serviceDeploymentArn"),
        status: text(deployment, "status"),
        status_reason: optional(Some(deployment), "statusReason"),
        stage: optional(Some(deployment), "lifecycleStage"),
        target_revision: target
            .or_else(|| optional(deployment.get("targetServiceRevision"), "arn")),
        target_task_definition: None,
        created_at: time(deployment, "createdAt"),
        pause: list(deployment, "lifecycleHookDetails")
            .iter()
            .find(|hook| optional(Some(hook), "status").as_deref() == Some("AWAITING_ACTION"))
            .map(pause_view),
    }
}

fn pause_view(hook: &Value) -> PauseView {
    PauseView {
        hook: text(hook, "hookId"),
        expires_at: time(hook, "expiresAt"),
        timeout_action: optional(Some(hook), "timeoutAction"),
    }
}

/// A task of RunTask or DescribeTasks.
pub(super) fn task_view(task: &Value) -> TaskView {
    TaskView {
        status: text(task, "lastStatus"),
        end: stopped_task(task),
    }
}

pub(super) fn stopped_task(task: &Value) -> StoppedTask {
    let container = |c: &Value| {
        let exit_code = c
            .get("exitCode")
            .and_then(Value::as_i64)
            .and_then(|n| i32::try_from(n).ok());
        let unhealthy = || {
            let health = optional(Some(c), "healthStatus")?;
            (health == "UNHEALTHY").then(|| "its health check failed".to_owned())
        };
        let reason = optional(Some(c), "reason").or_else(unhealthy);
        (text(c, "name"), exit_code, reason)
    };
    StoppedTask {
        arn: text(task, "taskArn"),
        task_definition: text(task, "taskDefinitionArn"),
        stop_code: optional(Some(task), "stopCode"),
        reason: optional(Some(task), "stoppedReason"),
        containers: list(task, "containers").iter().map(container).collect(),
    }
}

#[cfg(test)]
mod tests;
