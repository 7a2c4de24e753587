//! Scripted outcomes, and what each leaves behind.

use acetate::local::Outcome;
use serde_json::json;

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
