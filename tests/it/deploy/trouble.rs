//! Interruptions, lost answers, a world that moves.

use std::process::Stdio;
use std::time::{Duration, Instant};

use acetate::local::{Fault, FaultKind, Outcome};

use super::{CONFIG, Practice, deployed, practice, world};

/// This fault on every call of an operation.
pub fn always(operation: &str, kind: FaultKind) -> Fault {
    Fault {
        times: u32::MAX,
        ..Fault::once(operation, kind)
    }
}

#[test]
fn verdict_6_a_lost_answer_to_register_is_looked_up_not_repeated() {
    let practice = practice(&[Outcome::Ok]);
    practice
        .endpoint
        .fault(Fault::once("RegisterTaskDefinition", FaultKind::Lost));
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert!(
        ran.stderr
            .contains("the answer was lost, but `web:1` was registered"),
        "{ran}"
    );
    assert_eq!(practice.endpoint.revisions("web").len(), 1);
}

#[test]
fn verdict_6_a_lost_answer_to_update_is_looked_up_not_repeated() {
    let practice = practice(&[Outcome::Ok]);
    practice
        .endpoint
        .fault(Fault::once("UpdateService", FaultKind::Lost));
    practice.deploy("app:1", &[]).expect(0);
    assert_eq!(practice.count("UpdateService"), 1);
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn a_call_that_never_arrived_is_made_once_more() {
    let practice = practice(&[Outcome::Ok]);
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        practice
            .endpoint
            .fault(Fault::once(operation, FaultKind::Reset));
    }
    practice.deploy("app:1", &[]).expect(0);
    assert_eq!(practice.endpoint.revisions("web").len(), 1);
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn verdict_7_html_in_between_is_no_verdict() {
    let practice = practice(&[Outcome::Ok]);
    practice.endpoint.fault(Fault {
        after: 2,
        times: 4,
        ..Fault::once("DescribeServices", FaultKind::Html)
    });
    practice.deploy("app:1", &[]).expect(0);
}

#[test]
fn without_permission_nothing_is_changed() {
    let practice = deployed(|_| {}, &[]);
    practice
        .endpoint
        .fault(always("RegisterTaskDefinition", FaultKind::Denied));
    let ran = practice.deploy("app:2", &[]).expect(10);
    assert!(ran.stderr.contains("ecs:RegisterTaskDefinition"), "{ran}");
    assert_eq!(practice.count("UpdateService"), 0);
}

#[test]
fn a_refusal_after_the_revision_was_registered_is_11() {
    let practice = deployed(|_| {}, &[]);
    practice
        .endpoint
        .fault(always("UpdateService", FaultKind::Denied));
    let ran = practice.deploy("app:2", &["-q"]).expect(11);
    assert!(ran.stderr.contains("`web:2` was registered"), "{ran}");
    assert_eq!(practice.runs(), "web:1");
}

#[test]
fn a_cluster_that_is_not_there_is_a_fault_of_the_configuration() {
    let practice = Practice::new(world(&[]), &CONFIG.replace("\"prod\"", "\"prd\""));
    for verb in ["deploy", "status", "wait"] {
        let ran = practice
            .place
            .run(&[verb, "--set", "image=app:1"])
            .expect(1);
        assert!(ran.stderr.contains("cluster `prd` does not exist"), "{ran}");
    }
}

#[test]
fn an_endpoint_that_is_slow_to_fail_does_not_stretch_the_time() {
    let practice = practice(&[Outcome::Stuck]);
    practice.endpoint.fault(Fault {
        after: 2,
        ..always("DescribeServices", FaultKind::Html)
    });
    let begun = Instant::now();
    practice.deploy("app:1", &["--timeout", "2s"]).expect(8);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn credentials_that_end_while_it_is_followed_are_8() {
    let practice = practice(&[Outcome::Stuck]);
    practice.endpoint.fault(Fault {
        after: 2,
        ..always("DescribeServices", FaultKind::Expired)
    });
    let ran = practice.deploy("app:1", &[]).expect(8);
    assert!(ran.stderr.contains("acetate wait"), "{ran}");
}

#[test]
fn verdict_14_a_deployment_that_starts_in_between_is_4() {
    // The second look comes late enough for another deploy to slip in.
    let practice = deployed(|_| {}, &[Outcome::Stuck]);
    let image = ["deploy", "--set", "image=app:3"];
    practice.endpoint.fault(Fault {
        after: 0,
        delay_ms: 2500,
        ..Fault::once("RegisterTaskDefinition", FaultKind::Delay)
    });
    let slow = practice
        .place
        .command(&image)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    wait_for(|| practice.count("RegisterTaskDefinition") == 1);
    practice
        .deploy("app:2", &["--wait-until", "accepted"])
        .expect(0);
    let output = slow.wait_with_output().expect("it ends");
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn a_signal_says_at_once_what_goes_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let practice = deployed(|_| {}, &[Outcome::Stuck]);
        let deploy = ["deploy", "--set", "image=app:2"];
        let mut command = practice.place.command(&deploy);
        let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        wait_for(|| practice.count("DescribeServiceDeployments") > 0);
        let sent = Instant::now();
        let pid = child.id().to_string();
        let killed = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(killed.expect("kill runs").success());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(sent.elapsed() < Duration::from_secs(2), "at once");
        assert!(said.contains("`web:2` to `web` goes on in AWS"), "{said}");
        assert!(said.contains("acetate wait"), "{said}");
    }
}

/// Waits for what another process does; half a minute at most.
pub fn wait_for(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "it never happens"
        );
        std::thread::yield_now();
    }
}
