//! `acetate deploy` against the embedded endpoint: what it calls, what it says, and the verdicts
//! that must never be wrong.

/// A server that is not ours, where deployments never move.
mod moto;
/// `on-failure`, `on-timeout`, `publish`, `--refresh`.
mod reactions;
/// Several services in one call.
mod several;
/// `before` and `after` tasks.
mod tasks;
/// Interruptions, lost answers and other trouble.
pub mod trouble;
/// Why a deployment failed: stopped tasks, logs, the likely cause.
mod why;

use acetate::local::{FaultKind, KnownService, Outcome, Running, World, start};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{self, Ran};

pub const CONFIG: &str = r#"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[containers.app]
image = "${inputs.image}"
"#;

/// What failed is left as it is.
pub const LEAVE: &str = "[deploy]\non-failure = \"leave\"";

/// A service that infrastructure code made on its template; world seconds pass quickly.
pub fn world(outcomes: &[Outcome]) -> World {
    let mut world = World::practice();
    world.speed = 400.0;
    world.services[0].outcome = outcomes.to_vec();
    world
}

pub struct Practice {
    pub endpoint: Running,
    pub place: support::World,
}

impl Practice {
    pub fn new(world: World, config: &str) -> Self {
        let endpoint = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
        let place = support::World::new()
            .file("acetate.toml", config)
            .variable("AWS_ENDPOINT_URL", &endpoint.url());
        Self { endpoint, place }
    }

    /// `deploy` of an image, with further arguments.
    pub fn deploy(&self, image: &str, arguments: &[&str]) -> Ran {
        let image = format!("image={image}");
        let all = [&["deploy", "--set", &image], arguments].concat();
        self.place.run(&all)
    }

    pub fn operations(&self) -> Vec<String> {
        let journal = self.endpoint.journal();
        journal
            .operations()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.endpoint.journal().of(operation).len()
    }

    /// The task definition that the service is on.
    pub fn runs(&self) -> String {
        let service = self.endpoint.service("prod", "web").expect("the service");
        let arn = service["deployments"][0]["taskDefinition"]
            .as_str()
            .expect("an ARN");
        arn.rsplit('/').next().expect("a name").to_owned()
    }
}

pub fn practice(outcomes: &[Outcome]) -> Practice {
    Practice::new(world(outcomes), CONFIG)
}

/// A service that a good deploy of `app:1` has put on `web:1`; the outcomes are of what follows.
pub fn deployed(change: impl FnOnce(&mut KnownService), outcomes: &[Outcome]) -> Practice {
    deployed_with("", change, outcomes)
}

/// The same, with more in the configuration.
pub fn deployed_with(
    more: &str,
    change: impl FnOnce(&mut KnownService),
    outcomes: &[Outcome],
) -> Practice {
    let mut world = world(&[&[Outcome::Ok], outcomes].concat());
    change(&mut world.services[0]);
    let practice = Practice::new(world, &format!("{CONFIG}\n{more}"));
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.clear_journal();
    practice
}

pub fn events(ran: &Ran) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    ran.stdout.lines().map(line).collect()
}

/// Transcripts without what differs from run to run.
pub fn steady(text: &str) -> String {
    let is_event =
        |line: &&str| !line.starts_with("web: (service ") && !line.starts_with("web web:");
    let kept: Vec<&str> = text.lines().filter(is_event).collect();
    let mut words: Vec<String> = kept.join("\n").split(' ').map(str::to_owned).collect();
    for at in 1..words.len() {
        let unit = words[at].trim_end().starts_with("s\n")
            || words[at] == "s"
            || words[at].starts_with("s;");
        if unit && words[at - 1].parse::<u32>().is_ok() {
            words[at - 1] = "[N]".to_owned();
        }
    }
    words.join(" ")
}

#[test]
fn a_first_deploy_registers_updates_and_ends_well() {
    let practice = practice(&[Outcome::Ok]);
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert_snapshot!(steady(&ran.stdout), @"web is running web:1 (2 of 2 tasks), [N] s");
    assert_snapshot!(steady(&ran.stderr), @r"
    plan for web: register a new revision of web; update web, which is on web-template:1
    registered web:1
    web: web-template:1 → web:1
    ");
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn an_update_names_cluster_service_and_task_definition_only() {
    let practice = practice(&[Outcome::Ok]);
    practice.deploy("app:1", &[]).expect(0);
    let journal = practice.endpoint.journal();
    let updates = journal.of("UpdateService");
    assert_eq!(updates.len(), 1);
    assert_eq!(
        updates[0].request,
        json!({
            "cluster": "prod",
            "service": "web",
            "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
        })
    );
    practice.deploy("app:1", &["--force"]).expect(0);
    let journal = practice.endpoint.journal();
    assert_eq!(
        journal.of("UpdateService")[1].request["forceNewDeployment"],
        true
    );
    assert_eq!(
        journal.of("RegisterTaskDefinition").len(),
        1,
        "the content is the same"
    );
}

#[test]
fn it_takes_four_round_trips_to_the_update() {
    let practice = practice(&[Outcome::Ok]);
    practice.deploy("app:1", &[]).expect(0);
    let before: Vec<String> = practice
        .operations()
        .into_iter()
        .take_while(|operation| operation != "UpdateService")
        .collect();
    let (read, rest) = before.split_at(3);
    let mut read = read.to_vec();
    read.sort();
    assert_eq!(
        read,
        [
            "DescribeServices",
            "DescribeTaskDefinition",
            "DescribeTaskDefinition"
        ]
    );
    // What the revision refers to is asked for at the same time.
    let (verified, rest) = rest.split_at(rest.len() - 2);
    let mut verified = verified.to_vec();
    verified.sort();
    assert_eq!(
        verified,
        [
            "DescribeLogGroups",
            "GetRole",
            "GetRole",
            "SimulatePrincipalPolicy"
        ]
    );
    // The look before the update is made while the revision is registered.
    let mut last = rest.to_vec();
    last.sort();
    assert_eq!(last, ["DescribeServices", "RegisterTaskDefinition"]);
}

#[test]
fn a_dry_run_shows_the_plan_that_is_executed_and_changes_nothing() {
    let practice = practice(&[Outcome::Ok]);
    let dry = practice.deploy("app:1", &["--dry-run"]).expect(0);
    assert_snapshot!(dry.stdout, @r#"
    --- arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    +++ web from arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    by you
      ~ /containerDefinitions/app/image  "public.ecr.aws/docker/library/busybox:latest" → "app:1"
    plan for web: register a new revision of web; update web, which is on web-template:1
    calls
      ecs:RegisterTaskDefinition  a new revision of web
      ecs:DescribeServices        is web as it was
      ecs:UpdateService           web to the new revision
    "#);
    let shown = events(
        &practice
            .deploy("app:1", &["--dry-run", "--format", "json"])
            .expect(0),
    );
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        assert_eq!(practice.count(operation), 0);
    }
    let done = events(&practice.deploy("app:1", &["--format", "json"]).expect(0));
    let planned = done.iter().find(|event| event["event"] == "planned");
    assert_eq!(shown[0]["event"], "difference");
    assert_eq!(planned, shown.get(1));
}

#[test]
fn verdict_1_rolled_back_and_stable_again_is_6() {
    let practice = deployed(|_| {}, &[Outcome::RolledBack]);
    let ran = practice.deploy("app:2", &[]).expect(6);
    assert_eq!(ran.stdout, "");
    assert_snapshot!(steady(&ran.stderr), @r"
    plan for web: register a new revision of web; update web, which is on web:1
    registered web:2
    web: web:1 → web:2
    web: 4 tasks stopped: EssentialContainerExited: Essential container in task exited
      container `app` exited with 1
    web: likely cause: the application ended by itself with an error
      check the last lines of its log, and the variables and secrets that it needs
      https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    web: web:2 was rolled back after [N] s; the service is on web:1
    error: the deployment of `web:2` to `web` failed, and the service is back on `web:1` (Service deployment rolled back because the circuit breaker threshold was exceeded.)
    ");
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn verdict_1_without_service_deployments_is_6_too() {
    let practice = deployed(|_| {}, &[Outcome::RolledBack]);
    for operation in [
        "ListServiceDeployments",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
    ] {
        practice
            .endpoint
            .fault(trouble::always(operation, FaultKind::Denied));
    }
    let ran = practice.deploy("app:2", &[]).expect(6);
    assert!(
        ran.stderr.contains("service deployments cannot be seen"),
        "{ran}"
    );
    let good = practice.deploy("app:3", &[]).expect(0);
    assert!(good.stdout.contains("web is running web:3"), "{good}");
}

#[test]
fn verdict_2_completed_with_nothing_running_is_8() {
    let practice = practice(&[Outcome::CompletedWithNothingRunning]);
    practice.deploy("app:1", &["--timeout", "4s"]).expect(8);
}

#[test]
fn verdict_3_a_primary_of_another_task_definition_is_8() {
    let practice = practice(&[Outcome::PrimaryOther]);
    let ran = practice.deploy("app:1", &["--timeout", "4s"]).expect(8);
    assert!(ran.stderr.contains("`acetate"), "how to pick it up: {ran}");
}

#[test]
fn verdict_4_in_progress_for_ever_is_8() {
    let practice = deployed(|s| s.circuit_breaker = false, &[Outcome::Stuck]);
    practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
}

#[test]
fn verdict_5_failed_without_rollback_is_7() {
    let practice = deployed_with(LEAVE, |s| s.rollback = false, &[Outcome::Failed]);
    practice.deploy("app:2", &["--timeout", "40s"]).expect(7);
}

#[test]
fn a_service_without_circuit_breaker_is_judged_by_its_failed_tasks() {
    let practice = deployed_with(LEAVE, |s| s.circuit_breaker = false, &[Outcome::Crash]);
    let ran = practice.deploy("app:2", &["--timeout", "60s"]).expect(7);
    assert!(
        ran.stderr.contains("container `app` exited with 1"),
        "{ran}"
    );
    assert!(ran.stderr.contains("no circuit breaker"), "{ran}");
}

#[test]
fn verdict_11_a_service_that_is_missing_is_1() {
    let config = CONFIG.replace("service  = \"web\"", "service  = \"wep\"");
    let practice = Practice::new(world(&[]), &config);
    let ran = practice.deploy("app:1", &[]).expect(1);
    assert!(
        ran.stderr
            .contains("service `wep` does not exist in cluster `prod`"),
        "{ran}"
    );
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
}

#[test]
fn verdict_15_a_forced_deployment_that_is_rolled_back_is_6() {
    let practice = deployed(|_| {}, &[Outcome::RolledBack]);
    practice.deploy("app:1", &["--force"]).expect(6);
}

#[test]
fn verdict_16_a_placeholder_that_never_becomes_healthy_is_superseded() {
    let mut good = world(&[Outcome::Ok]);
    good.services[0].initial = Outcome::Placeholder;
    let practice = Practice::new(good, CONFIG);
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert!(
        ran.stderr
            .contains("takes over from the deployment of web-template:1"),
        "{ran}"
    );
    // There is no version of the application to go back to.
    let mut bad = world(&[Outcome::Crash]);
    bad.services[0].initial = Outcome::Placeholder;
    Practice::new(bad, CONFIG)
        .deploy("app:1", &["--timeout", "60s"])
        .expect(7);
}

#[test]
fn verdict_17_what_runs_already_needs_no_call() {
    let practice = deployed(|_| {}, &[]);
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert_snapshot!(ran.stdout, @"web already runs web:1 (2 of 2 tasks), nothing to do");
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        assert_eq!(practice.count(operation), 0, "{operation}");
    }
}

#[test]
fn a_deployment_of_the_same_in_progress_is_followed() {
    let practice = practice(&[Outcome::Ok]);
    practice
        .deploy("app:1", &["--wait-until", "accepted"])
        .expect(0);
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert!(ran.stdout.contains("web:1 (2 of 2 tasks)"), "{ran}");
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn someone_elses_deployment_in_progress_is_4_unless_asked_for() {
    let practice = deployed(|_| {}, &[Outcome::Stuck, Outcome::Ok]);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    let ran = practice.deploy("app:3", &[]).expect(4);
    assert_snapshot!(steady(&ran.stderr), @r"
    error: a deployment of `web:2` to `web` is in progress
    hint: `acetate wait` follows it; `--queue` waits for its end and then deploys, `--replace` takes over from it
    ");
    assert_eq!(practice.count("UpdateService"), 1);
    practice.deploy("app:3", &["--replace"]).expect(0);
    assert_eq!(practice.runs(), "web:3");
}

#[test]
fn a_queue_waits_for_the_end_of_what_is_in_progress() {
    let practice = deployed(|_| {}, &[Outcome::Ok, Outcome::Ok]);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    practice.deploy("app:3", &["--queue"]).expect(0);
    assert_eq!(practice.runs(), "web:3");
}

#[test]
fn a_deployment_that_is_overtaken_is_9() {
    let practice = deployed(|_| {}, &[Outcome::Superseded]);
    practice.deploy("app:2", &["--timeout", "60s"]).expect(9);
}

#[test]
fn stopped_by_someone_is_6_or_7_by_what_is_there() {
    let practice = deployed_with(LEAVE, |_| {}, &[Outcome::StoppedBack, Outcome::Stopped]);
    practice.deploy("app:2", &["--timeout", "60s"]).expect(6);
    practice.deploy("app:3", &["--timeout", "60s"]).expect(7);
}

#[test]
fn nothing_wanted_is_a_success_with_a_warning() {
    let mut empty = world(&[Outcome::Ok]);
    empty.services[0].desired = 0;
    let practice = Practice::new(empty, CONFIG);
    let ran = practice.deploy("app:1", &["--format", "json"]).expect(0);
    let verdict = events(&ran)
        .into_iter()
        .find(|e| e["event"] == "verdict")
        .expect("a verdict");
    assert_eq!(
        (&verdict["outcome"], &verdict["proven"]),
        (&json!("succeeded"), &json!(false))
    );
    practice.deploy("app:2", &["--require-running"]).expect(8);
}

#[test]
fn services_of_other_controllers_are_4() {
    for controller in ["CODE_DEPLOY", "EXTERNAL"] {
        let mut other = world(&[]);
        other.services[0].controller = controller.to_owned();
        let practice = Practice::new(other, CONFIG);
        let ran = practice.deploy("app:1", &[]).expect(4);
        assert!(ran.stderr.contains(controller), "{ran}");
        assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    }
}

#[test]
fn what_runs_now_can_be_said_at_the_command_line() {
    let practice = deployed(|_| {}, &[]);
    practice.deploy("running:app", &[]).expect(0);
    assert_eq!(practice.runs(), "web:1");
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    let ran = practice.deploy("running:other", &[]).expect(1);
    assert!(ran.stderr.contains("`other` does not run"), "{ran}");
}

#[test]
fn two_values_of_one_input_are_refused() {
    let practice = practice(&[Outcome::Ok]);
    let ran = practice
        .deploy("app:1", &["--set", "image=app:2"])
        .expect(2);
    assert!(
        ran.stderr.contains("`--set image=…` is given twice"),
        "{ran}"
    );
    assert_eq!(practice.operations(), Vec::<String>::new());
    practice
        .deploy("app:1", &["--set", "image=app:1"])
        .expect(0);
}
