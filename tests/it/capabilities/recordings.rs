//! `--record` and `--replay`: the same bytes again, without anybody to ask.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use acetate::local::{self, Running, World as Played};
use serde_json::Value;

use crate::support::guests::guest;
use crate::support::{Ran, World, skip};

const WORLD: &str = r#"
account = "111111111111"
region  = "eu-west-1"

[[task-definitions]]
definition = { family = "web-template", executionRoleArn = "arn:aws:iam::111111111111:role/run", containerDefinitions = [{ name = "app", image = "app:0", memory = 64 }], cpu = "256" }

[[services]]
name = "web"
cluster = "prod"
task-definition = "web-template"
desired = 1

[parameters]
"/prod/web/key" = { type = "SecureString", value = "hush-hush" }
"/prod/web/plain" = { type = "String", value = "plainly" }
"/secret-template" = { type = "SecureString", value = '{"containerDefinitions":[{"name":"app","image":"a:1","memory":64}]}' }

[secrets]
"prod/web/db" = { json = { url = "hush-hush", user = "hush-hush" } }
"#;

const CONFIGURATION: &str = r#"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[inputs]
image = { default = "running:app" }

[containers.app]
image   = "${inputs.image}"
dotenv  = ["app.env"]
secrets = { KEY = "ssm:/prod/web/key", URL = "secretsmanager:prod/web/db#url" }

[overlays.looked]
plugin = "path:lookups.wasm"
allow  = ["env:app:REPLY_*"]

[overlays.looked.grant]
parameters = ["/prod/web/*"]
parameter-values = ["/prod/web/*"]
secret-names = ["prod/*"]
secret-keys = ["prod/*"]
files = ["*.env", "data/*"]

[overlays.looked.config]
keep = "true"
ask = [
  { call = "parameters.names", of = "/prod/" },
  { call = "parameters.kind", of = "/prod/web/key" },
  { call = "parameters.arn", of = "/prod/web/none" },
  { call = "parameter-values.get", of = "/prod/web/plain" },
  { call = "parameter-values.get", of = "/prod/web/key" },
  { call = "parameter-values.get", of = "/other" },
  { call = "secret-names.names", of = "prod/" },
  { call = "secret-names.arn", of = "prod/web/db" },
  { call = "secret-keys.keys", of = "prod/web/db" },
  { call = "secret-keys.keys", of = "prod/web/none" },
  { call = "files.entries", of = "" },
  { call = "files.read-text", of = "app.env" },
  { call = "files.read", of = "data/bytes" },
  { call = "files.read", of = "data/none" },
]
"#;

/// The world, playing, and a project in it; none where the guest cannot be built.
fn project() -> Option<(Running, World)> {
    let component = guest("lookups")?;
    let played = Played::parse(WORLD, "world.toml").expect("a world");
    let running = local::start(played, ([127, 0, 0, 1], 0).into()).expect("it plays");
    let world = World::new()
        .file("acetate.toml", CONFIGURATION)
        .file("app.env", "FROM_FILE=1\n")
        .file("data/bytes", "")
        .variable("AWS_ENDPOINT_URL", &running.url());
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(world.path().join(name), bytes).expect("it can be written");
    };
    write("lookups.wasm", &component);
    write("data/bytes", &[0xff, 0, 1]);
    Some((running, world))
}

/// The files that a replay needs: no endpoint, no credentials, no region, nothing that was read.
fn elsewhere(from: &World) -> World {
    let world = World::new().file("acetate.toml", &from.read("acetate.toml"));
    for name in ["lookups.wasm", "run.json"] {
        std::fs::copy(from.path().join(name), world.path().join(name)).expect("it is there");
    }
    world
}

/// Runs it where there is no network at all: not even loopback is up.
fn without_network(world: &World, arguments: &[&str]) -> Ran {
    let mut command = Command::new("unshare");
    command
        .args(["-rn", "--", env!("CARGO_BIN_EXE_acetate")])
        .args(arguments);
    command
        .current_dir(world.path())
        .env_clear()
        .env("HOME", "/none")
        .env("TZ", "Asia/Tokyo");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = command.env("PATH", path).env("COLUMNS", "100").output();
    let output = output.expect("unshare starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Whether a network namespace can be made here; said aloud where not.
fn can_unshare() -> bool {
    let made = Command::new("unshare").args(["-rn", "--", "true"]).output();
    let can = made.is_ok_and(|made| made.status.success());
    if !can {
        skip(
            "a replay without network needs `unshare -rn`, which this machine refuses",
            false,
        );
    }
    can
}

#[test]
fn a_replay_without_network_gives_the_same_bytes() {
    if !can_unshare() {
        return;
    }
    let Some((running, world)) = project() else {
        return;
    };
    for verb in ["render", "explain", "validate", "show", "diff"] {
        let recorded = world.run(&[verb, "--record", "run.json"]).expect(0);
        assert!(!world.read("run.json").contains("hush-hush"), "{verb}");
        let replayed = without_network(&elsewhere(&world), &[verb, "--replay", "run.json"]);
        assert_eq!(replayed, recorded, "{verb}");
    }
    let rendered = world.run(&["render"]).json();
    let environment = &rendered["containerDefinitions"][0]["environment"];
    let replies: Vec<String> = environment
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            entry["value"]
                .as_str()
                .expect("text")
                .replace(|c: char| c.is_ascii_digit(), "N")
        })
        .collect();
    // Each kind of reply is in it, or the test says less than it seems to.
    for part in [
        "plainly",
        "SecureString",
        "none",
        "url user",
        "FROM_FILE=N",
        "[NNN, N, N]",
        "not-granted",
        "invalid",
        "not-found",
    ] {
        assert!(
            replies.iter().any(|reply| reply.contains(part)),
            "{part}: {replies:#?}"
        );
    }
    drop(running);
}

#[test]
fn a_question_that_was_not_recorded_is_told() {
    let Some((_running, world)) = project() else {
        return;
    };
    world.run(&["render", "--record", "run.json"]).expect(0);
    let changed = world
        .read("acetate.toml")
        .replace("of = \"/prod/web/plain\"", "of = \"/prod/web/other\"");
    let place = elsewhere(&world).file("acetate.toml", &changed);
    let ran = place.run(&["render", "--replay", "run.json"]).expect(0);
    assert!(ran.stdout.contains("`parameter-values` of `/prod/web/other` is not in the recording, and a replay asks nobody"), "{ran}");
    // The built-in entry cannot do without, and says what it lacks.
    let changed = world
        .read("acetate.toml")
        .replace("ssm:/prod/web/key", "ssm:/prod/web/other");
    let place = elsewhere(&world).file("acetate.toml", &changed);
    let ran = place.run(&["render", "--replay", "run.json"]).expect(1);
    assert!(
        ran.stderr
            .contains("`parameters` of `/prod/web/other` is not in the recording"),
        "{ran}"
    );
    assert!(ran.stderr.contains("--record"), "{ran}");
}

#[test]
fn a_recording_is_its_owners_and_stays_what_it_was() {
    let Some((_running, world)) = project() else {
        return;
    };
    world.run(&["render", "--record", "run.json"]).expect(0);
    let file = world.path().join("run.json");
    let mode = std::fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = world.read("run.json");
    std::fs::remove_file(&file).expect("it is there");
    world.run(&["render", "--record", "run.json"]).expect(0);
    assert_eq!(
        world.read("run.json"),
        text,
        "nothing in it but what was asked"
    );
    let mut other: Value = serde_json::from_str(&text).expect("JSON");
    other["acetate-recording"] = 2.into();
    for (changed, told) in [
        (
            text.replace("plainly", "changed"),
            "it was changed since it was written",
        ),
        (
            text[..text.len() / 2].to_owned(),
            "it is no JSON, or was cut",
        ),
        (String::new(), "it is no JSON, or was cut"),
        (
            other.to_string(),
            "it is of version 2, and this acetate reads 1",
        ),
        ("{}".to_owned(), "it is no recording of acetate"),
    ] {
        let place = elsewhere(&world).file("run.json", &changed);
        let ran = place.run(&["render", "--replay", "run.json"]).expect(1);
        assert!(
            ran.stderr
                .contains("recording `run.json` cannot be replayed"),
            "{ran}"
        );
        assert!(ran.stderr.contains(told), "{ran}");
        assert_eq!(ran.stdout, "");
    }
    world.run(&["render", "--replay", "none.json"]).expect(1);
    world
        .run(&["render", "--replay", "run.json", "--record", "x.json"])
        .expect(2);
}

#[test]
fn a_recording_of_something_else_is_refused() {
    let Some((_running, world)) = project() else {
        return;
    };
    world.run(&["diff", "--record", "run.json"]).expect(0);
    for (from, to, told) in [
        (
            "ecs:web-template",
            "ecs:other",
            "the recording is of template `ecs:web-template`, and the configuration says `ecs:other`",
        ),
        (
            "family   = \"web\"",
            "family = \"other\"",
            "the recording is of family `web`",
        ),
        (
            "service  = \"web\"",
            "service = \"other\"",
            "the recording is of service `web`",
        ),
    ] {
        let place = elsewhere(&world);
        let changed = world.read("acetate.toml").replace(from, to);
        let place = place.file("acetate.toml", &changed);
        let ran = place.run(&["render", "--replay", "run.json"]).expect(1);
        assert!(ran.stderr.contains(told), "{ran}");
    }
    // Who looked at less cannot say more.
    let changed = world.read("acetate.toml").replace("running:app", "app:1");
    let world = world.file("acetate.toml", &changed);
    world.run(&["render", "--record", "run.json"]).expect(0);
    let ran = elsewhere(&world)
        .run(&["diff", "--replay", "run.json"])
        .expect(1);
    assert!(ran.stderr.contains("holds nothing of the service"), "{ran}");
    elsewhere(&world)
        .run(&["explain", "--replay", "run.json"])
        .expect(0);
}

#[test]
fn a_template_that_is_a_secret_is_not_recorded() {
    let Some((_running, world)) = project() else {
        return;
    };
    let text = "template = \"ssm:/secret-template\"\nfamily = \"web\"\n";
    let world = world.file("acetate.toml", text);
    world.run(&["render"]).expect(0);
    let ran = world.run(&["render", "--record", "run.json"]).expect(4);
    assert!(ran.stderr.contains("is a SecureString"), "{ran}");
    assert!(!world.path().join("run.json").exists());
}

/// What a plugin is told depends on what it asks, and on nothing that was asked before.
#[test]
fn the_order_of_questions_makes_no_difference() {
    let Some((_running, world)) = project() else {
        return;
    };
    let told = |world: &World| {
        let ran = world.run(&["render", "-v"]).expect(0);
        let lines = ran.stderr.lines().filter(|line| line.contains(" -> "));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = told(&world);
    assert!(before.len() >= 14, "{before:#?}");
    let text = world.read("acetate.toml");
    let (head, asks) = text.split_once("ask = [\n").expect("it asks");
    let asks: Vec<&str> = asks.lines().take_while(|line| *line != "]").collect();
    let (mut backwards, mut turned) = (asks.clone(), asks.clone());
    backwards.reverse();
    turned.rotate_left(5);
    for asks in [backwards, turned] {
        let asks = asks.join("\n");
        let world_text = format!("{head}ask = [\n{asks}\n]\n");
        std::fs::write(world.path().join("acetate.toml"), world_text).expect("it is written");
        assert_eq!(told(&world), before);
    }
}

/// Who may read files and ask strangers' registries is named before anything is asked.
#[test]
fn lookups_that_can_carry_data_out_are_warned_about() {
    let Some((_running, world)) = project() else {
        return;
    };
    let warned = |world: &World| {
        world
            .run(&["render"])
            .expect(0)
            .stderr
            .contains("lookups-carry-data")
    };
    assert!(!warned(&world));
    let text = world.read("acetate.toml");
    let granted = |images: &str| {
        text.replace(
            "[overlays.looked.grant]\n",
            &format!("[overlays.looked.grant]\nimages = {images}\n"),
        )
    };
    let world = world.file("acetate.toml", &granted(r#"["ghcr.io/acme/*"]"#));
    assert!(warned(&world));
    let world = world.file(
        "acetate.toml",
        &granted(r#"["111111111111.dkr.ecr.eu-west-1.amazonaws.com/*"]"#),
    );
    assert!(!warned(&world));
}
