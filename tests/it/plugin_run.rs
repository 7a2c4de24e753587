//! `plugin run`: one component against a template file.

use serde_json::json;

use crate::support::World;
use crate::support::component::with_manifest;
use crate::support::guests::guest;

const TEMPLATE: &str = r#"{
  "family": "infra",
  "containerDefinitions": [{ "name": "app", "image": "app:1" }]
}"#;

fn world(name: &'static str) -> Option<World> {
    let world = World::new().file("template.json", TEMPLATE);
    std::fs::write(world.path().join("guest.wasm"), guest(name)?).expect("it can be written");
    Some(world)
}

const RUN: [&str; 5] = ["plugin", "run", "guest.wasm", "--template", "template.json"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], &["--allow", "env:app:*"], more].concat()
}

#[test]
fn the_edits_of_an_overlay_are_printed_without_credentials() {
    let Some(world) = world("overlay") else {
        return;
    };
    let config = r#"{ "do": "env", "name": "DB_PASSWORD", "value": "hunter2" }"#;
    let ran = world.run(&arguments(&["--plugin-config", config]));
    insta::assert_snapshot!(ran, @r#"
    + /containerDefinitions/app/environment/DB_PASSWORD/value  "********"
    ------- stderr -------
    warning: plugin `guest.wasm` has no manifest: its configuration is not checked [no-manifest]
      hint: embed its `plugin.toml` as the custom section `acetate:manifest`
    "#);
    let ran = world.run(&arguments(&["--plugin-config", config, "--format", "json"]));
    let report = ran.expect(0).json();
    assert_eq!(report["applied"], true);
    assert_eq!(
        report["edits"],
        json!([{
            "entry": "guest",
            "address": "/containerDefinitions/app/environment/DB_PASSWORD/value",
            "new": "********",
        }])
    );
    assert!(
        report["digest"]
            .as_str()
            .is_some_and(|digest| digest.len() == 64)
    );
}

#[test]
fn the_configuration_may_be_a_file_and_the_document_be_asked_for() {
    let Some(world) = world("overlay") else {
        return;
    };
    let world = world
        .file("config.toml", "do = \"env\"\nname = \"A\"\nvalue = \"1\"\n")
        .file("config.json", "[1]");
    let ran = world.run(&arguments(&[
        "--plugin-config",
        "config.toml",
        "--output",
        "document",
    ]));
    let document = ran.expect(0).json();
    assert_eq!(
        document["containerDefinitions"][0]["environment"],
        json!([{ "name": "A", "value": "1" }])
    );
    let ran = world.run(&arguments(&["--plugin-config", "config.json"]));
    insta::assert_snapshot!(ran, @r"
    ------- stderr -------
    warning: plugin `guest.wasm` has no manifest: its configuration is not checked [no-manifest]
      hint: embed its `plugin.toml` as the custom section `acetate:manifest`
    error: the configuration in `config.json` cannot be read: it is no table
    [exit code 1]
    ");
}

#[test]
fn figures_cover_every_limit_also_of_a_run_that_fails() {
    use acetate::config::limits::{FIXED, TABLE};
    let Some(world) = world("overlay") else {
        return;
    };
    let config = [
        "--plugin-config",
        r#"{"do":"edits"}"#,
        "--limit",
        "edits=10",
    ];
    let json = ["--stats", "--format", "json"];
    let ran = world
        .run(&arguments(&[&config[..], &json].concat()))
        .expect(1);
    let report = ran.json();
    assert_eq!(report["applied"], false);
    let stats = report["stats"].as_array().expect("a list");
    let names: Vec<&str> = stats.iter().filter_map(|s| s["limit"].as_str()).collect();
    let all: Vec<&str> = TABLE.iter().chain(FIXED).map(|limit| limit.name).collect();
    assert_eq!(names, all);
    let of = |name: &str| {
        let found = stats.iter().find(|stat| stat["limit"] == name);
        found.expect("it is there")
    };
    assert_eq!(
        (&of("edits")["used"], &of("edits")["allowed"]),
        (&json!(11), &json!(10))
    );
    for name in [
        "fuel",
        "memory",
        "table-elements",
        "calls",
        "total-bytes",
        "component-bytes",
        "compile-code",
    ] {
        assert!(of(name)["used"].as_u64() > Some(0), "{name}");
    }
    // Where it cannot be told what compiling took, nothing is told.
    assert_eq!(of("compile-memory")["used"], json!(null));
    let ran = world
        .run(&arguments(&[&config[..], &["--stats"]].concat()))
        .expect(1);
    let line = ran.stdout.lines().find(|line| line.starts_with("edits "));
    let words: Vec<&str> = line.expect("a line").split_whitespace().collect();
    assert_eq!(words, ["edits", "11", "10", "110.0", "%"]);
}

#[test]
fn a_crash_tells_what_its_author_needs() {
    let Some(world) = world("overlay") else {
        return;
    };
    let ran = world.run(&arguments(&[
        "--plugin-config",
        r#"{"do":"edit-and-panic"}"#,
    ]));
    let ran = ran.expect(1);
    for told in [
        "crashed: wasm trap: wasm `unreachable` instruction executed",
        "it said: panicked at",
        "the plugin's own words",
        r#"its last edit, number 2: set-env("app", "DB_PASSWORD", "********")"#,
        r#"its last call of the host: task.image("app")"#,
        "in acetate:plugin/overlay@0.1.0#apply",
    ] {
        assert!(ran.stderr.contains(told), "no `{told}` in {ran}");
    }
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
}

#[test]
fn a_coredump_is_private_and_is_one() {
    use std::os::unix::fs::PermissionsExt;
    let Some(world) = world("overlay") else {
        return;
    };
    let crash = [
        "--plugin-config",
        r#"{"do":"panic"}"#,
        "--coredump",
        "core.wasm",
    ];
    let ran = world.run(&arguments(&crash)).expect(1);
    assert!(
        ran.stderr.contains("`core.wasm` holds the plugin's memory"),
        "{ran}"
    );
    let file = world.path().join("core.wasm");
    let mode = std::fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = std::fs::read(&file).expect("it can be read");
    let sections = coredump(&bytes);
    assert_eq!(
        sections,
        ["core", "coremodules", "coreinstances", "corestack"]
    );
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(has("the plugin's own words"), "its memory is not in it");

    let again = world.run(&arguments(&crash)).expect(1);
    assert!(
        again.stderr.contains("`core.wasm` is there already"),
        "{again}"
    );
    let fine = [
        "--plugin-config",
        r#"{"do":"read"}"#,
        "--coredump",
        "none.wasm",
    ];
    world.run(&arguments(&fine)).expect(0);
    assert!(!world.path().join("none.wasm").exists());
}

/// The flag is the same on every verb that runs plugins.
#[test]
fn a_render_keeps_the_memory_of_a_plugin_that_crashes() {
    use crate::support::project::{CONFIGURATION, small};
    use std::os::unix::fs::PermissionsExt;
    let Some(component) = guest("overlay") else {
        return;
    };
    let entry = "[overlays.guest]\nplugin = \"path:guest.wasm\"\nconfig = { do = \"panic\" }\n";
    let world = small().file("acetate.toml", &format!("{CONFIGURATION}\n{entry}"));
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    let render = ["render", "--set", "image=app:1"];
    let keeping = [&render[..], &["--coredump", "core.wasm"]].concat();
    let ran = world.run(&keeping).expect(1);
    assert!(
        ran.stderr.contains("`core.wasm` holds the plugin's memory"),
        "{ran}"
    );
    assert!(ran.stderr.contains("crashed: wasm trap"), "{ran}");
    let file = world.path().join("core.wasm");
    let mode = std::fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = std::fs::read(&file).expect("it can be read");
    assert_eq!(coredump(&bytes).len(), 4);
    let again = world.run(&keeping).expect(1);
    assert!(
        again.stderr.contains("`core.wasm` is there already"),
        "{again}"
    );
    for verb in ["show", "explain", "validate", "diff", "deploy", "register"] {
        let ran = world.run(&[verb, "--set", "image=app:1", "--coredump", "core.wasm"]);
        assert!(
            ran.stderr.contains("`core.wasm` is there already"),
            "{verb}: {ran}"
        );
    }
}

/// A file that is larger than any component is not read: it is larger than memory and disk.
#[test]
fn a_file_that_is_too_large_is_told_before_it_is_read() {
    let world = World::new().file("template.json", TEMPLATE);
    let file = std::fs::File::create(world.path().join("guest.wasm")).expect("it can be made");
    file.set_len(1 << 40).expect("it is sparse");
    for (arguments, allowed) in [
        (&RUN[..], 64 << 20),
        (&["plugin", "inspect", "guest.wasm"], 256 << 20),
    ] {
        let ran = world.run(arguments).expect(1);
        let told = format!(
            "used 1099511627776 of {allowed} bytes of the component: limit `component-bytes`"
        );
        assert!(ran.stderr.contains(&told), "{ran}");
    }
}

/// The sections that make a coredump, as a parser of WebAssembly reads them.
fn coredump(bytes: &[u8]) -> Vec<&'static str> {
    use wasmparser::{KnownCustom, Parser, Payload};
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CustomSection(section) = payload.expect("it parses") else {
            continue;
        };
        match section.as_known() {
            KnownCustom::CoreDump(_) => found.push("core"),
            KnownCustom::CoreDumpModules(modules) if !modules.modules.is_empty() => {
                found.push("coremodules");
            }
            KnownCustom::CoreDumpInstances(all) if !all.instances.is_empty() => {
                found.push("coreinstances");
            }
            KnownCustom::CoreDumpStack(stack) if !stack.frames.is_empty() => {
                found.push("corestack");
            }
            _ => {}
        }
    }
    found
}

#[test]
fn a_policy_prints_what_it_finds() {
    let Some(world) = world("policy") else { return };
    insta::assert_snapshot!(world.run(&RUN), @r"
    ------- stderr -------
    warning: plugin `guest.wasm` has no manifest: its configuration is not checked [no-manifest]
      hint: embed its `plugin.toml` as the custom section `acetate:manifest`
    note: info: a policy changes nothing
    error: `guest` reported an error
      the image is not pinned (`/containerDefinitions/app/image`)
    [exit code 4]
    ");
    let pinned = TEMPLATE.replace("app:1", "app@sha256:0");
    let world = world.file("template.json", &pinned);
    insta::assert_snapshot!(world.run(&RUN), @r"
    ------- stderr -------
    warning: plugin `guest.wasm` has no manifest: its configuration is not checked [no-manifest]
      hint: embed its `plugin.toml` as the custom section `acetate:manifest`
    note: info: a policy changes nothing
    ");
}

#[test]
fn the_built_in_plugin_and_the_manifests_places_need_no_allow() {
    let world = World::new().file("template.json", TEMPLATE);
    let config = r#"{ "containers": { "app": { "env": { "LOG_LEVEL": "info" } } } }"#;
    let ran = world.run(&[
        "plugin",
        "run",
        "builtin:standard",
        "--template",
        "template.json",
        "--plugin-config",
        config,
    ]);
    insta::assert_snapshot!(ran, @r#"+ /containerDefinitions/app/environment/LOG_LEVEL/value  "info""#);
    let Some(component) = guest("overlay") else {
        return;
    };
    let manifest = "name = 'own'\nversion = '1.0.0'\nkind = 'overlay'\ninterface = '0.1.0'\n\
        edits = ['env:app:A']\n";
    let component = with_manifest(component, manifest);
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    let config = r#"{ "do": "env", "name": "A", "value": "1" }"#;
    let ran = world.run(&[&RUN[..], &["--plugin-config", config]].concat());
    insta::assert_snapshot!(ran, @r#"+ /containerDefinitions/app/environment/A/value  "1""#);
}

/// What a whole run looked up is what the plugin alone is told.
#[test]
fn a_recording_replies_in_the_place_of_the_world() {
    use crate::support::project::{CONFIGURATION, small};
    let world = small()
        .file(
            "acetate.toml",
            &format!("{CONFIGURATION}dotenv = [\"a.env\"]\n"),
        )
        .file("a.env", "FROM_FILE=1\n");
    let record = ["render", "--set", "image=app:1", "--record", "kept.json"];
    world.run(&record).expect(0);
    std::fs::remove_file(world.path().join("a.env")).expect("it is there");
    let config = r#"{ "containers": { "app": { "dotenv": ["a.env"] } } }"#;
    let run = [
        "plugin",
        "run",
        "builtin:standard",
        "--plugin-config",
        config,
    ];
    let ran = world.run(&[&run[..], &["--replay", "kept.json"]].concat());
    insta::assert_snapshot!(ran, @r#"+ /containerDefinitions/app/environment/FROM_FILE/value  "1""#);
    let none = world
        .run(&[&run[..], &["--template", "template.json"]].concat())
        .expect(1);
    assert!(
        none.stderr.contains("nothing can be looked up in this run"),
        "{none}"
    );
    let both = ["--template", "no.json", "--replay", "template.json"];
    let wrong = world.run(&[&run[..], &both].concat()).expect(1);
    assert!(
        wrong.stderr.contains("it is no recording of acetate"),
        "{wrong}"
    );
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let world = World::new()
        .file("template.json", "{")
        .file("no.wasm", "hello");
    for (arguments, code, told) in [
        (&["plugin", "run", "no.wasm"][..], 2, "--template <FILE>"),
        (
            &["plugin", "run", "gone.wasm", "--template", "template.json"],
            1,
            "could not read `gone.wasm`",
        ),
        (
            &["plugin", "run", "no.wasm", "--template", "template.json"],
            1,
            "template `file:template.json` is no task definition",
        ),
        (
            &["plugin", "run", "oci:x/y:1", "--template", "template.json"],
            1,
            "takes nothing from registries",
        ),
        (
            &[
                "plugin",
                "run",
                "a",
                "--template",
                "b",
                "--limit",
                "memory=3GiB",
            ],
            2,
            "limit `memory` cannot be more than `2GiB`",
        ),
        (
            &["plugin", "run", "a", "--template", "b", "--limit", "moon=1"],
            2,
            "there is no limit `moon`",
        ),
        (&["plugin", "publish"], 2, "unrecognized subcommand"),
    ] {
        let ran = world.run(arguments).expect(code);
        assert!(ran.stderr.contains(told), "{ran}");
    }
}
