//! The seventeen verdicts that must never be wrong, each with durations from several seeds, and
//! the table of statuses, strategies and exit codes.

/// Status × strategy × exit code, from the function that decides, beside its page.
mod table;

use std::sync::Mutex;

use acetate::local::{
    ClockKind, Fault, FaultKind, KnownDefinition, KnownService, Outcome, RunScript, World,
};
use serde_json::{Value, json};

use crate::deploy::{CONFIG, LEAVE, Practice};
use crate::support::Ran;

/// Each decides the length of every step.
const SEEDS: [u64; 3] = [1, 7, 2026];

/// A verdict: what it is about, and what must be true for one seed.
type Scenario = (&'static str, fn(u64));

/// In the order of the design.
const VERDICTS: [Scenario; 17] = [
    ("1 rolled back and stable again is no success", rolled_back),
    ("2 completed with nothing running", nothing_running),
    (
        "3 PRIMARY completed for another task definition",
        another_definition,
    ),
    ("4 in progress for ever with counts that flap", for_ever),
    ("5 failed without rollback", failed),
    ("6 the answer was lost after the work", lost),
    ("7 a 5xx with an HTML body", html),
    ("8 a one-off task that exits 7, or never started", one_off),
    ("9 RunTask answers 200 with failures", run_fails),
    ("10 stopped without exit code", no_exit_code),
    ("11 a service that is MISSING in a 200 answer", missing),
    ("12 a wrong secret key", wrong_key),
    (
        "13 empty strings and nulls in what Describe returns",
        empty_and_null,
    ),
    ("14 two deploys of one service at once", two),
    (
        "15 a forced deployment rolled back to the same task definition",
        forced,
    ),
    (
        "16 a first deploy over a placeholder that crash-loops",
        placeholder,
    ),
    ("17 a deploy of what already runs", already),
];

#[test]
fn all_seventeen_with_durations_from_seeds() {
    let cases: Vec<(&Scenario, u64)> = VERDICTS
        .iter()
        .flat_map(|scenario| SEEDS.map(|seed| (scenario, seed)))
        .collect();
    let failed: Mutex<Vec<String>> = Mutex::default();
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let Some(((name, run), seed)) = next.lock().expect("held shortly").next()
                    else {
                        return;
                    };
                    if std::panic::catch_unwind(|| run(*seed)).is_err() {
                        let told = format!("{name}, seed {seed}");
                        failed.lock().expect("held shortly").push(told);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("held shortly");
    println!(
        "{} scenarios with {} seeds each",
        VERDICTS.len(),
        SEEDS.len()
    );
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A service on `web:1`, which ran well; a look takes as long as one does.
fn world(seed: u64, outcomes: &[Outcome]) -> World {
    let mut world = World::practice();
    world.seed = seed;
    world.clock = ClockKind::Looks;
    world.look_seconds = 15.0;
    let mut content = world.task_definitions[0]
        .definition
        .clone()
        .expect("it has one");
    content["family"] = "web".into();
    content["containerDefinitions"][0]["image"] = "app:1".into();
    world.task_definitions.push(KnownDefinition {
        definition: Some(content),
        ..KnownDefinition::default()
    });
    "web".clone_into(&mut world.services[0].task_definition);
    world.services[0].outcome = outcomes.to_vec();
    world
}

fn practice(seed: u64, outcomes: &[Outcome], change: fn(&mut KnownService)) -> Practice {
    let mut world = world(seed, outcomes);
    change(&mut world.services[0]);
    Practice::new(world, &format!("{CONFIG}\n{LEAVE}"))
}

fn same(_: &mut KnownService) {}

fn deploy(practice: &Practice) -> Ran {
    practice.deploy("app:2", &["--timeout", "90s"])
}

fn rolled_back(seed: u64) {
    let practice = practice(seed, &[Outcome::RolledBack], same);
    let ran = deploy(&practice).expect(6);
    assert!(
        ran.stderr.contains("the service is back on `web:1`"),
        "{ran}"
    );
    assert_eq!(practice.runs(), "web:1");
}

fn nothing_running(seed: u64) {
    let practice = practice(seed, &[Outcome::CompletedWithNothingRunning], same);
    let ran = practice.deploy("app:2", &["--timeout", "8s"]).expect(8);
    assert_eq!(ran.stdout, "", "{ran}");
}

fn another_definition(seed: u64) {
    let practice = practice(seed, &[Outcome::PrimaryOther], same);
    let ran = practice.deploy("app:2", &["--timeout", "8s"]).expect(8);
    assert_eq!(ran.stdout, "", "{ran}");
}

fn for_ever(seed: u64) {
    let practice = practice(seed, &[Outcome::Stuck], |s| s.circuit_breaker = false);
    let ran = practice.deploy("app:2", &["--timeout", "12s"]).expect(8);
    assert!(ran.stderr.contains("goes on in AWS"), "{ran}");
}

fn failed(seed: u64) {
    let practice = practice(seed, &[Outcome::Failed], |s| s.rollback = false);
    deploy(&practice).expect(7);
    assert_eq!(practice.runs(), "web:2");
}

fn lost(seed: u64) {
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        let practice = practice(seed, &[], same);
        practice
            .endpoint
            .fault(Fault::once(operation, FaultKind::Lost));
        deploy(&practice).expect(0);
        assert_eq!(practice.endpoint.revisions("web").len(), 2, "one more");
        assert_eq!(
            practice.endpoint.deployments("prod", "web").len(),
            2,
            "one more"
        );
    }
}

fn html(seed: u64) {
    let practice = practice(seed, &[], same);
    for operation in [
        "DescribeServices",
        "DescribeServiceDeployments",
        "UpdateService",
    ] {
        practice
            .endpoint
            .fault(Fault::once(operation, FaultKind::Html));
    }
    deploy(&practice).expect(0);
    assert_eq!(practice.runs(), "web:2");
}

fn run(seed: u64, script: RunScript) -> Ran {
    let mut world = world(seed, &[]);
    world.runs = vec![script];
    let practice = Practice::new(world, CONFIG);
    practice.place.run(&["run", "--set", "image=app:1"])
}

fn one_off(seed: u64) {
    let exits = RunScript {
        exit: Some(7),
        ..RunScript::default()
    };
    run(seed, exits).expect(7);
    let reason = Some("CannotPullContainerError: not found".to_owned());
    let ran = run(
        seed,
        RunScript {
            reason,
            ..RunScript::default()
        },
    )
    .expect(125);
    assert!(ran.stderr.contains("CannotPullContainerError"), "{ran}");
}

fn run_fails(seed: u64) {
    let failure = Some("RESOURCE:MEMORY".to_owned());
    let ran = run(
        seed,
        RunScript {
            failure,
            ..RunScript::default()
        },
    )
    .expect(125);
    assert!(
        ran.stderr.contains("was not started: RESOURCE:MEMORY"),
        "{ran}"
    );
}

fn no_exit_code(seed: u64) {
    let ran = run(
        seed,
        RunScript {
            no_exit_code: true,
            ..RunScript::default()
        },
    )
    .expect(125);
    assert!(ran.stderr.contains("has no exit code"), "{ran}");
}

fn missing(seed: u64) {
    let config = CONFIG.replace("service  = \"web\"", "service  = \"wep\"");
    let practice = Practice::new(world(seed, &[]), &config);
    let ran = deploy(&practice).expect(1);
    assert!(ran.stderr.contains("service `wep` does not exist"), "{ran}");
    assert_eq!(practice.endpoint.revisions("web").len(), 1);
}

/// The task cannot start without its secret: the deployment is no success, whatever its counts.
fn wrong_key(seed: u64) {
    let practice = practice(seed, &[Outcome::SecretMissing], same);
    let ran = deploy(&practice).expect(6);
    assert!(ran.stderr.contains("ResourceInitializationError"), "{ran}");
}

/// As Describe gives them back: they are stripped, and nothing else is.
fn empty_and_null(seed: u64) {
    let mut world = world(seed, &[]);
    let template = world.task_definitions[0]
        .definition
        .as_mut()
        .expect("it has one");
    template["pidMode"] = "".into();
    template["ipcMode"] = Value::Null;
    template["tags"] = json!([]);
    template["containerDefinitions"][0]["environment"] = json!([{ "name": "EMPTY", "value": "" }]);
    let practice = Practice::new(world, CONFIG);
    deploy(&practice).expect(0);
    let journal = practice.endpoint.journal();
    let sent = &journal.of("RegisterTaskDefinition")[0].request;
    assert!(
        sent.get("pidMode").is_none() && sent.get("ipcMode").is_none(),
        "{sent}"
    );
    let variable = &sent["containerDefinitions"][0]["environment"][0];
    assert_eq!(*variable, json!({ "name": "EMPTY", "value": "" }));
    // Read again, it is the same, and nothing is registered.
    let ran = deploy(&practice).expect(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran}");
}

/// All interleavings are in `faults::two`.
fn two(seed: u64) {
    let practice = practice(seed, &[Outcome::Stuck], |s| s.circuit_breaker = false);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    let ran = practice.deploy("app:3", &[]).expect(4);
    assert!(
        ran.stderr
            .contains("a deployment of `web:2` to `web` is in progress"),
        "{ran}"
    );
    assert_eq!(practice.endpoint.deployments("prod", "web").len(), 2);
}

fn forced(seed: u64) {
    let practice = practice(seed, &[Outcome::RolledBack], same);
    practice
        .deploy("app:1", &["--force", "--timeout", "90s"])
        .expect(6);
    assert_eq!(practice.endpoint.revisions("web").len(), 1);
}

fn placeholder(seed: u64) {
    for (outcome, code) in [(Outcome::Ok, 0), (Outcome::Crash, 7)] {
        let mut world = world(seed, &[outcome]);
        "web-template".clone_into(&mut world.services[0].task_definition);
        world.services[0].initial = Outcome::Placeholder;
        let practice = Practice::new(world, CONFIG);
        let ran = deploy(&practice).expect(code);
        assert!(
            ran.stderr
                .contains("takes over from the deployment of web-template:1"),
            "{ran}"
        );
    }
}

fn already(seed: u64) {
    let practice = practice(seed, &[], same);
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran}");
    assert_eq!(
        practice.count("RegisterTaskDefinition") + practice.count("UpdateService"),
        0
    );
}
