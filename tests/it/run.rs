//! `acetate run`: a one-off task where the service's tasks run, and its code.

use std::process::{Child, Stdio};

use acetate::local::{Fault, FaultKind, RunScript};
use serde_json::json;

use crate::deploy::trouble::{always, wait_for};
use crate::deploy::{CONFIG, Practice, events, world};
use crate::support::Ran;

fn practice(runs: Vec<RunScript>) -> Practice {
    let mut world = world(&[]);
    world.runs = runs;
    Practice::new(world, CONFIG)
}

fn run(practice: &Practice, arguments: &[&str]) -> Ran {
    let all = [&["run", "--set", "image=app:1"], arguments].concat();
    practice.place.run(&all)
}

fn exits(code: i64) -> RunScript {
    RunScript {
        exit: Some(code),
        ..RunScript::default()
    }
}

#[test]
fn registers_runs_where_the_service_runs_and_touches_no_service() {
    let practice = practice(vec![exits(0)]);
    let ran = run(&practice, &["--", "bin/report", "--all"]).expect(0);
    assert!(ran.stderr.contains("registered web:1"), "{ran}");
    assert!(ran.stderr.contains("`bin/report` is done"), "{ran}");
    let journal = practice.endpoint.journal();
    let asked = &journal.of("RunTask")[0].request;
    let service = practice
        .endpoint
        .service("prod", "web")
        .expect("the service");
    let network = &asked["networkConfiguration"];
    assert_eq!(*network, service["networkConfiguration"]);
    // A service in `awsvpc` has one, whether the world says so or not.
    assert!(
        network["awsvpcConfiguration"]["subnets"][0].is_string(),
        "{network}"
    );
    assert_eq!(asked["launchType"], "FARGATE");
    assert_eq!(
        asked["overrides"],
        json!({ "containerOverrides": [{ "name": "app", "command": ["bin/report", "--all"] }] })
    );
    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1";
    assert_eq!(asked["taskDefinition"], arn);
    let token = asked["clientToken"].as_str().expect("a token");
    assert!(token.len() <= 64);
    assert_eq!(practice.count("UpdateService"), 0);
    // The content is there now.
    run(&practice, &[]).expect(0);
    assert_eq!(practice.count("RegisterTaskDefinition"), 1);
}

#[test]
fn verdict_8_its_code_is_passed_on() {
    let practice = practice(vec![exits(7)]);
    let ran = run(&practice, &["--format", "json"]).expect(7);
    let ended = events(&ran);
    let ended = ended.iter().find(|e| e["event"] == "task-ended");
    assert_eq!(ended.expect("the end")["exit_code"], 7);
}

#[test]
fn verdict_8_a_task_that_never_started_is_125() {
    let reason = "CannotPullContainerError: not found";
    let practice = practice(vec![RunScript {
        reason: Some(reason.to_owned()),
        ..RunScript::default()
    }]);
    let ran = run(&practice, &[]).expect(125);
    assert!(ran.stderr.contains(reason), "{ran}");
    assert!(
        ran.stderr
            .contains("likely cause: the registry does not have the image"),
        "{ran}"
    );
}

#[test]
fn verdict_9_a_failure_in_a_200_answer_is_125() {
    let practice = practice(vec![RunScript {
        failure: Some("RESOURCE:MEMORY".to_owned()),
        ..RunScript::default()
    }]);
    let ran = run(&practice, &[]).expect(125);
    assert!(
        ran.stderr.contains("was not started: RESOURCE:MEMORY"),
        "{ran}"
    );
    let hint = "hint: no container instance has room for the task, or fits it: check free CPU";
    assert!(ran.stderr.contains(hint), "{ran}");
}

#[test]
fn verdict_10_stopped_without_exit_code_is_125() {
    let practice = practice(vec![RunScript {
        no_exit_code: true,
        ..RunScript::default()
    }]);
    let ran = run(&practice, &[]).expect(125);
    assert!(
        ran.stderr.contains("container `app` has no exit code"),
        "{ran}"
    );
}

#[test]
fn what_acetate_itself_does_wrong_is_125() {
    let practice = practice(Vec::new());
    practice.place.run(&["run"]).expect(125);
    let ran = run(&practice, &["--container", "ap"]).expect(125);
    assert!(
        ran.stderr.contains("no container `ap`, only `app`"),
        "{ran}"
    );
    practice
        .endpoint
        .fault(always("RunTask", FaultKind::Denied));
    let ran = run(&practice, &[]).expect(125);
    assert!(ran.stderr.contains("allow `ecs:RunTask`"), "{ran}");
}

#[test]
fn a_lost_answer_starts_no_second_task() {
    for kind in [FaultKind::Lost, FaultKind::Reset, FaultKind::Html] {
        let practice = practice(vec![exits(3), exits(4)]);
        practice.endpoint.fault(Fault::once("RunTask", kind));
        practice.endpoint.fault(Fault::once("DescribeTasks", kind));
        run(&practice, &[]).expect(3);
        let journal = practice.endpoint.journal();
        let tokens: Vec<_> = journal
            .of("RunTask")
            .iter()
            .map(|e| e.request["clientToken"].clone())
            .collect();
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[0], tokens[1]);
    }
}

#[test]
fn a_configuration_without_service_says_where_it_runs() {
    let config = CONFIG.replace("service  = \"web\"\n", "");
    let practice = Practice::new(world(&[]), &config);
    let ran = run(&practice, &[]).expect(125);
    for told in [
        "Network Configuration must be provided",
        "hint: `run` takes `--subnet` and `--security-group`",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    run(
        &practice,
        &["--subnet", "subnet-1", "--launch-type", "FARGATE"],
    )
    .expect(0);
    let journal = practice.endpoint.journal();
    let network = &journal.of("RunTask")[1].request["networkConfiguration"];
    assert_eq!(
        network["awsvpcConfiguration"]["subnets"],
        json!(["subnet-1"])
    );
}

fn writes(lines: &[&str]) -> RunScript {
    RunScript {
        exit: Some(0),
        log: lines.iter().map(ToString::to_string).collect(),
        ..RunScript::default()
    }
}

#[test]
fn what_the_container_writes_is_on_stdout_while_it_runs() {
    let lines = [
        "one",
        "",
        "\ttwo \u{1b}[2J",
        "::error::three",
        "AKIAABCDEFGHIJKLMNOP",
    ];
    // Longer than the pause between two looks.
    let script = RunScript {
        seconds: Some(600.0),
        ..writes(&lines)
    };
    let practice = practice(vec![script]);
    let ran = run(&practice, &["--", "bin/report"]).expect(0);
    assert_eq!(
        ran.stdout,
        "one\n\n\ttwo \\u{1b}[2J\n\\::error::three\n********\n"
    );
    let journal = practice.endpoint.journal();
    let last_look = journal
        .operations()
        .iter()
        .rposition(|o| *o == "DescribeTasks");
    let first_page = journal
        .operations()
        .iter()
        .position(|o| *o == "GetLogEvents");
    assert!(first_page < last_look, "it is read while the task runs");
    let request = &journal.of("GetLogEvents")[0].request;
    assert_eq!(request["logGroupName"], "/prod/web");
    let stream = request["logStreamName"].as_str().expect("a stream");
    assert!(stream.starts_with("app/app/"), "{stream}");
}

#[test]
fn machines_get_a_line_of_log_as_an_event_before_the_end() {
    let practice = practice(vec![writes(&["one", "two"])]);
    let ran = run(&practice, &["--format", "json"]).expect(0);
    let events = events(&ran);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|e| e["event"].as_str())
        .filter(|kind| kind.starts_with("task-") && *kind != "task-status")
        .collect();
    assert_eq!(
        kinds,
        ["task-started", "task-log", "task-log", "task-ended"]
    );
    let line = events.iter().find(|e| e["message"] == "two");
    let line = line.expect("the second line");
    assert_eq!(
        (&line["container"], &line["name"]),
        (&json!("app"), &json!("app"))
    );
    assert!(line["at"].as_f64().is_some_and(|at| at > 1e9), "{line}");
}

#[test]
fn without_logs_nothing_is_read_and_without_permission_it_is_said_once() {
    let practice = practice(vec![writes(&["one"]), writes(&["one"])]);
    let ran = run(&practice, &["--no-logs"]).expect(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(practice.count("GetLogEvents"), 0);
    practice
        .endpoint
        .fault(always("GetLogEvents", FaultKind::Denied));
    let ran = run(&practice, &[]).expect(0);
    let told =
        "the log of `app` is not shown: allow `logs:GetLogEvents` on the log group `/prod/web`";
    assert_eq!(ran.stderr.matches(told).count(), 1, "{ran}");
    assert_eq!(practice.count("GetLogEvents"), 1);
}

#[test]
fn trouble_with_the_log_loses_no_line() {
    let lines: Vec<String> = (0..40).map(|n| format!("line {n}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let practice = practice(vec![writes(&lines)]);
    for kind in [FaultKind::Reset, FaultKind::Malformed, FaultKind::Throttle] {
        practice.endpoint.fault(Fault::once("GetLogEvents", kind));
    }
    let ran = run(&practice, &[]).expect(0);
    assert_eq!(ran.stdout, format!("{}\n", lines.join("\n")));
}

/// Starts a task that runs for ever, sends SIGINT once it is followed; what the run said.
pub fn interrupted(practice: &Practice, more: &[&str]) -> String {
    let arguments = [&["run", "--set", "image=app:1"], more].concat();
    let mut command = practice.place.command(&arguments);
    let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(|| practice.count("DescribeTasks") > 0);
    interrupt(&child);
    ended_by_it(child)
}

fn interrupt(child: &Child) {
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
}

fn ended_by_it(child: Child) -> String {
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    said
}

fn stuck() -> RunScript {
    RunScript {
        stuck: true,
        ..RunScript::default()
    }
}

#[test]
fn an_interrupt_leaves_it_running_and_says_how_to_pick_it_up() {
    let practice = practice(vec![stuck()]);
    let said = interrupted(&practice, &["--", "sleep"]);
    assert!(said.contains("goes on in AWS"), "{said}");
    assert_eq!(practice.count("StopTask"), 0);
    let token = said
        .split("--client-token ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let token = token.unwrap_or_else(|| panic!("a command with the token: {said}"));
    // The same token follows the same task.
    let ran = run(
        &practice,
        &["--client-token", token, "--timeout", "1s", "--", "sleep"],
    )
    .expect(125);
    assert!(ran.stderr.contains("it goes on in AWS"), "{ran}");
    let journal = practice.endpoint.journal();
    let started = journal.of("RunTask");
    assert_eq!(
        started[0].request["clientToken"],
        started[1].request["clientToken"]
    );
}

#[test]
fn an_interrupt_stops_it_where_that_is_asked_for() {
    let practice = practice(vec![stuck()]);
    let said = interrupted(&practice, &["--stop-on-interrupt"]);
    assert!(said.contains("was told to stop"), "{said}");
    assert_eq!(practice.count("StopTask"), 1);
}

#[test]
fn what_could_not_be_stopped_or_may_have_been_is_said() {
    let not = "it could not be stopped: ";
    let unknown = "whether the task was stopped is not known: ";
    for (kind, told, stopped) in [
        (FaultKind::Denied, not, false),
        (FaultKind::Expired, not, false),
        (FaultKind::Throttle, not, false),
        (FaultKind::Lost, unknown, true),
        (FaultKind::Html, unknown, false),
        (FaultKind::Malformed, unknown, false),
    ] {
        let mut practice = practice(vec![stuck()]);
        practice.place = practice.place.variable("AWS_MAX_ATTEMPTS", "2");
        practice.endpoint.fault(always("StopTask", kind));
        let said = interrupted(&practice, &["--stop-on-interrupt"]);
        assert!(said.contains(told), "{kind:?}: no {told}: {said}");
        assert!(said.contains("picks it up again"), "{kind:?}: {said}");
        assert!(!said.contains("was told to stop"), "{kind:?}: {said}");
        let done = practice.endpoint.journal();
        let done = done.of("StopTask").iter().any(|entry| entry.done);
        assert_eq!(done, stopped, "{kind:?}");
    }
    // An answer that is lost once is asked for again: a task is stopped as often as one likes.
    let practice = practice(vec![stuck()]);
    practice
        .endpoint
        .fault(Fault::once("StopTask", FaultKind::Lost));
    let said = interrupted(&practice, &["--stop-on-interrupt"]);
    assert!(said.contains("was told to stop"), "{said}");
}

#[test]
fn a_second_interrupt_ends_the_stopping() {
    let practice = practice(vec![stuck()]);
    practice.endpoint.fault(always("StopTask", FaultKind::Hold));
    let arguments = ["run", "--set", "image=app:1", "--stop-on-interrupt"];
    let mut command = practice.place.command(&arguments);
    let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(|| practice.count("DescribeTasks") > 0);
    interrupt(&child);
    wait_for(|| practice.count("StopTask") > 0);
    interrupt(&child);
    let said = ended_by_it(child);
    assert!(
        said.contains("whether the task was stopped is not known"),
        "{said}"
    );
}

/// A run that cannot work registers nothing and starts nothing.
#[test]
fn what_the_task_needs_is_verified_before_anything_is_changed() {
    let without_logs = || {
        let mut world = world(&[]);
        world.runs = vec![exits(0)];
        world.log_groups = Some(Vec::new());
        // No load balancer knows of a one-off task.
        let target =
            json!([{ "targetGroupArn": "arn:a", "containerName": "none", "containerPort": 9 }]);
        world.services[0].members["loadBalancers"] = target;
        Practice::new(world, CONFIG)
    };
    let practice = without_logs();
    let ran = run(&practice, &[]).expect(125);
    for words in [
        "error: there is no log group",
        "`verify` found 1 fault in `web`",
        "`--skip-check CHECK`",
        "nothing was started",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
    for operation in ["RegisterTaskDefinition", "RunTask"] {
        assert_eq!(practice.count(operation), 0, "{operation}");
    }
    run(&practice, &["--skip-check", "log-groups"]).expect(0);
    let practice = without_logs();
    let config = format!("{CONFIG}\n[deploy]\nskip-checks = [\"log-groups\"]\n");
    let place = practice.place.file("acetate.toml", &config);
    place.run(&["run", "--set", "image=app:1"]).expect(0);
}

/// Where the task runs may be typed, and decides what its image must be made for.
#[test]
fn the_launch_type_that_is_typed_is_that_of_the_check() {
    let mut world = world(&[]);
    world.runs = vec![exits(0), exits(0)];
    world.images = Some([("app:1".to_owned(), vec!["linux/arm64".to_owned()])].into());
    let practice = Practice::new(world, CONFIG);
    let image = "--set=image=123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
    let run = |more: &[&str]| practice.place.run(&[&["run", image], more].concat());
    let ran = run(&[]).expect(125);
    assert!(
        ran.stderr.contains("is not made for `linux/amd64`"),
        "{ran}"
    );
    let ran = run(&["--launch-type", "EC2"]).expect(0);
    assert!(!ran.stderr.contains("is not made for"), "{ran}");
}

#[test]
fn the_way_to_pick_it_up_leaves_out_the_same_checks() {
    let practice = practice(vec![stuck()]);
    let said = interrupted(&practice, &["--skip-check", "images"]);
    assert!(said.contains("--skip-check images"), "{said}");
}
