//! SIGTERM, as a cancelled job sends it: each verb that follows something says at once what goes
//! on in AWS, and the command that picks it up.

use std::process::Stdio;
use std::time::{Duration, Instant};

use acetate::local::{Fault, FaultKind, Outcome};

use crate::deploy::trouble::wait_for;
use crate::deploy::{Practice, deployed, deployed_with, practice};
use crate::fleet::{BOTH, two};
use crate::stages::paused;

/// Runs a verb, sends SIGTERM once this operation was asked for so often; what it said.
fn ended(practice: &Practice, verb: &[&str], operation: &str, times: usize) -> String {
    let mut command = practice.place.command(verb);
    let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(|| practice.count(operation) >= times);
    let sent = Instant::now();
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(sent.elapsed() < Duration::from_secs(2), "at once");
    said
}

fn picked_up(said: &str, what: &str, command: &str) {
    assert!(said.contains(what), "{what}: {said}");
    assert!(
        said.contains(&format!("`{command}` picks it up again")),
        "{said}"
    );
}

const DESCRIBE: &str = "DescribeServiceDeployments";

#[test]
fn while_a_deployment_is_followed() {
    let practice = deployed(|_| {}, &[Outcome::Stuck]);
    let deploy = ["deploy", "--set", "image=app:2"];
    let said = ended(&practice, &deploy, DESCRIBE, 1);
    picked_up(&said, "`web:2` to `web` goes on in AWS", "acetate wait");
    practice.endpoint.clear_journal();
    let said = ended(&practice, &["wait"], DESCRIBE, 1);
    picked_up(
        &said,
        "the deployment to `web` goes on in AWS",
        "acetate wait",
    );
}

#[test]
fn while_a_rollback_is_followed() {
    let practice = deployed(|_| {}, &[Outcome::Ok, Outcome::Stuck]);
    practice.deploy("app:2", &[]).expect(0);
    practice.endpoint.clear_journal();
    let said = ended(&practice, &["rollback"], DESCRIBE, 2);
    picked_up(&said, "to `web` goes on in AWS", "acetate wait");
}

#[test]
fn while_a_call_is_on_its_way_nobody_says_that_nothing_was_changed() {
    let late = |operation: &str| Fault {
        delay_ms: 20_000,
        ..Fault::once(operation, FaultKind::Delay)
    };
    let practice = practice(&[]);
    practice.endpoint.fault(late("RegisterTaskDefinition"));
    let deploy = ["deploy", "--set", "image=app:1"];
    let said = ended(&practice, &deploy, "RegisterTaskDefinition", 1);
    picked_up(
        &said,
        "may have been registered, and `web` is untouched",
        "acetate deploy --set image=app:1",
    );
    let practice = paused();
    practice.deploy("app:2", &["--timeout", "3s"]).expect(8);
    for (verb, operation) in [
        ("continue", "ContinueServiceDeployment"),
        ("abort", "StopServiceDeployment"),
    ] {
        practice.endpoint.fault(late(operation));
        let said = ended(&practice, &[verb], operation, 1);
        picked_up(&said, "was asked for, and goes on in AWS", "acetate wait");
    }
}

#[test]
fn while_a_task_runs_before_the_service_moves() {
    let tasks = "[before.migrate]\ncontainer = \"app\"";
    let practice = deployed_with(tasks, |_| {}, &[]);
    practice.endpoint.fault(Fault {
        delay_ms: 20_000,
        ..Fault::once("DescribeTasks", FaultKind::Delay)
    });
    let deploy = ["deploy", "--set", "image=app:2"];
    let said = ended(&practice, &deploy, "DescribeTasks", 1);
    picked_up(&said, "goes on in AWS", "acetate deploy --set image=app:2");
}

#[test]
fn a_command_to_paste_has_no_credential_in_it() {
    let practice = practice(&[]);
    practice.endpoint.fault(Fault {
        delay_ms: 20_000,
        ..Fault::once("RegisterTaskDefinition", FaultKind::Delay)
    });
    let secret = "ghp_0123456789abcdefghijabcdefghij012345";
    let token = format!("image={secret}");
    let deploy = ["deploy", "--set", &token];
    let said = ended(&practice, &deploy, "RegisterTaskDefinition", 1);
    assert!(!said.contains(secret), "{said}");
    assert!(said.contains("--set 'image=…'"), "{said}");
}

#[test]
fn while_several_configurations_are_deployed_each_is_told() {
    let practice = two(|service| service.outcome = vec![Outcome::Stuck]);
    let deploy = [&["deploy", "--set", "image=app:1"], &BOTH[..]].concat();
    let said = ended(&practice, &deploy, "UpdateService", 2);
    for (config, family, again) in [
        ("acetate.toml", "one:1", "acetate wait"),
        ("two.toml", "two:1", "acetate -c two.toml wait"),
    ] {
        let told = |what: &str| said.contains(&format!("{config}: {what}"));
        let sent = told(&format!("the update of `web` to `{family}` was sent"));
        let goes_on = told(&format!(
            "the deployment of `{family}` to `web` goes on in AWS"
        ));
        assert!(sent || goes_on, "{config}: {said}");
        picked_up(&said, config, again);
    }
}
