//! Tests of [`super`].

use serde_json::json;

use super::*;

#[test]
fn a_service_with_unknown_values_is_read() {
    let view = service_view(&json!({
        "serviceArn": "arn:aws:ecs:eu-west-1:1:service/prod/web", "serviceName": "web", "status": "ACTIVE",
        "taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/web:7", "desiredCount": 2, "runningCount": 1, "pendingCount": 1,
        "deploymentConfiguration": { "strategy": "SPIRAL", "deploymentCircuitBreaker": { "enable": true, "rollback": false } },
        "deployments": [{ "id": "ecs-svc/1", "status": "PRIMARY", "failedTasks": 3, "rolloutState": "IN_PROGRESS", "createdAt": 1.5 }],
        "events": [{ "id": "e", "message": "m", "createdAt": 2 }],
        "loadBalancers": [{ "containerName": "app", "containerPort": 80 }],
        "futureMember": { "a": null },
    }));
    assert_eq!(view.strategy, "SPIRAL");
    assert_eq!(
        (view.controller.as_str(), view.scheduling.as_str()),
        ("ECS", "REPLICA")
    );
    assert_eq!(
        (
            view.circuit_breaker,
            view.circuit_breaker_rollback,
            view.express
        ),
        (true, false, false)
    );
    assert_eq!(
        (view.deployments[0].failed, view.deployments[0].created_at),
        (3, Some(1.5))
    );
    assert_eq!(view.load_balancers, [("app".to_owned(), 80)]);
    assert_eq!(view.events[0].at, 2.0);
}

#[test]
fn both_shapes_of_a_service_deployment() {
    let listed = service_deployment_view(
        &json!({ "serviceDeploymentArn": "d", "status": "PENDING", "targetServiceRevisionArn": "r" }),
    );
    let described = service_deployment_view(&json!({
        "serviceDeploymentArn": "d", "status": "IN_PROGRESS", "lifecycleStage": "BAKE_TIME", "targetServiceRevision": { "arn": "r" },
    }));
    assert_eq!(listed.target_revision, described.target_revision);
    assert_eq!(described.stage.as_deref(), Some("BAKE_TIME"));
}

#[test]
fn a_task_without_exit_code_has_none() {
    let task = stopped_task(&json!({
        "taskArn": "t", "taskDefinitionArn": "d", "stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError",
        "containers": [{ "name": "app" }, { "name": "log", "exitCode": 137, "reason": "OutOfMemoryError" }],
    }));
    assert_eq!(task.containers[0], ("app".to_owned(), None, None));
    assert_eq!(
        task.containers[1],
        (
            "log".to_owned(),
            Some(137),
            Some("OutOfMemoryError".to_owned())
        )
    );
}
