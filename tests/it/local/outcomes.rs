//! Scripted outcomes, and what each leaves behind.

use acetate::local::Outcome;
use serde_json::json;

use super::client::Client;
use super::{deploy, endpoint, follow, messages, service, world};

#[test]
fn a_good_deployment_moves_and_ends_successful() {
    let client = endpoint(world(&[Outcome::Ok]));
    let (revision, updated) = deploy(&client);
    assert_eq!(updated["deployments"][0]["taskDefinition"], *revision);
    assert_eq!(updated["deployments"][0]["rolloutState"], "IN_PROGRESS");
    let (last, seen) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(
        seen.last().map(String::as_str),
        Some("SUCCESSFUL"),
        "{last}"
    );
    let service = service(&client);
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&service["runningCount"], &service["taskDefinition"]),
        (&json!(2), &json!(revision))
    );
    let said = messages(&service);
    for words in [
        "has started 1 tasks: (task ",
        "has stopped 1 running tasks: (task ",
        "deployment completed.",
        "has reached a steady state.",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
}

#[test]
fn after_a_rollback_the_service_is_stable_on_the_old_revision() {
    let client = endpoint(world(&[Outcome::RolledBack]));
    let before = service(&client)["taskDefinition"].clone();
    let (revision, updated) = deploy(&client);
    let (last, seen) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(
        seen,
        [
            "PENDING",
            "IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_SUCCESSFUL"
        ][4 - seen.len()..],
        "{last}"
    );
    let service = service(&client);
    let primary = &service["deployments"][0];
    assert_eq!(
        (&service["taskDefinition"], &primary["rolloutState"]),
        (&before, &json!("COMPLETED"))
    );
    assert_ne!(primary["taskDefinition"], *revision);
    assert_eq!(service["runningCount"], 2);
    assert_eq!(
        service["deployments"].as_array().map(Vec::len),
        Some(1),
        "what a naive waiter calls stable"
    );
}

/// What is left when a deployment has ended or 60 looks are over.
struct Left {
    outcome: Outcome,
    /// Status of the service deployment.
    status: &'static str,
    /// Whether PRIMARY is of the revision that was asked for.
    ours: bool,
    /// Its rollout state.
    rollout: &'static str,
    /// Words of an event or of the reason of a stopped task.
    words: &'static str,
}

const fn left(
    outcome: Outcome,
    status: &'static str,
    ours: bool,
    rollout: &'static str,
    words: &'static str,
) -> Left {
    Left {
        outcome,
        status,
        ours,
        rollout,
        words,
    }
}

/// What is left of each outcome.
const LEFT: &[Left] = &[
    left(
        Outcome::Crash,
        "ROLLBACK_SUCCESSFUL",
        false,
        "COMPLETED",
        "Essential container in task exited",
    ),
    left(
        Outcome::CannotPull,
        "ROLLBACK_SUCCESSFUL",
        false,
        "COMPLETED",
        "CannotPullContainerError: ",
    ),
    left(
        Outcome::SecretMissing,
        "ROLLBACK_SUCCESSFUL",
        false,
        "COMPLETED",
        "ResourceInitializationError: unable to pull secrets",
    ),
    left(
        Outcome::Unhealthy,
        "ROLLBACK_SUCCESSFUL",
        false,
        "COMPLETED",
        "failed container health checks",
    ),
    left(
        Outcome::RollbackFailed,
        "ROLLBACK_FAILED",
        false,
        "IN_PROGRESS",
        "rolling back to deployment",
    ),
    left(
        Outcome::Failed,
        "STOPPED",
        true,
        "FAILED",
        "deployment failed: tasks failed to start",
    ),
    left(
        Outcome::CompletedWithNothingRunning,
        "SUCCESSFUL",
        true,
        "COMPLETED",
        "deployment completed",
    ),
    left(
        Outcome::Superseded,
        "STOPPED",
        false,
        "IN_PROGRESS",
        "has started",
    ),
    left(Outcome::Stopped, "STOPPED", true, "FAILED", "has started"),
    left(
        Outcome::StoppedBack,
        "STOPPED",
        false,
        "COMPLETED",
        "rolling back to deployment",
    ),
    left(
        Outcome::Stuck,
        "IN_PROGRESS",
        true,
        "IN_PROGRESS",
        "has started",
    ),
    left(
        Outcome::Placeholder,
        "IN_PROGRESS",
        true,
        "IN_PROGRESS",
        "unable to consistently start tasks",
    ),
];

#[test]
fn each_outcome_leaves_what_it_says() {
    for case in LEFT {
        let client = endpoint(world(&[case.outcome]));
        let (revision, updated) = deploy(&client);
        let (last, _) = follow(&client, &updated["currentServiceDeployment"], 60);
        assert_eq!(last["status"], case.status, "{:?}", case.outcome);
        let service = client.0.service("prod", "web").expect("the service");
        let primary = &service["deployments"][0];
        assert_eq!(
            primary["taskDefinition"] == *revision,
            case.ours,
            "{:?}",
            case.outcome
        );
        assert_eq!(primary["rolloutState"], case.rollout, "{:?}", case.outcome);
        let said = messages(&service) + &reasons(&client);
        assert!(
            said.contains(case.words),
            "{:?}: no `{}` in {said}",
            case.outcome,
            case.words
        );
    }
}

/// Reasons of all stopped tasks of the service.
fn reasons(client: &Client) -> String {
    let request = json!({"cluster": "prod", "serviceName": "web", "desiredStatus": "STOPPED"});
    let arns = client.ecs("ListTasks", &request).ok()["taskArns"].clone();
    let tasks = client
        .ecs("DescribeTasks", &json!({"cluster": "prod", "tasks": arns}))
        .ok();
    let tasks = tasks["tasks"].as_array().expect("tasks").clone();
    tasks
        .iter()
        .filter_map(|t| t["stoppedReason"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn completed_with_nothing_running_runs_nothing() {
    let client = endpoint(world(&[Outcome::CompletedWithNothingRunning]));
    let (_, updated) = deploy(&client);
    follow(&client, &updated["currentServiceDeployment"], 60);
    let service = service(&client);
    assert_eq!(
        (&service["desiredCount"], &service["runningCount"]),
        (&json!(2), &json!(0))
    );
}

#[test]
fn primary_other_takes_the_definition_and_deploys_nothing() {
    let client = endpoint(world(&[Outcome::PrimaryOther]));
    let (revision, updated) = deploy(&client);
    assert_eq!(updated["taskDefinition"], *revision);
    let primary = &updated["deployments"][0];
    assert_ne!(primary["taskDefinition"], *revision);
    assert_eq!(
        (&primary["status"], &primary["rolloutState"]),
        (&json!("PRIMARY"), &json!("COMPLETED"))
    );
}

#[test]
fn counts_of_a_stuck_deployment_flap_and_none_counts_as_failed() {
    let client = endpoint(world(&[Outcome::Stuck]));
    deploy(&client);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let primary = service(&client)["deployments"][0].clone();
        assert_eq!(primary["failedTasks"], 0);
        seen.insert(primary["runningCount"].as_i64());
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn without_circuit_breaker_tasks_fail_for_ever() {
    let mut world = world(&[Outcome::Crash]);
    world.services[0].circuit_breaker = false;
    let client = endpoint(world);
    let (_, updated) = deploy(&client);
    follow(&client, &updated["currentServiceDeployment"], 60);
    let primary = service(&client)["deployments"][0].clone();
    assert_eq!(primary["rolloutState"], "IN_PROGRESS");
    assert!(primary["failedTasks"].as_i64() > Some(6), "{primary}");
}

#[test]
fn a_first_deployment_that_never_becomes_healthy_can_be_superseded() {
    let mut world = world(&[Outcome::Ok]);
    world.services[0].initial = Outcome::Placeholder;
    let client = endpoint(world);
    for _ in 0..20 {
        service(&client);
    }
    assert_eq!(
        service(&client)["deployments"][0]["rolloutState"],
        "IN_PROGRESS"
    );
    let (_, updated) = deploy(&client);
    let (last, _) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(last["status"], "SUCCESSFUL");
}

#[test]
fn other_strategies_wait_at_their_pause_until_told_to_go_on() {
    for strategy in ["BLUE_GREEN", "LINEAR", "CANARY"] {
        let mut world = world(&[Outcome::Ok]);
        world.services[0].strategy = strategy.to_owned();
        world.services[0].pause_at = vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()];
        let client = endpoint(world);
        let (_, updated) = deploy(&client);
        let arn = &updated["currentServiceDeployment"];
        let (paused, _) = follow(&client, arn, 30);
        assert_eq!(paused["lifecycleStage"], "POST_TEST_TRAFFIC_SHIFT");
        let hook = &paused["lifecycleHookDetails"][0];
        assert_eq!(
            (&hook["status"], &hook["targetType"]),
            (&json!("AWAITING_ACTION"), &json!("PAUSE"))
        );
        let request =
            json!({"serviceDeploymentArn": arn, "hookId": hook["hookId"], "action": "CONTINUE"});
        client.ecs("ContinueServiceDeployment", &request).ok();
        let (last, _) = follow(&client, arn, 60);
        assert_eq!(
            (&last["status"], &last["lifecycleStage"]),
            (&json!("SUCCESSFUL"), &json!("CLEAN_UP")),
            "{strategy}"
        );
    }
}

#[test]
fn a_new_service_deployment_is_listed_late() {
    let mut world = world(&[Outcome::Ok]);
    world.list_lag = 12.0;
    let client = endpoint(world);
    let (_, updated) = deploy(&client);
    let request = json!({"cluster": "prod", "service": "web"});
    let newest = || {
        client.ecs("ListServiceDeployments", &request).ok()["serviceDeployments"][0]["serviceDeploymentArn"].clone()
    };
    let seen: Vec<bool> = (0..4)
        .map(|_| newest() == updated["currentServiceDeployment"])
        .collect();
    assert_eq!(
        seen,
        [false, false, true, true],
        "5 seconds a look, a lag of 12"
    );
}

#[test]
fn stopping_with_rollback_brings_the_old_revision_back() {
    let client = endpoint(world(&[Outcome::Stuck]));
    let before = service(&client)["taskDefinition"].clone();
    let (_, updated) = deploy(&client);
    let arn = &updated["currentServiceDeployment"];
    client
        .ecs(
            "StopServiceDeployment",
            &json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}),
        )
        .ok();
    let (last, seen) = follow(&client, arn, 20);
    assert_eq!(last["status"], "ROLLBACK_SUCCESSFUL", "{seen:?}");
    assert_eq!(service(&client)["taskDefinition"], before);
    let (code, _) = client
        .ecs(
            "StopServiceDeployment",
            &json!({"serviceDeploymentArn": arn}),
        )
        .refusal();
    assert_eq!(code, "ConflictException");
}

#[test]
fn a_rollback_of_a_forced_deployment_has_the_same_definition_on_both_sides() {
    let client = endpoint(world(&[Outcome::RolledBack]));
    let request = json!({"cluster": "prod", "service": "web", "forceNewDeployment": true});
    let updated = client.ecs("UpdateService", &request).ok()["service"].clone();
    assert_eq!(
        updated["deployments"][0]["taskDefinition"],
        updated["deployments"][1]["taskDefinition"]
    );
    assert_ne!(
        updated["deployments"][0]["id"],
        updated["deployments"][1]["id"]
    );
    let (last, _) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(last["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn the_same_seed_plays_the_same() {
    let play = || {
        let mut world = world(&[Outcome::Crash]);
        world.epoch = Some(1_800_000_000.0);
        let client = endpoint(world);
        deploy(&client);
        (0..20).map(|_| service(&client)).collect::<Vec<_>>()
    };
    assert_eq!(play(), play());
}
