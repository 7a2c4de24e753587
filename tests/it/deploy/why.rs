//! Why a deployment failed: what stopped tasks and their logs say.

use acetate::local::{Fault, FaultKind, Outcome, World};
use serde_json::{Value, json};

use super::trouble::always;
use super::{CONFIG, LEAVE, Practice, events, world};
use crate::support::Ran;

/// A template whose container logs like this; the service's first deployment crashes, and its
/// tasks write these lines.
fn crashing(log: &Value, lines: &[&str]) -> World {
    let mut world = world(&[Outcome::Crash]);
    let definition = world.task_definitions[0].definition.as_mut();
    let container = &mut definition.expect("a document")["containerDefinitions"][0];
    container["logConfiguration"] = log.clone();
    container["environment"] = json!([{ "name": "DB_PASSWORD", "value": "hunter2-and-more" }]);
    world.services[0].log = lines.iter().map(ToString::to_string).collect();
    world
}

fn to_cloudwatch() -> Value {
    let options = json!({
        "awslogs-group": "/prod/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app",
    });
    json!({ "logDriver": "awslogs", "options": options })
}

fn practice(world: World) -> Practice {
    Practice::new(world, &format!("{CONFIG}\n{LEAVE}"))
}

fn fails(practice: &Practice, arguments: &[&str]) -> Ran {
    practice.deploy("app:1", arguments).expect(7)
}

#[test]
fn the_last_lines_of_the_container_that_failed_are_told() {
    let lines: Vec<String> = (1..=30).map(|n| format!("line {n}")).collect();
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.push("password hunter2-and-more\u{1b}[2J");
    lines.push("::error::not ours");
    lines.push("CACHE_TOKEN=other and Authorization: Bearer eyJhbGci");
    let practice = practice(crashing(&to_cloudwatch(), &lines));
    let ran = fails(&practice, &[]);
    assert!(
        ran.stderr
            .contains("web: last lines of `app`, from /prod/web app/app/"),
        "{ran}"
    );
    for line in [
        "\n  | line 14\n",
        "\n  | line 30\n",
        "\n  | password ********\\u{1b}[2J\n",
        "\n  | \\::error::not ours\n",
        "\n  | CACHE_TOKEN=******** and Authorization: Bearer ********\n",
    ] {
        assert!(ran.stderr.contains(line), "no {line:?}: {ran}");
    }
    assert!(!ran.stderr.contains("line 13\n"), "{ran}");
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
    assert_eq!(
        ran.stderr.matches("web: last lines of").count(),
        1,
        "tasks that failed alike are told once: {ran}"
    );
}

#[test]
fn machines_get_the_lines_as_an_event() {
    let practice = practice(crashing(
        &to_cloudwatch(),
        &["one", "hunter2-and-more\u{9b}"],
    ));
    let ran = fails(&practice, &["--format", "json"]);
    let events = events(&ran);
    let find = |name: &str| {
        let found = events.iter().find(|e| e["event"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {ran}"))
    };
    let (failed, tail) = (find("tasks-failed"), find("log-tail"));
    assert_eq!(tail["lines"], json!(["one", "********\u{9b}"]));
    assert_eq!(
        (&tail["task"], &tail["container"]),
        (&failed["task"], &json!("app"))
    );
    assert_eq!(tail["group"], "/prod/web");
    assert!(!ran.stdout.contains('\u{9b}'), "{ran}");
}

#[test]
fn a_log_that_cannot_be_read_is_a_note_and_changes_no_verdict() {
    let denied = practice(crashing(&to_cloudwatch(), &["one"]));
    denied
        .endpoint
        .fault(always("GetLogEvents", FaultKind::Denied));
    let ran = fails(&denied, &[]);
    assert!(
        ran.stderr.contains(
            "note: the log of `app` is not shown: allow `logs:GetLogEvents` on the log group `/prod/web`"
        ),
        "{ran}"
    );
    let mut world = crashing(&to_cloudwatch(), &["one"]);
    world.log_groups = Some(Vec::new());
    let unverified = format!("{CONFIG}\n{LEAVE}\nskip-checks = [\"log-groups\"]");
    let ran = fails(&Practice::new(world, &unverified), &[]);
    assert!(
        ran.stderr
            .contains("The specified log group does not exist"),
        "{ran}"
    );
    let options = json!({ "splunk-url": "https://logs.example.com", "splunk-token": "hush" });
    let splunk = json!({ "logDriver": "splunk", "options": options });
    let practice = practice(crashing(&splunk, &["one"]));
    let ran = fails(&practice, &[]);
    let told = "is not shown: its driver is `splunk` to `splunk-url` `https://logs.example.com`";
    assert!(ran.stderr.contains(told), "{ran}");
    assert!(!ran.stderr.contains("hush"), "{ran}");
    assert_eq!(practice.count("GetLogEvents"), 0);
}

#[test]
fn a_task_that_never_ran_has_no_log() {
    let mut world = crashing(&to_cloudwatch(), &["one"]);
    world.services[0].outcome = vec![Outcome::CannotPull];
    let practice = practice(world);
    fails(&practice, &[]);
    assert_eq!(practice.count("GetLogEvents"), 0);
}

#[test]
fn the_likely_cause_is_told_before_the_verdict_with_what_to_check() {
    for (outcome, line, cause, check) in [
        (
            Outcome::CannotPull,
            "",
            "image-not-found",
            "that the tag was pushed",
        ),
        (
            Outcome::SecretMissing,
            "",
            "secret-missing",
            "JSON key in `secrets`",
        ),
        (
            Outcome::Unhealthy,
            "",
            "container-health",
            "`healthCheck` of the container",
        ),
        (
            Outcome::Crash,
            "starting",
            "exited",
            "the last lines of its log",
        ),
        (
            Outcome::Crash,
            "exec /bin/app: exec format error",
            "platform-mismatch",
            "`runtimePlatform` of the task definition",
        ),
    ] {
        let with = || {
            let mut world = crashing(&to_cloudwatch(), &[line]);
            world.services[0].outcome = vec![outcome];
            practice(world)
        };
        let ran = fails(&with(), &[]);
        assert!(ran.stderr.contains("web: likely cause: "), "{ran}");
        assert!(ran.stderr.contains(check), "{ran}");
        assert!(
            ran.stderr
                .contains("\n  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"),
            "{ran}"
        );
        let ran = fails(&with(), &["--format", "json"]);
        let events = events(&ran);
        let at = |name: &str| events.iter().position(|e| e["event"] == name);
        let (why, verdict) = (at("why").expect("why"), at("verdict").expect("a verdict"));
        assert!(why < verdict, "{ran}");
        assert_eq!(events[why]["cause"], cause, "{ran}");
    }
}

/// A deployment whose tasks crash until time runs out, and nobody judges it before.
fn crashing_for_long(delay: Fault) -> Practice {
    let mut world = crashing(&to_cloudwatch(), &["one", "two"]);
    world.speed = 100.0;
    world.services[0].circuit_breaker = false;
    let config = format!("{CONFIG}\n{LEAVE}\nfail-after = 1000");
    let practice = Practice::new(world, &config);
    practice.endpoint.fault(delay);
    practice
}

#[test]
fn a_log_that_comes_late_is_told_and_nothing_waits_for_it() {
    let practice = crashing_for_long(Fault {
        delay_ms: 4000,
        ..always("GetLogEvents", FaultKind::Delay)
    });
    let ran = practice.deploy("app:1", &["--timeout", "9s"]).expect(8);
    assert!(ran.stderr.contains("web: last lines of `app`"), "{ran}");
    assert!(ran.stderr.contains("\n  | two\n"), "{ran}");
    let journal = practice.endpoint.journal();
    let log = journal.of("GetLogEvents")[0];
    let looks = journal.entries.iter().filter(|entry| {
        entry.operation.starts_with("Describe") && log.start < entry.start && entry.end < log.end
    });
    assert!(looks.count() > 0, "the service is looked at meanwhile");
}

#[test]
fn an_end_does_not_wait_for_a_log_for_long() {
    let mut world = crashing(&to_cloudwatch(), &["one"]);
    world.services[0].outcome = vec![Outcome::Crash];
    let practice = practice(world);
    practice
        .endpoint
        .fault(always("GetLogEvents", FaultKind::Hold));
    let ran = fails(&practice, &[]);
    let told = "the log of `app` is not shown: it was not answered in time";
    assert!(ran.stderr.contains(told), "{ran}");
    assert!(ran.stderr.contains("web: likely cause: "), "{ran}");
}
