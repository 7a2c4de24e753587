//! A Python script holds every answer against botocore's output model and drives the endpoint
//! with boto3.

use std::process::Command;

use acetate::local::{ClockKind, World, start};

use crate::support::{root, skip};

/// A service for each outcome, named after it.
fn everything() -> World {
    let mut text = String::from(
        r#"
        look-seconds = 15
        objects = { "bucket/a/template.json" = '{"family":"s3"}' }
        runs = [{ exit = 7 }, { failure = "RESOURCE:MEMORY" }, { stuck = true }]
        [[task-definitions]]
        definition = { family = "old", containerDefinitions = [{ name = "app", image = "i:0" }] }
        "#,
    );
    let plain = [
        "ok",
        "crash",
        "cannot-pull",
        "secret-missing",
        "unhealthy",
        "stuck",
        "rolled-back",
        "rollback-failed",
        "failed",
        "completed-with-nothing-running",
        "superseded",
        "placeholder",
        "stopped",
        "stopped-back",
    ];
    let service = |name: &str, more: &str| {
        format!(
            "[[services]]\nname = \"{name}\"\ncluster = \"prod\"\ntask-definition = \"old\"\n\
             circuit-breaker = true\nrollback = true\n{more}\n"
        )
    };
    for name in plain {
        text += &service(name, &format!("outcome = [\"{name}\"]"));
    }
    for (name, strategy) in [
        ("blue-green", "BLUE_GREEN"),
        ("linear", "LINEAR"),
        ("canary", "CANARY"),
    ] {
        let pause = "pause-at = [\"POST_TEST_TRAFFIC_SHIFT\"]";
        text += &service(name, &format!("strategy = \"{strategy}\"\n{pause}"));
    }
    text += &service("last", "");
    text += "[parameters]\n";
    for number in 0..25 {
        text += &format!("\"/many/p{number:02}\" = \"x\"\n");
    }
    World::parse(&text, "everything.toml").expect("the world parses")
}

#[test]
fn answers_agree_with_botocores_model() {
    let Ok(python) = std::env::var("ACETATE_TEST_PYTHON") else {
        return skip(
            "conformance with botocore: ACETATE_TEST_PYTHON names no Python that has boto3",
            false,
        );
    };
    let mut world = everything();
    world.clock = ClockKind::Looks;
    let running = start(world, ([127, 0, 0, 1], 0).into()).expect("the world holds together");
    let ended = Command::new(python)
        .arg(root().join("tests/it/support/conform.py"))
        .arg(running.url())
        .env_remove("AWS_PROFILE")
        .output()
        .expect("Python starts");
    let told = String::from_utf8_lossy(&ended.stdout).into_owned()
        + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}");
    println!("{told}");
}
