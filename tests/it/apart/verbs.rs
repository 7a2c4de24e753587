//! Verbs with a large component at its first use: what is printed, and what is kept.

use serde_json::Value;

use crate::support::guests::guest;
use crate::support::{Ran, World};

const TEMPLATE: &str = r#"{
  "family": "infra",
  "containerDefinitions": [{ "name": "app", "image": "app:1" }]
}"#;

const CONFIGURATION: &str = r#"
template = "file:template.json"
family = "web"
[overlays.large]
plugin = "path:large.wasm"
allow = ["env:app:*"]
config = { do = "env", name = "A", value = "1" }
"#;

/// A project with a plugin that is as large as one with a whole language in it.
fn world(more: &str) -> Option<World> {
    let mut component = guest("overlay")?;
    // A custom section of 4 MiB, its name one letter: a size of four bytes in LEB128.
    let size: usize = (4 << 20) + 2;
    let bytes = [size & 127, size >> 7 & 127, size >> 14 & 127, size >> 21];
    let leb = |at: usize| u8::try_from(bytes[at]).expect("it has seven bits");
    component.extend([0, leb(0) | 128, leb(1) | 128, leb(2) | 128, leb(3), 1, b'x']);
    component.resize(component.len() + (4 << 20), 0);
    let world = World::new()
        .file("template.json", TEMPLATE)
        .file("acetate.toml", &format!("{CONFIGURATION}{more}"))
        .variable("ACETATE_STORE_KEY", &"a".repeat(64));
    std::fs::write(world.path().join("large.wasm"), component).expect("it can be written");
    let store = world.path().join("store").display().to_string();
    Some(world.variable("ACETATE_STORE", &store))
}

/// How many files of native code are kept.
fn kept(world: &World) -> usize {
    let store = std::fs::read_dir(world.path().join("store"));
    let files = store
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("it can be read"));
    let is_code = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".code");
    files.map(|entry| entry.file_name()).filter(is_code).count()
}

fn variables(ran: Ran) -> Value {
    let document = ran.expect(0).json();
    document["containerDefinitions"][0]["environment"].clone()
}

#[test]
fn the_first_use_keeps_nothing_unless_the_quick_compiler_is_forbidden() {
    for (more, files) in [
        ("", 0),
        ("[plugins]\ncompiler = \"any\"\n", 0),
        ("[plugins]\ncompiler = \"cranelift\"\n", 1),
    ] {
        let Some(world) = world(more) else { return };
        for _ in 0..2 {
            let ran = world.run(&["render", "--offline"]);
            assert_eq!(ran.stderr.matches("warning").count(), 1, "{ran}");
            let found = variables(ran);
            assert_eq!(found, serde_json::json!([{ "name": "A", "value": "1" }]));
            assert_eq!(kept(&world), files, "{more}");
        }
    }
}

#[test]
fn plugin_run_makes_the_code_of_the_runs_to_come() {
    let Some(world) = world("") else { return };
    let run = |stats: &str| {
        let config = r#"{ "do": "env", "name": "A", "value": "1" }"#;
        let common = ["--template", "template.json", "--allow", "env:app:*"];
        let arguments = [
            "plugin",
            "run",
            "large.wasm",
            "--plugin-config",
            config,
            stats,
        ];
        world.run(&[&arguments[..], &common].concat())
    };
    let making = "making native code of `large.wasm` for the runs to come";
    let first = run("--stats").expect(0);
    assert!(
        first.stdout.ends_with("fuel is counted in code of winch\n"),
        "{first}"
    );
    assert!(first.stderr.contains(making), "{first}");
    assert_eq!(kept(&world), 1);
    let second = run("--stats").expect(0);
    assert!(
        second
            .stdout
            .ends_with("fuel is counted in code of cranelift\n"),
        "{second}"
    );
    assert!(!second.stderr.contains(making), "{second}");
    let edits = |ran: &Ran| ran.stdout.lines().next().map(str::to_owned);
    assert_eq!(edits(&first), edits(&second));
}

#[test]
fn a_plugin_that_fails_is_told_and_not_compiled_again() {
    let Some(world) = world("") else { return };
    let arguments = ["plugin", "run", "large.wasm", "--template", "template.json"];
    let config = ["--plugin-config", r#"{ "do": "panic" }"#];
    let ran = world.run(&[&arguments[..], &config].concat()).expect(1);
    assert!(ran.stderr.contains("it said: panicked at"), "{ran}");
    assert_eq!(kept(&world), 0);
}

/// The first deployment runs it in the process of its own, and has native code made while it waits;
/// the next run uses it.
#[cfg(feature = "local")]
#[test]
fn a_deployment_makes_the_code_while_it_is_waited_for() {
    use acetate::local::{ClockKind, World as Endpoint, start};
    use std::sync::mpsc::{RecvTimeoutError, channel};
    let Some(world) = world("") else { return };
    let mut scene = Endpoint::practice();
    scene.clock = ClockKind::Manual;
    let endpoint = start(scene, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let head = "cluster = \"prod\"\nservice = \"web\"\ntemplate = \"ecs:web-template\"\nfamily = \"web\"\n";
    let (_, entry) = CONFIGURATION.split_once("[overlays").expect("it has one");
    let world = world
        .file("acetate.toml", &format!("{head}[overlays{entry}"))
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    world.run(&["render"]).expect(0);
    assert_eq!(kept(&world), 0, "at its first use it runs apart");

    let mut command = world.command(&["deploy"]);
    let (running, over) = channel::<()>();
    let deploying = std::thread::spawn(move || {
        let output = command.output().expect("the binary starts");
        drop(running);
        output
    });
    // The world stands still until the code is there; then the deployment is over at once.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        if kept(&world) == 1 || std::time::Instant::now() > patience {
            endpoint.advance(600.0);
        }
        let waited = over.recv_timeout(std::time::Duration::from_millis(20));
        if waited == Err(RecvTimeoutError::Disconnected) {
            break;
        }
    }
    let output = deploying.join().expect("it was read");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(kept(&world), 1, "{told}");
    let arguments = ["plugin", "run", "large.wasm", "--template", "template.json"];
    let config = r#"{ "do": "env", "name": "A", "value": "1" }"#;
    let more = ["--allow", "env:app:*", "--stats", "--plugin-config", config];
    let ran = world.run(&[&arguments[..], &more].concat()).expect(0);
    assert!(ran.stdout.ends_with("in code of cranelift\n"), "{ran}");
}

/// Too little even to read the component: a process that runs a plugin has room for its code twice,
/// besides what there is to compile it.
#[test]
fn too_little_memory_to_begin_is_named() {
    for memory in [1, 24, 48, 64] {
        let lines =
            format!("limits = {{ compile-memory = \"{memory}MiB\", compile-code = \"1MiB\" }}\n");
        let Some(world) = world(&lines) else { return };
        let ran = world.run(&["render", "--offline"]).expect(1);
        assert!(
            ran.stderr.contains("limit `compile-memory`"),
            "{memory}: {ran}"
        );
    }
}
