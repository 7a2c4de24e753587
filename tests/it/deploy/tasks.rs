//! `before` and `after` tasks: their order, their failures, and that none is started twice.

use acetate::local::{Fault, FaultKind, Outcome, RunScript};

use super::trouble::{always, wait_for};
use super::{CONFIG, Practice, world};

const MIGRATE: &str = "\n[before.migrate]\ncontainer = \"app\"\ncommand = [\"bin/migrate\"]\n";
const SMOKE: &str = "\n[after.smoke]\ncontainer = \"app\"\ncommand = [\"bin/smoke\"]\n";

fn practice(tasks: &str, runs: Vec<RunScript>) -> Practice {
    let mut world = world(&[Outcome::Ok]);
    world.runs = runs;
    let config = CONFIG.replace("\n[containers.app]", &format!("{tasks}\n[containers.app]"));
    Practice::new(world, &config)
}

fn exits(code: i64) -> RunScript {
    RunScript {
        exit: Some(code),
        ..RunScript::default()
    }
}

fn tokens(practice: &Practice) -> Vec<String> {
    let journal = practice.endpoint.journal();
    let token = |entry: &&acetate::local::Entry| entry.request["clientToken"].to_string();
    journal.of("RunTask").iter().map(token).collect()
}

#[test]
fn the_time_of_the_command_line_is_theirs_too() {
    let stuck = RunScript {
        stuck: true,
        ..RunScript::default()
    };
    let practice = practice(MIGRATE, vec![stuck]);
    let ran = practice.deploy("app:1", &["--timeout", "1s"]).expect(12);
    assert!(ran.stderr.contains("is untouched"), "{ran}");
}

#[test]
fn they_run_on_the_new_revision_before_and_after_the_update() {
    let practice = practice(&format!("{MIGRATE}{SMOKE}"), vec![exits(0), exits(0)]);
    practice.deploy("app:1", &[]).expect(0);
    let changing = ["RegisterTaskDefinition", "RunTask", "UpdateService"];
    let order: Vec<String> = practice.operations();
    let order: Vec<&str> = order
        .iter()
        .map(String::as_str)
        .filter(|o| changing.contains(o))
        .collect();
    assert_eq!(
        order,
        [
            "RegisterTaskDefinition",
            "RunTask",
            "UpdateService",
            "RunTask"
        ]
    );
    let journal = practice.endpoint.journal();
    for (run, command) in journal
        .of("RunTask")
        .iter()
        .zip(["bin/migrate", "bin/smoke"])
    {
        assert!(
            run.request["taskDefinition"]
                .as_str()
                .is_some_and(|t| t.ends_with("/web:1"))
        );
        assert_eq!(
            run.request["overrides"]["containerOverrides"][0]["command"][0],
            command
        );
        assert!(run.request["networkConfiguration"].is_object());
    }
    let all = practice.operations();
    let at = |name: &str| all.iter().position(|o| o == name).expect("it was called");
    let looks: Vec<&String> = all[at("RunTask")..at("UpdateService")].iter().collect();
    assert_eq!(
        looks.last().map(|o| o.as_str()),
        Some("DescribeServices"),
        "the look just before"
    );
}

#[test]
fn what_they_write_is_told_beside_the_rest() {
    let writes = || RunScript {
        log: vec!["migrating".to_owned()],
        ..exits(0)
    };
    let talking = practice(MIGRATE, vec![writes()]);
    let ran = talking.deploy("app:1", &[]).expect(0);
    assert!(ran.stderr.contains("web: `migrate` | migrating\n"), "{ran}");
    assert!(!ran.stdout.contains("migrating"), "{ran}");
    let silent = practice(MIGRATE, vec![writes()]);
    let ran = silent.deploy("app:1", &["--no-logs"]).expect(0);
    assert!(!ran.stderr.contains("| migrating"), "{ran}");
    assert_eq!(silent.count("GetLogEvents"), 0);
}

#[test]
fn a_failing_before_leaves_the_service_untouched() {
    for script in [
        exits(1),
        RunScript {
            no_exit_code: true,
            ..RunScript::default()
        },
        RunScript {
            failure: Some("RESOURCE:CPU".into()),
            ..RunScript::default()
        },
    ] {
        let practice = practice(MIGRATE, vec![script]);
        let ran = practice.deploy("app:1", &[]).expect(12);
        assert!(ran.stderr.contains("`web` is untouched"), "{ran}");
        assert!(ran.stderr.contains("`web:1` was registered"), "{ran}");
        assert_eq!(practice.count("UpdateService"), 0);
        assert_eq!(practice.runs(), "web-template:1");
        // Mended, the next run starts it anew.
        practice.deploy("app:1", &[]).expect(0);
        assert_eq!(practice.runs(), "web:1");
    }
}

#[test]
fn a_failing_after_is_a_failed_deployment_and_stays_one() {
    let practice = practice(SMOKE, vec![exits(1), exits(1), exits(0)]);
    let ran = practice.deploy("app:1", &[]).expect(7);
    assert!(
        ran.stderr
            .contains("the after task `smoke` on `web:1` failed: container `app` exited with 1"),
        "{ran}"
    );
    // Nothing is to be deployed any more, and still it is no success until the test ends well.
    practice.deploy("app:1", &[]).expect(7);
    practice.deploy("app:1", &[]).expect(0);
    let before = practice.count("RunTask");
    let ran = practice.deploy("app:1", &[]).expect(0);
    assert!(ran.stderr.contains("`smoke` was done before"), "{ran}");
    assert!(practice.count("RunTask") > before);
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn a_run_that_was_killed_does_not_start_it_twice() {
    let long = RunScript {
        seconds: Some(2000.0),
        ..exits(0)
    };
    let practice = practice(MIGRATE, vec![long, exits(1)]);
    let mut child = practice
        .place
        .command(&["deploy", "--set", "image=app:1"])
        .spawn()
        .expect("it starts");
    wait_for(|| practice.count("RunTask") == 1);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    practice.deploy("app:1", &[]).expect(0);
    let tokens = tokens(&practice);
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0], tokens[1], "the same task");
    assert!(tokens[0].len() <= 66);
}

#[test]
fn skipping_them_is_asked_for() {
    let practice = practice(&format!("{MIGRATE}{SMOKE}"), vec![exits(1)]);
    practice.deploy("app:1", &["--skip-tasks"]).expect(0);
    assert_eq!(practice.count("RunTask"), 0);
}

#[test]
fn a_container_that_is_not_there_is_said_before_anything_is_changed() {
    let practice = practice("\n[before.migrate]\ncontainer = \"web\"\n", Vec::new());
    let ran = practice.deploy("app:1", &[]).expect(1);
    assert!(ran.stderr.contains("names the container `web`"), "{ran}");
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
}

#[test]
fn a_before_that_aws_refuses_to_run_is_no_failed_task() {
    let practice = practice(MIGRATE, vec![exits(0)]);
    practice
        .endpoint
        .fault(always("RunTask", FaultKind::Denied));
    let ran = practice.deploy("app:1", &[]).expect(11);
    for told in [
        "allow `ecs:RunTask`",
        "the before task `migrate` on `web:1` was not started",
        "`web` is untouched",
        "`web:1` was registered",
    ] {
        assert!(ran.stderr.contains(told), "no {told}: {ran}");
    }
    // The revision is there now, and nothing more comes of it.
    let ran = practice.deploy("app:1", &[]).expect(10);
    assert!(ran.stderr.contains("nothing was changed"), "{ran}");
    assert_eq!(practice.count("UpdateService"), 0);
    practice.endpoint.forget_faults();
    practice.deploy("app:1", &[]).expect(0);
}

#[test]
fn what_ran_before_the_task_that_aws_refuses_is_said() {
    let second = "\n[before.seed]\ncontainer = \"app\"\ncommand = [\"bin/seed\"]\n";
    let practice = practice(&format!("{MIGRATE}{second}"), vec![exits(0), exits(0)]);
    practice.endpoint.fault(Fault {
        after: 1,
        ..always("RunTask", FaultKind::Denied)
    });
    practice.deploy("app:1", &[]).expect(11);
    // Nothing is registered any more, and the first is there already.
    practice.endpoint.forget_faults();
    practice.endpoint.fault(Fault {
        after: 1,
        ..always("RunTask", FaultKind::Denied)
    });
    let ran = practice.deploy("app:1", &[]).expect(11);
    assert!(ran.stderr.contains("1 before it ended well"), "{ran}");
}

#[test]
fn an_after_that_aws_refuses_to_run_is_no_failed_deployment() {
    for kind in [FaultKind::Denied, FaultKind::Expired] {
        let practice = practice(SMOKE, vec![exits(0), exits(0)]);
        practice.deploy("app:1", &[]).expect(0);
        practice.endpoint.advance(60.0);
        practice.endpoint.fault(always("RunTask", kind));
        let ran = practice.deploy("app:2", &[]).expect(11);
        let told = "`web` runs `web:2`, and its `after` tasks are not all done; `acetate deploy --set image=app:2` goes on with them";
        assert!(ran.stderr.contains(told), "{ran}");
        assert_eq!(practice.runs(), "web:2", "it is not taken back");
        // This time nothing but the task is left to do.
        let ran = practice.deploy("app:2", &[]).expect(10);
        assert!(ran.stderr.contains("nothing was changed"), "{ran}");
        practice.endpoint.forget_faults();
        practice.deploy("app:2", &[]).expect(0);
        assert_eq!(practice.count("UpdateService"), 2);
    }
}

#[test]
fn an_after_task_that_cannot_be_seen_goes_on() {
    let long = RunScript {
        seconds: Some(2000.0),
        ..exits(0)
    };
    let practice = practice(SMOKE, vec![long]);
    practice
        .endpoint
        .fault(always("DescribeTasks", FaultKind::Expired));
    let ran = practice.deploy("app:1", &[]).expect(11);
    for told in [
        "cannot be seen: credentials expired",
        "it goes on in AWS",
        "get new credentials",
        "`web` runs `web:1`",
    ] {
        assert!(ran.stderr.contains(told), "no {told}: {ran}");
    }
    practice.endpoint.forget_faults();
    practice.deploy("app:1", &[]).expect(0);
    let tokens = tokens(&practice);
    assert_eq!(tokens[0], tokens[1], "the same task");
}
