//! What follows from a failure, where ECS does not go back by itself; and from a success.

use acetate::local::{FaultKind, Outcome, RunScript};
use serde_json::{Value, json};

use super::trouble::always;
use super::{CONFIG, LEAVE, Practice, deployed, deployed_with, events, practice, world};
use crate::support::wire;

const SIGHT: [&str; 3] = [
    "ListServiceDeployments",
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
];

#[test]
fn without_circuit_breaker_ecs_is_told_to_roll_back() {
    let practice = deployed(|s| s.circuit_breaker = false, &[Outcome::Crash]);
    practice.endpoint.advance(60.0);
    let ran = practice
        .deploy("app:2", &["--timeout", "60s", "--format", "json"])
        .expect(6);
    assert_eq!(practice.count("StopServiceDeployment"), 1);
    assert_eq!(practice.count("UpdateService"), 1, "ours only");
    assert_eq!(practice.runs(), "web:1");
    let all = events(&ran);
    let last = all
        .iter()
        .rfind(|e| e["event"] == "verdict")
        .expect("a verdict");
    assert_eq!(last["outcome"], "rolled-back");
    assert!(
        last["now"]
            .as_str()
            .is_some_and(|now| now.ends_with("/web:1"))
    );
    let is_back = |e: &&Value| e["event"] == "verdict" && e["outcome"] == "rolled-back";
    assert_eq!(all.iter().filter(is_back).count(), 1, "told once: {ran}");
    for told in ["service-event", "why"] {
        let mut of: Vec<String> = all
            .iter()
            .filter(|e| e["event"] == told)
            .map(ToString::to_string)
            .collect();
        let number = of.len();
        of.sort();
        of.dedup();
        assert_eq!(of.len(), number, "each `{told}` once: {ran}");
    }
    let error = all.iter().find(|e| e["event"] == "error");
    let message = error.expect("an error")["message"].to_string();
    assert!(!message.contains("goes on trying"), "{message}");
    let text = ran.stdout;
    assert!(
        text.contains("infrastructure code changed in it included"),
        "{text}"
    );
}

#[test]
fn what_is_left_while_ecs_goes_on_trying_is_to_be_aborted() {
    let practice = deployed_with(LEAVE, |s| s.circuit_breaker = false, &[Outcome::Crash]);
    let ran = practice.deploy("app:2", &["--timeout", "60s"]).expect(7);
    let hint = "hint: ECS goes on trying; `acetate abort` rolls it back\n";
    assert!(ran.stderr.ends_with(hint), "{ran}");
}

#[test]
fn where_service_deployments_cannot_be_seen_the_service_is_updated_to_what_ran_before() {
    let practice = deployed(
        |s| s.circuit_breaker = false,
        &[Outcome::Crash, Outcome::Ok],
    );
    for operation in SIGHT {
        practice
            .endpoint
            .fault(always(operation, FaultKind::Denied));
    }
    let ran = practice.deploy("app:2", &["--timeout", "60s"]).expect(6);
    assert!(
        ran.stderr
            .contains("`on-failure` puts `web` back on `web:1`"),
        "{ran}"
    );
    assert_eq!(practice.count("UpdateService"), 2);
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn what_ended_without_a_rollback_is_updated_to_what_ran_well() {
    let practice = deployed(|s| s.rollback = false, &[Outcome::Failed, Outcome::Ok]);
    practice.endpoint.advance(60.0);
    practice.deploy("app:2", &["--timeout", "60s"]).expect(6);
    assert_eq!(practice.count("UpdateService"), 2);
    assert_eq!(practice.count("RegisterTaskDefinition"), 1);
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn a_way_back_that_fails_is_7_and_said() {
    let practice = deployed(|s| s.rollback = false, &[Outcome::Failed, Outcome::Failed]);
    practice.endpoint.advance(60.0);
    let ran = practice.deploy("app:2", &["--timeout", "60s"]).expect(7);
    assert!(ran.stderr.contains("did not bring it back"), "{ran}");
}

#[test]
fn where_the_circuit_breaker_rolls_back_no_second_one_is_started() {
    let practice = deployed(|_| {}, &[Outcome::RolledBack, Outcome::RollbackFailed]);
    practice.deploy("app:2", &[]).expect(6);
    assert_eq!(practice.count("StopServiceDeployment"), 0);
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn there_is_no_way_back_to_the_template() {
    let mut first = world(&[Outcome::Crash]);
    first.services[0].circuit_breaker = false;
    let practice = Practice::new(first, CONFIG);
    let ran = practice.deploy("app:1", &["--timeout", "60s"]).expect(7);
    assert!(
        ran.stderr.contains("no earlier version of the application"),
        "{ran}"
    );
    assert_eq!(practice.count("StopServiceDeployment"), 0);
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn time_that_runs_out_leaves_it_unless_a_rollback_is_asked_for() {
    let stuck = |more| deployed_with(more, |s| s.circuit_breaker = false, &[Outcome::Stuck]);
    let practice = stuck("");
    practice.deploy("app:2", &["--timeout", "3s"]).expect(8);
    assert_eq!(practice.count("StopServiceDeployment"), 0);
    let practice = stuck("[deploy]\non-timeout = \"rollback\"");
    practice.endpoint.advance(60.0);
    let ran = practice.deploy("app:2", &["--timeout", "3s"]).expect(6);
    assert!(
        ran.stderr
            .contains("by `on-timeout` the service is back on `web:1`"),
        "{ran}"
    );
    assert_eq!(practice.count("StopServiceDeployment"), 1);
}

#[test]
fn a_failing_after_task_brings_back_what_ran_before() {
    let smoke = "[after.smoke]\ncontainer = \"app\"\ncommand = [\"bin/smoke\"]";
    let mut world = world(&[Outcome::Ok, Outcome::Ok, Outcome::Ok]);
    let exits = |code| RunScript {
        exit: Some(code),
        ..RunScript::default()
    };
    world.runs = vec![exits(0), exits(1)];
    let practice = Practice::new(world, &format!("{CONFIG}\n{smoke}"));
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.advance(60.0);
    let ran = practice.deploy("app:2", &[]).expect(6);
    assert!(
        ran.stderr
            .contains("the after task `smoke` on `web:2` failed"),
        "{ran}"
    );
    assert_eq!(practice.runs(), "web:1");
}

/// Deploys of `app:1`, `app:2`, …, whose `after` tasks exit so.
fn smoked(exits: &[i64]) -> Practice {
    let smoke = "[after.smoke]\ncontainer = \"app\"\ncommand = [\"bin/smoke\"]";
    let mut world = world(&vec![Outcome::Ok; exits.len() + 1]);
    world.runs = exits
        .iter()
        .map(|code| RunScript {
            exit: Some(*code),
            ..RunScript::default()
        })
        .collect();
    Practice::new(world, &format!("{CONFIG}\n{smoke}\n{LEAVE}"))
}

#[test]
fn what_an_after_task_failed_on_is_marked_until_it_passes() {
    let practice = smoked(&[0, 1, 0, 0]);
    practice.deploy("app:1", &[]).expect(0);
    practice.deploy("app:2", &[]).expect(7);
    practice.deploy("app:3", &[]).expect(0);
    practice.endpoint.advance(60.0);
    let history = || practice.place.run(&["history"]).expect(0).stdout;
    let told = history();
    let why = "the after task smoke on web:2 failed: container app exited with 1";
    assert!(
        told.contains("web:2  SUCCESSFUL  (its `after` task failed)"),
        "{told}"
    );
    assert!(told.contains(why), "{told}");
    assert!(
        told.contains("web:1  SUCCESSFUL  (`acetate rollback` goes here)"),
        "{told}"
    );
    let ran = practice.place.run(&["rollback", "--dry-run"]).expect(0);
    assert!(
        ran.stderr
            .contains(&format!("`web:2` ran before, but {why}")),
        "{ran}"
    );
    assert!(ran.stdout.contains("use web:1 again"), "{ran}");
    let named = practice.place.run(&["rollback", "--dry-run", "--to", "2"]);
    assert!(named.expect(0).stdout.contains("use web:2 again"));
    // The same content once more, and this time the task passes.
    practice.place.run(&["rollback", "--to", "2"]).expect(0);
    practice.endpoint.advance(60.0);
    practice.deploy("app:2", &[]).expect(0);
    assert_eq!(practice.count("UntagResource"), 1);
    assert!(!history().contains("`after` task failed"), "{}", history());
}

#[test]
fn where_tagging_is_not_allowed_the_verdict_stays() {
    let practice = smoked(&[1]);
    practice
        .endpoint
        .fault(always("TagResource", FaultKind::Denied));
    let ran = practice.deploy("app:1", &[]).expect(7);
    assert!(
        ran.stderr.contains("warning: `web:1` cannot be marked"),
        "{ran}"
    );
}

#[test]
fn a_success_is_published_and_a_failure_is_not() {
    let publish = format!("{}\npublish = \"ssm:/prod/web/task-definition\"", LEAVE);
    let practice = deployed_with(&publish, |_| {}, &[Outcome::RolledBack]);
    let published = || {
        let request = json!({ "Name": "/prod/web/task-definition" });
        wire::ssm(&practice.endpoint.url(), "GetParameter", &request)
    };
    let value = published()["Parameter"]["Value"].clone();
    assert_eq!(
        value,
        "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
    );
    practice.deploy("app:2", &[]).expect(6);
    assert_eq!(published()["Parameter"]["Version"], 1);
    // The same again is not written.
    practice.deploy("app:1", &[]).expect(0);
    assert_eq!(published()["Parameter"]["Version"], 1);
    practice
        .endpoint
        .fault(always("PutParameter", FaultKind::Denied));
    let ran = practice.deploy("app:3", &[]).expect(11);
    assert!(
        ran.stderr.contains("`web:3` runs, and is not published"),
        "{ran}"
    );
}

#[test]
fn a_refresh_takes_the_newest_template_and_the_inputs_of_what_runs() {
    let practice = deployed(|_| {}, &[Outcome::Ok, Outcome::Ok]);
    practice.endpoint.advance(60.0);
    let ran = practice.place.run(&["deploy", "--refresh"]).expect(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran}");
    // Infrastructure changes its template, and puts the service on it.
    let template = json!({ "taskDefinition": "web-template" });
    let url = practice.endpoint.url();
    let mut template =
        wire::ecs(&url, "DescribeTaskDefinition", &template)["taskDefinition"].clone();
    for gone in [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    ] {
        template
            .as_object_mut()
            .expect("an object")
            .shift_remove(gone);
    }
    template["memory"] = json!("1024");
    wire::ecs(&url, "RegisterTaskDefinition", &template);
    let reset = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web-template" });
    wire::ecs(&url, "UpdateService", &reset);
    practice.endpoint.advance(600.0);
    let ran = practice.place.run(&["deploy", "--refresh"]).expect(0);
    assert!(
        ran.stderr.contains("inputs as in `web:1`: image=app:1"),
        "{ran}"
    );
    assert_eq!(practice.runs(), "web:2");
    let revisions = practice.endpoint.revisions("web");
    let newest = revisions.last().expect("a revision");
    assert_eq!(newest["memory"], "1024");
    assert_eq!(newest["containerDefinitions"][0]["image"], "app:1");
}

#[test]
fn a_refresh_of_what_acetate_never_deployed_is_refused() {
    let practice = practice(&[]);
    let ran = practice.place.run(&["deploy", "--refresh"]).expect(1);
    assert!(
        ran.stderr.contains("nothing of `web` was deployed yet"),
        "{ran}"
    );
}
