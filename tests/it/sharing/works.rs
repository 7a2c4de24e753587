//! What works.

use acetate::local::{self, World as Played};
use serde_json::json;

use super::publish::{EMPTY, Repository, SIGN};
use super::registry::Registry;
use super::{Key, OTEL, SIGNED, at, guest, scene, with_manifest};
use crate::support::{World, root};

#[test]
fn an_update_tells_all_that_there_is_to_know_and_a_run_needs_no_registry_after() {
    let Some(scene) = scene(SIGNED) else { return };
    let digest = scene.publish();
    let ran = scene.run(&["plugin", "update"]).expect(0);
    for line in [
        "oci:ghcr.io/acme/otel:1.2.0",
        "  version 1.2.0",
        &format!("  manifest {digest}"),
        "  + signed by acme (sha256:",
        "  + edits sidecars",
        "  + asks for parameters",
        "  + is given allow sidecars (overlays.otel)",
        "  if granted, sidecars (code): adds containers of any name and image",
    ] {
        assert!(ran.stdout.contains(line), "`{line}` is not in:\n{ran}");
    }
    let lock = scene.world.read("acetate.lock");
    assert!(
        lock.contains(&format!("resolved = \"ghcr.io/acme/otel@{digest}\"")),
        "{lock}"
    );
    let again = scene.run(&["plugin", "update"]).expect(0);
    assert_eq!(
        (again.stdout.as_str(), scene.world.read("acetate.lock")),
        ("", lock)
    );
    let before = scene.registry.asked().len();
    let first = scene.run(&["render"]).expect(0);
    assert!(
        first.stdout.contains("\"otel\"") && first.stdout.contains("lock-digest"),
        "{first}"
    );
    assert_eq!(
        scene
            .run(&["render", "--offline", "--locked"])
            .expect(0)
            .stdout,
        first.stdout
    );
    assert_eq!(scene.registry.asked().len(), before);
    let listed = scene.run(&["plugin", "list"]).expect(0);
    assert!(
        listed.stdout.contains("signed by  acme") && listed.stdout.contains("yes"),
        "{listed}"
    );
    let trust = scene.run(&["plugin", "trust"]).expect(0);
    assert!(
        trust.stdout.contains(
            "oci:ghcr.io/acme/otel:1.2.0: signatures by `acme`, by `ghcr.io/acme/` of acetate.toml"
        ),
        "{trust}"
    );
    // Another machine has nothing: it pulls by digest, and a run does so itself.
    for verb in [&["plugin", "pull"][..], &["render"]] {
        std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
        let before = scene.registry.asked().len();
        scene.run(verb).expect(0);
        let asked = scene.registry.asked().split_off(before);
        assert!(
            !asked
                .iter()
                .any(|asked| asked.ends_with("/manifests/1.2.0")),
            "{asked:?}"
        );
        assert!(
            asked.iter().any(|asked| asked.ends_with(&digest)),
            "{asked:?}"
        );
    }
}

#[test]
fn what_is_pushed_is_the_same_each_time_and_can_be_locked() {
    let Some(scene) = scene(SIGNED) else { return };
    std::fs::write(scene.world.path().join("otel.wasm"), &scene.component)
        .expect("it can be written");
    let push = || {
        scene
            .run(&["plugin", "push", "otel.wasm", super::PLUGIN])
            .expect(0)
            .stdout
    };
    let first = push();
    assert_eq!(push(), first);
    let digest = first
        .trim()
        .strip_prefix("ghcr.io/acme/otel@")
        .expect("a reference");
    let sent = scene
        .registry
        .asked()
        .into_iter()
        .filter(|asked| asked.contains("?digest="));
    assert_eq!(sent.count(), 2, "configuration and component, once each");
    let (_, kept) = scene.registry.state.lock().expect("no panic").manifests["otel 1.2.0"].clone();
    let kept: serde_json::Value = serde_json::from_slice(&kept).expect("JSON");
    assert_eq!(kept["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(
        kept["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(
        kept["annotations"]["org.opencontainers.image.version"],
        "1.2.0"
    );
    super::refused(scene.run(&["plugin", "update"]), "is not signed");
    scene.repository().sign(digest, &scene.key);
    scene.run(&["plugin", "update"]).expect(0);
    scene.run(&["render"]).expect(0);
    std::fs::write(
        scene.world.path().join("no.wasm"),
        guest("otel").expect("it was built"),
    )
    .expect("it can be written");
    let ran = scene
        .run(&["plugin", "push", "no.wasm", super::PLUGIN])
        .expect(1);
    assert!(ran.stderr.contains("it has no manifest"), "{ran}");
    for to in [
        "ghcr.io/acme/otel:1",
        "oci:ghcr.io/acme/OTEL",
        &format!("oci:ghcr.io/acme/otel@{digest}"),
    ] {
        scene.run(&["plugin", "push", "otel.wasm", to]).expect(2);
    }
}

#[test]
fn both_layouts_of_signatures_and_older_layers_are_read() {
    let Some(scene) = scene(SIGNED) else { return };
    for (lists, kind) in [
        (false, "application/vnd.wasm.content.layer.v1+wasm"),
        (true, "application/vnd.module.wasm.content.layer.v1+wasm"),
    ] {
        let digest = scene.repository().push_as("1.2.0", &scene.component, kind);
        scene.registry.change(|state| state.lists_referrers = lists);
        scene.repository().sign_in_a_bundle(&digest, &scene.key);
        scene.run(&["plugin", "update"]).expect(0);
        scene.run(&["render"]).expect(0);
        scene.run(&["plugin", "verify"]).expect(0);
    }
}

#[test]
fn a_bundle_is_found_whatever_kind_it_is_listed_as() {
    let Some(scene) = scene(SIGNED) else { return };
    let digest = scene.repository().push("1.2.0", &scene.component);
    let sign = |kind| scene.repository().sign_listed_as(&digest, &scene.key, kind);
    for lists in [false, true] {
        scene.registry.change(|state| state.lists_referrers = lists);
        for kind in [Some(EMPTY), None] {
            sign(kind);
            scene.run(&["plugin", "update"]).expect(0);
            std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
        }
        sign(Some("application/spdx+json"));
        super::refused(scene.run(&["plugin", "update"]), "is not signed");
    }
}

#[test]
fn what_else_is_said_of_a_plugin_is_no_signature_and_in_no_signatures_way() {
    let Some(scene) = scene(SIGNED) else { return };
    let (repository, key) = (scene.repository(), &scene.key);
    let digest = repository.push("1.2.0", &scene.component);
    let parts = "part ".repeat(1 << 18);
    let said = |predicate| repository.bundle(&digest, key, "https://spdx.dev/Document", predicate);
    // A list of its parts, as `cosign attest` makes: one of them has more bytes than a signature may.
    let (small, large) = (said(&json!({})), said(&json!({ "parts": parts })));
    repository.list(&digest, std::slice::from_ref(&small));
    super::refused(scene.run(&["plugin", "update"]), "do not suffice");
    repository.list(&digest, std::slice::from_ref(&large));
    super::refused(scene.run(&["plugin", "update"]), "is not signed");
    let signed = repository.bundle(&digest, key, SIGN, &json!({}));
    repository.list(&digest, &[small, large, signed]);
    scene.run(&["plugin", "update"]).expect(0);
    scene.run(&["render"]).expect(0);
}

/// The second example of the README, for one of its environments, played by the local endpoint.
const WORLD: &str = r#"
account = "333333333333"
region  = "eu-west-1"
speed   = 1000

[[task-definitions]]
file   = "template.json"
family = "prod-web-template"
[[services]]
name            = "web"
cluster         = "prod"
task-definition = "prod-web-template"
desired         = 1
circuit-breaker = true
rollback        = true

[[task-definitions]]
file   = "template.json"
family = "prod-worker-template"
[[services]]
name            = "worker"
cluster         = "prod"
task-definition = "prod-worker-template"
desired         = 1
circuit-breaker = true
rollback        = true

[parameters]
"/prod/web/api-key" = { type = "SecureString", value = "practice" }
"/prod/web/SESSION_KEY" = { type = "SecureString", value = "practice" }
"/prod/worker/SESSION_KEY" = { type = "SecureString", value = "practice" }

[secrets]
"prod/web/db" = { json = { url = "postgres://practice@db.internal/prod" } }
"#;

const BASELINE: &str = r#"name = "baseline"
version = "1.4.0"
kind = "policy"
interface = "0.1.0"
"#;

#[test]
fn the_second_example_works_as_it_stands() {
    let (Some(otel), Some(policy)) = (guest("otel"), guest("baseline")) else {
        return;
    };
    let (registry, key) = (Registry::start(), Key::new());
    for (name, tag, component) in [
        ("otel", "1.2.0", with_manifest(otel, OTEL)),
        ("baseline", "1.4.0", with_manifest(policy, BASELINE)),
    ] {
        let repository = Repository {
            port: registry.port,
            name,
        };
        let digest = repository.push(tag, &component);
        repository.sign(&digest, &key);
    }
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("it is there");
    let example = read("host/src/config/tests/several.toml");
    let image = format!("public.ecr.aws/acme/web@sha256:{}", "0".repeat(64));
    let template = read("examples/two-services/template.json");
    let template = template.replace("public.ecr.aws/docker/library/busybox:stable", &image);
    let template = template.replace("111111111111", "333333333333");
    // The endpoint gives its services no network configuration to run a task with.
    let template = template
        .replace("awsvpc", "bridge")
        .replace("FARGATE", "EC2");
    let trust = "[keys]\nacme = \"acme.pub\"\n[plugins.\"ghcr.io/acme/\"]\nall-of = [\"acme\"]\n";
    let mut world = at(World::new(), &registry)
        .file("acetate.toml", &example)
        .file("template.json", &template)
        .file("world.toml", WORLD)
        .file("config/prod.env", "GREETING=hello\n")
        .file(".config/acetate/trust.toml", trust)
        .file(".config/acetate/acme.pub", &key.pem());
    let played = Played::read(&world.path().join("world.toml")).expect("a world");
    let running = local::start(played, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    for (name, value) in running.environment() {
        world = world.variable(name, &value);
    }
    let ran = world.run(&["plugin", "update"]).expect(0);
    assert!(
        ran.stdout
            .contains("+ is given grant parameters /${env}/web/*"),
        "{ran}"
    );
    let ran = world.run(&["render", "web", "-e", "prod"]).expect(0);
    let rendered = ran.json();
    let containers = rendered["containerDefinitions"]
        .as_array()
        .expect("containers");
    let otel = containers
        .iter()
        .find(|c| c["name"] == "otel")
        .expect("the sidecar is there");
    assert_eq!(otel["environment"][0]["value"], "https://otel.example.com");
    assert_eq!(
        otel["environment"][1]["value"], "2",
        "parameters that it may see"
    );
    let ran = world.run(&["deploy", "-e", "prod"]);
    assert_eq!(
        world.read("acetate.toml"),
        example,
        "the example was not touched"
    );
    let ran = ran.expect(0);
    assert!(ran.stdout.contains("web is running prod-web:1"), "{ran}");
    assert!(
        ran.stdout.contains("worker is running prod-worker:1"),
        "{ran}"
    );
}

#[test]
fn a_kept_plan_is_refused_where_the_lock_moved() {
    let Some(mut scene) = scene(SIGNED) else {
        return;
    };
    scene.replace("acetate.toml", "file:template.json", "ecs:web-template");
    let practice = crate::deploy::world(&[]);
    let endpoint = local::start(practice, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    scene.world = scene.world.variable("AWS_ENDPOINT_URL", &endpoint.url());
    scene.locked();
    let plan = || {
        scene
            .run(&["plan", "--out", "plan.json", "--skip-check", "all"])
            .expect(0)
    };
    plan();
    let kept = scene.world.read("plan.json");
    assert!(kept.contains("ghcr.io/acme/otel@sha256:"), "{kept}");
    assert!(kept.contains(", signed by acme\""), "{kept}");
    // The same component, signed by one key more, and locked anew.
    let digest = scene.publish_as("1.2.0", "Adds the collector", "Adds a collector");
    scene.run(&["plugin", "update"]).expect(0);
    let ran = scene
        .run(&["deploy", "--plan", "plan.json", "--skip-check", "all"])
        .expect(4);
    let told = format!("and is `ghcr.io/acme/otel@{digest}, signed by acme` now");
    assert!(
        ran.stderr
            .contains("the lock of plugin `otel` was `ghcr.io/acme/otel@sha256:"),
        "{ran}"
    );
    assert!(ran.stderr.contains(&told), "{ran}");
}

#[test]
fn a_vendored_plugin_needs_no_registry_and_is_verified_as_all_are() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    scene.replace(
        "acetate.toml",
        "cluster  =",
        "vendored = \"others\"\ncluster  =",
    );
    let ran = scene.run(&["plugin", "vendor", "plugins"]).expect(0);
    assert!(
        ran.stderr
            .contains("`vendored = \"plugins\"` in acetate.toml"),
        "{ran}"
    );
    scene.replace("acetate.toml", "\"others\"", "\"plugins\"");
    std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
    let before = scene.registry.asked().len();
    for verb in [
        &["render"][..],
        &["render", "--offline"],
        &["plugin", "verify", "--offline"],
    ] {
        scene.run(verb).expect(0);
    }
    assert_eq!(scene.registry.asked().len(), before);
    std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
    let hex = |text: &str| text.trim_start_matches("sha256:").to_owned();
    let component = format!("plugins/{}.wasm", hex(&super::digest(&scene.component)));
    std::fs::write(scene.world.path().join(component), scene.planted()).expect("it can be written");
    super::refused(scene.run(&["render", "--offline"]), "is not what is locked");
    scene.replace("acetate.toml", "\"plugins\"", "\"../plugins\"");
    let ran = scene.run(&["render"]).expect(1);
    assert!(ran.stderr.contains("could not read `../plugins`"), "{ran}");
}
