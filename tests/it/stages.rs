//! Deployments with stages and PAUSE hooks, `--wait-until`, `continue` and `abort`.

use acetate::local::{Fault, FaultKind, KnownService, Outcome};

use crate::deploy::{Practice, deployed, events};
use crate::support::Ran;

/// A blue/green service on `web:1` that pauses after the test traffic was shifted.
pub fn paused() -> Practice {
    let blue_green = |s: &mut KnownService| "BLUE_GREEN".clone_into(&mut s.strategy);
    let practice = deployed(blue_green, &[]);
    practice.endpoint.advance(60.0);
    practice
        .endpoint
        .pause_at("prod", "web", &["POST_TEST_TRAFFIC_SHIFT"]);
    practice.endpoint.clear_journal();
    practice
}

fn verb(practice: &Practice, arguments: &[&str]) -> Ran {
    practice.place.run(arguments)
}

#[test]
fn a_pause_is_told_with_the_commands_that_decide_and_does_not_pass_for_the_end() {
    let practice = paused();
    let ran = practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
    assert!(
        ran.stderr.contains("waits in POST_TEST_TRAFFIC_SHIFT"),
        "{ran}"
    );
    assert!(
        ran.stderr.contains("`acetate continue` lets it go on"),
        "{ran}"
    );
    assert!(
        ran.stderr.contains("`acetate abort` rolls it back"),
        "{ran}"
    );
    assert_eq!(
        ran.stderr.matches("lets it go on").count(),
        1,
        "told once: {ran}"
    );
    let ran = verb(&practice, &["wait", "--timeout", "5s", "--format", "json"]).expect(8);
    let told = events(&ran);
    let told = told
        .iter()
        .find(|e| e["event"] == "paused")
        .expect("it is told");
    assert_eq!(told["stage"], "POST_TEST_TRAFFIC_SHIFT");
    assert_eq!(told["proceed"], "acetate continue");
}

#[test]
fn whoever_comes_while_it_waits_is_told_what_decides() {
    let practice = paused();
    practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
    let decides = "hint: `acetate continue` lets it go on, `acetate abort` rolls it back\n";
    let refused = |ran: Ran| {
        let ran = ran.expect(4);
        let is_told = ran
            .stderr
            .contains("to `web` is in progress, and is PAUSED in POST_TEST");
        assert!(is_told && ran.stderr.contains(decides), "{ran}");
        ran.stderr
    };
    let told = refused(practice.deploy("app:3", &[]));
    assert!(
        told.contains("`--queue` would wait until someone decides"),
        "{told}"
    );
    let told = refused(verb(&practice, &["rollback", "--to", "1"]));
    assert!(!told.contains("--queue"), "{told}");
}

#[test]
fn continue_lets_it_go_on_to_its_end() {
    let practice = paused();
    practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
    let ran = verb(&practice, &["continue"]).expect(0);
    assert!(ran.stdout.contains("web is running web:2"), "{ran}");
    let journal = practice.endpoint.journal();
    assert_eq!(
        journal.of("ContinueServiceDeployment")[0].request["action"],
        "CONTINUE"
    );
    let ran = verb(&practice, &["continue"]).expect(4);
    assert!(
        ran.stderr.contains("no deployment to `web` is in progress"),
        "{ran}"
    );
}

#[test]
fn a_lost_answer_is_looked_up_and_decides_nothing_twice() {
    for (kind, calls) in [(FaultKind::Lost, 1), (FaultKind::Reset, 2)] {
        for (decision, operation, on) in [
            ("continue", "ContinueServiceDeployment", "web:2"),
            ("abort", "StopServiceDeployment", "web:1"),
        ] {
            let practice = paused();
            practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
            practice.endpoint.fault(Fault::once(operation, kind));
            let ran = verb(&practice, &[decision]).expect(0);
            assert!(ran.stderr.contains("looking what became of it"), "{ran}");
            assert_eq!(practice.count(operation), calls, "{kind:?}");
            assert_eq!(practice.runs(), on);
        }
    }
}

#[test]
fn abort_rolls_it_back_and_that_is_what_was_asked_for() {
    let practice = paused();
    practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
    let ran = verb(&practice, &["abort"]).expect(0);
    assert!(ran.stderr.contains("the service is on web:1"), "{ran}");
    assert!(
        ran.stderr
            .contains("infrastructure code changed in it included"),
        "{ran}"
    );
    let journal = practice.endpoint.journal();
    assert_eq!(
        journal.of("StopServiceDeployment")[0].request["stopType"],
        "ROLLBACK"
    );
    assert_eq!(practice.runs(), "web:1");
    let ran = verb(&practice, &["abort"]).expect(4);
    assert!(
        ran.stderr.contains("no deployment to `web` is in progress"),
        "{ran}"
    );
}

#[test]
fn abort_works_for_a_rolling_deployment_too() {
    let practice = deployed(|s| s.circuit_breaker = false, &[Outcome::Stuck]);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    verb(&practice, &["abort"]).expect(0);
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn without_permission_abort_says_what_it_lacks() {
    let practice = deployed(|s| s.circuit_breaker = false, &[Outcome::Stuck]);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    practice.endpoint.fault(crate::deploy::trouble::always(
        "StopServiceDeployment",
        FaultKind::Denied,
    ));
    let ran = verb(&practice, &["abort"]).expect(10);
    assert!(
        ran.stderr.contains("allow `ecs:StopServiceDeployment`"),
        "{ran}"
    );
}

#[test]
fn following_ends_at_the_stage_that_was_asked_for() {
    let practice = paused();
    let ran = practice
        .deploy("app:2", &["--wait-until", "stage:TEST_TRAFFIC_SHIFT"])
        .expect(0);
    assert!(ran.stdout.contains("has come to `"), "{ran}");
    assert!(!ran.stdout.contains("is running"), "{ran}");
    let stage = "stage:POST_TEST_TRAFFIC_SHIFT";
    verb(&practice, &["wait", "--timeout", "5s"]).expect(8);
    let ran = verb(&practice, &["wait", "--wait-until", stage]).expect(0);
    let told = "has come to `POST_TEST_TRAFFIC_SHIFT`, and waits there for someone";
    assert!(ran.stdout.contains(told), "{ran}");
    assert!(!ran.stdout.contains("goes on"), "{ran}");
    let ran = verb(&practice, &["wait", "--wait-until", "stage:BAKE_TIME"]).expect(8);
    assert!(
        ran.stderr.contains("before the stage that was waited for"),
        "{ran}"
    );
    assert!(
        ran.stderr.contains("`acetate continue` lets it go on"),
        "{ran}"
    );
    let ran = verb(&practice, &["continue", "--wait-until", "stage:BAKE_TIME"]).expect(0);
    assert!(ran.stdout.contains("web"), "{ran}");
    verb(&practice, &["wait"]).expect(0);
}

#[test]
fn points_that_are_none_are_refused() {
    let practice = deployed(|_| {}, &[]);
    let ran = practice
        .deploy("app:2", &["--wait-until", "stage:BAKING"])
        .expect(2);
    assert!(ran.stderr.contains("`BAKE_TIME`"), "{ran}");
    let ran = practice
        .deploy("app:2", &["--wait-until", "stage:BAKE_TIME"])
        .expect(2);
    assert!(
        ran.stderr.contains("by rolling, which has no stage"),
        "{ran}"
    );
    verb(&practice, &["wait", "--wait-until", "accepted"]).expect(2);
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
}
