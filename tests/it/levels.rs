//! Levels of ownership through the whole program: what a plugin may edit is denied until
//! allowed, a refusal is exit code 4 with the line to add, and each line is said in words.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::guests::guest;
use crate::support::project::{CONFIGURATION, small};
use crate::support::{Ran, World};

/// The small project with the guest under these lines.
fn world(lines: &str) -> Option<World> {
    let component = guest("overlay")?;
    let entry = format!("{CONFIGURATION}\n[overlays.guest]\nplugin = \"path:guest.wasm\"\n{lines}");
    let world = small().file("acetate.toml", &entry);
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    Some(world)
}

/// Without the warning that a guest has no manifest.
fn run(world: &World, arguments: &[&str]) -> Ran {
    let ran = world.run(&[arguments, &["--set", "image=app:1"]].concat());
    let mut told = ran.stderr.as_str();
    let manifest = "acetate:manifest`\n";
    if let Some((warning, rest)) = ran.stderr.split_once(manifest)
        && warning.contains("[no-manifest]")
    {
        told = rest;
    }
    Ran {
        stderr: told.to_owned(),
        ..ran
    }
}

#[test]
fn a_refused_edit_ends_with_4_and_the_line_to_add() {
    let lines = |allow: &str| {
        format!("allow = {allow}\nconfig = {{ do = \"env\", name = \"LEVEL\", value = \"x\" }}")
    };
    let Some(closed) = world(&lines("[]")) else {
        return;
    };
    assert_snapshot!(run(&closed, &["render"]), @r#"
    ------- stderr -------
    error: `guest` gave up: `guest` may not `set-env` at `/containerDefinitions/app/environment/LEVEL/value`, a place of level influence (`/containerDefinitions/app/environment/LEVEL/value`)
    hint: to allow it, give `guest` `allow = ["env:app:LEVEL"]`
    [exit code 4]
    "#);
    let open = world(&lines("[\"env:app:LEVEL\"]")).expect("it was built before");
    let ran = run(&open, &["render"]).expect(0);
    assert!(ran.stdout.contains("\"LEVEL\""), "{ran}");
}

#[test]
fn no_way_leads_around_an_influence_level_allow() {
    let lines = "allow = [\"labels:*:*\", \"tags:*\", \"env:*:*\", \"secrets:*:*\", \"sidecar:app=app\", \"sidecar:otel=acme/otel\"]\n\
        grant = { parameters = [\"/web/*\"] }\nconfig = { do = \"take-over\" }";
    let Some(world) = world(lines) else { return };
    let ran = run(&world, &["render"]);
    assert!(!ran.stderr.contains("x-open"), "{ran}");
    assert_snapshot!(ran, @r#"
    ------- stderr -------
    error: `guest` gave up: `guest` may not `set-image` at `/containerDefinitions/app/image`, a place of level code: the container is not its own (`/containerDefinitions/app/image`)
    hint: to allow it, give `guest` `allow = ["image:app"]`
    [exit code 4]
    "#);
}

#[test]
fn a_line_that_is_none_is_told_with_its_place() {
    let world = small().file(
        "acetate.toml",
        &format!("{CONFIGURATION}\n[overlays.x]\nplugin = \"path:x.wasm\"\nallow = [\"evn:app:A\", \"sidecar:otel=acme/otel:1\", 7]\n"),
    );
    assert_snapshot!(run(&world, &["render"]), @r"
    ------- stderr -------
    error: acetate.toml:13:10: `evn:app:A` names no place that can be allowed (key `overlays.x.allow`) [configuration]
      hint: did you mean `env:app:A`?
    error: acetate.toml:13:23: `sidecar:otel=acme/otel:1`: a repository has no tag and no digest (key `overlays.x.allow`) [configuration]
      hint: write `sidecar:otel=acme/otel`
    error: acetate.toml:13:51: expected an array of strings, found an integer in it (key `overlays.x.allow`) [configuration]
      hint: write it in quotes
    error: the configuration has 3 faults
    [exit code 1]
    ");
}

const SIDECAR: &str = "allow = [\"sidecar:otel=acme/otel\", \"env:app:*\"]\n\
    grant = { parameters = [\"/web/*\"] }\n\
    config = { do = \"sidecar\", image = \"acme/otel:1\" }\n";

#[test]
fn show_says_in_words_what_each_line_means() {
    let Some(world) = world(SIDECAR) else { return };
    let ran = run(&world, &["show", "--offline"]).expect(0);
    let may: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("  may"))
        .collect();
    assert_snapshot!(may.join("\n"), @r"
    may        sidecar:otel=acme/otel: adds container `otel` (image `acme/otel:1`): it can reach localhost
    may        env:app:*: sets any variables of `app`: it may run code in `app`
    may        parameters: sees names, ARNs and kinds of parameters: `/web/*`; it may hand their values to `otel`
    ");
    let ran = run(&world, &["show", "--offline", "--format", "json"]).expect(0);
    let powers = &ran.json()["overlays"][1]["powers"];
    assert_eq!(powers["level"], json!("code"));
    assert_eq!(powers["may"][0]["line"], json!("sidecar:otel=acme/otel"));
    assert!(ran.json()["overlays"][0].get("powers").is_none(), "{ran}");
}

#[cfg(feature = "local")]
#[test]
fn a_plan_says_it_too() {
    let Some(component) = guest("overlay") else {
        return;
    };
    let world = World::new().copy("examples/quick-start");
    let text = world.read("acetate.toml");
    let world = world.file(
        "acetate.toml",
        &format!("{text}\n[overlays.guest]\nplugin = \"path:guest.wasm\"\n{SIDECAR}"),
    );
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    let dry = [
        "local",
        "--world",
        "world.toml",
        "--",
        "deploy",
        "--dry-run",
    ];
    assert_snapshot!(run(&world, &dry).stdout, @r#"
    --- arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:1
    +++ web from arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:1
    by you
      + /containerDefinitions/app/environment/LOG_LEVEL/value  "info"
      ~ /containerDefinitions/app/image  "public.ecr.aws/docker/library/busybox:stable" → "app:1"
      + /containerDefinitions/app/secrets/API_KEY/valueFrom  "arn:aws:ssm:eu-west-1:111111111111:parameter/prod/web/api-key"
      + /containerDefinitions/app/secrets/DATABASE_URL/valueFrom  "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/web/db-ZxYPxG:url::"
    by plugin
      + /containerDefinitions/otel/environment/OTEL_LEVEL/value  "info"  [guest]
      + /containerDefinitions/otel/image  "acme/otel:1"  [guest]
    plan for web: register a new revision of web; update web, which is on web-template:1
      guest, by sidecar:otel=acme/otel: adds container `otel` (image `acme/otel:1`): it can use task role `web` and reach localhost
      guest, by env:app:*: sets any variables of `app`: it may run code in `app`
      guest, by parameters: sees names, ARNs and kinds of parameters: `/web/*`; it may hand their values to `otel`
    calls
      ecs:RegisterTaskDefinition  a new revision of web
      ecs:DescribeServices        is web as it was
      ecs:UpdateService           web to the new revision
    "#);
    let ran = run(&world, &[&dry[..], &["--format", "json"]].concat()).expect(0);
    let planned = ran
        .stdout
        .lines()
        .find(|line| line.contains("\"planned\""))
        .expect("a plan");
    let planned: serde_json::Value = serde_json::from_str(planned).expect("it is JSON");
    assert_eq!(planned["plugins"][0]["entry"], json!("guest"));
    assert_eq!(planned["plugins"][0]["may"][1]["level"], json!("code"));
}
