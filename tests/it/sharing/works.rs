//! What works.

use std::process::Command;

use acetate::local::{self, World as Played};

use super::publish::Repository;
use super::registry::{Registry, ask};
use super::{Key, OTEL, SIGNED, at, guest, scene, with_manifest};
use crate::support::{World, root, skip};

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
fn a_key_and_a_signature_of_openssl_are_taken() {
    let Some(scene) = scene(SIGNED) else { return };
    let folder = scene.world.path().to_owned();
    let openssl = |arguments: &[&str]| {
        let ended = Command::new("openssl")
            .args(arguments)
            .current_dir(&folder)
            .output();
        ended.is_ok_and(|output| output.status.success())
    };
    if !openssl(&[
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-noout",
        "-out",
        "key.pem",
    ]) {
        skip("a signature of openssl: there is no openssl", false);
        return;
    }
    assert!(openssl(&[
        "ec", "-in", "key.pem", "-pubout", "-out", "acme.pub"
    ]));
    let digest = scene.repository().push("1.2.0", &scene.component);
    let payload = format!(
        "{{\"critical\":{{\"identity\":{{\"docker-reference\":\"\"}},\"image\":{{\"docker-manifest-digest\":\"{digest}\"}},\"type\":\"cosign container image signature\"}},\"optional\":null}}"
    );
    std::fs::write(folder.join("payload"), &payload).expect("it can be written");
    assert!(openssl(&[
        "dgst",
        "-sha256",
        "-sign",
        "key.pem",
        "-out",
        "signature",
        "payload"
    ]));
    let signature = std::fs::read(folder.join("signature")).expect("it is there");
    scene
        .repository()
        .sign_with(&digest, payload.as_bytes(), &signature);
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
    let ran = scene.run(&["plugin", "vendor", "plugins"]).expect(0);
    assert!(
        ran.stderr
            .contains("`vendored = \"plugins\"` in acetate.toml"),
        "{ran}"
    );
    scene.replace(
        "acetate.toml",
        "cluster  =",
        "vendored = \"plugins\"\ncluster  =",
    );
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
    std::fs::write(
        scene.world.path().join(component),
        guest("overlay").expect("it was built"),
    )
    .expect("it can be written");
    super::refused(scene.run(&["render", "--offline"]), "is not what is locked");
    scene.replace("acetate.toml", "\"plugins\"", "\"../plugins\"");
    let ran = scene.run(&["render"]).expect(1);
    assert!(ran.stderr.contains("could not read `../plugins`"), "{ran}");
}

/// A program that answers as docker's helpers do, and notes what it was asked.
const HELPER: &str = "#!/bin/sh
read asked
echo \"$1 $asked\" >> \"$HOME/helped\"
printf '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"mine\"}'
";

#[test]
fn credentials_come_from_dockers_helpers_and_go_to_their_registry() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(mut scene) = scene(SIGNED) else {
        return;
    };
    scene.publish();
    let registry = format!("127.0.0.1:{}", scene.registry.port);
    let config = format!("{{\"credHelpers\":{{\"{registry}\":\"practice\"}}}}");
    scene.world = scene
        .world
        .file(".docker/config.json", &config)
        .file("bin/docker-credential-practice", HELPER);
    let program = scene.world.path().join("bin/docker-credential-practice");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(program, mode).expect("it can be made a program");
    let path = format!("{}:/usr/bin:/bin", scene.world.path().join("bin").display());
    scene.world = scene.world.variable("PATH", &path);
    scene
        .registry
        .change(|state| state.wanted = Some("Basic bWU6bWluZQ==".to_owned()));
    scene.run(&["plugin", "update"]).expect(0);
    let asked = scene.world.read("helped");
    assert!(
        asked.lines().all(|line| line == format!("get {registry}")),
        "{asked}"
    );
    scene
        .registry
        .change(|state| state.wanted = Some("Basic other".to_owned()));
    let ran = scene.run(&["plugin", "update"]).expect(1);
    assert!(
        ran.stderr
            .contains("it asks for credentials that may read this image"),
        "{ran}"
    );
    assert!(!ran.stderr.contains("mine"), "{ran}");
}

#[test]
fn how_registries_are_asked_is_said_in_full_or_is_an_error() {
    let Some(scene) = scene(SIGNED) else { return };
    let at = "[registries.\"ghcr.io/acme/\"]\nat = ";
    for (said, words) in [
        (
            "\"http://ghcr.io/\"",
            "without TLS only this machine itself is asked",
        ),
        ("\"https://127.0.0.1/\"", "it is named by an IP address"),
        (
            "\"https://r.example.com/\"\nca = \"absent.pem\"",
            "absent.pem",
        ),
        (
            "\"https://r.example.com/\"\nca = \"registries.toml\"",
            "there is none in it",
        ),
        (
            "\"https://r.example.com/\"\nca = \"bad.pem\"",
            "cannot be used",
        ),
        (
            "\"https://r.example.com/\"\n[registries.\"a.io/\"]\nat = \"https://r.example.com/\"\nprivate = true",
            "is asked in two ways",
        ),
        (
            "\"https://r.example.com/\"\nprivte = true",
            "unknown field `privte`",
        ),
    ] {
        let folder = scene.world.path().join(".config/acetate");
        let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(folder.join("bad.pem"), bad).expect("it can be written");
        let text = format!("{at}{said}\n");
        std::fs::write(folder.join("registries.toml"), text).expect("it can be written");
        let ran = scene.run(&["plugin", "update"]).expect(1);
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
}

#[test]
fn a_real_registry_serves_and_both_layouts_are_verified() {
    let Some(scene) = scene(SIGNED) else { return };
    let folder = scene.world.path().join("registry");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let port = port.expect("a port is free").port();
    let config = format!(
        "version: 0.1\nlog:\n  accesslog:\n    disabled: true\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
        folder.display()
    );
    std::fs::write(scene.world.path().join("registry.yml"), config).expect("it can be written");
    let program =
        std::env::var_os("ACETATE_TEST_REGISTRY").unwrap_or_else(|| "docker-registry".into());
    let started = Command::new(program)
        .args(["serve", "registry.yml"])
        .current_dir(scene.world.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let Ok(started) = started else {
        skip(
            "a real registry: docker-registry is not installed (tests/run installs it)",
            false,
        );
        return;
    };
    let _ended = Ended(started);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    let real = Registry {
        port,
        ..scene.registry.clone()
    };
    let folder = scene.world.path().join(".config/acetate/registries.toml");
    let text = std::fs::read_to_string(&folder).expect("it is there");
    let text = text.replace(
        &format!(":{}/", scene.registry.port),
        &format!(":{}/mirror/", real.port),
    );
    std::fs::write(&folder, text).expect("it can be written");
    let repository = Repository {
        port,
        name: "mirror/otel",
    };
    let digest = repository.push("1.2.0", &scene.component);
    let (_, status, ..) = ask(
        port,
        "GET",
        &format!("/v2/mirror/otel/referrers/{digest}"),
        "",
        b"",
    );
    assert_eq!(
        status, "404",
        "this one knows no referrers: the tag stands in"
    );
    repository.sign_in_a_bundle(&digest, &scene.key);
    scene.run(&["plugin", "update"]).expect(0);
    std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
    let rendered = scene.run(&["render"]).expect(0);
    assert!(rendered.stdout.contains("\"otel\""), "{rendered}");
    let moved = repository.push("1.2.0", b"something else");
    let ran = scene.run(&["plugin", "verify"]).expect(4);
    assert!(ran.stdout.contains(&moved), "{ran}");
    let digest = repository.push("1.2.0", &scene.component);
    repository.sign(&digest, &scene.key);
    scene.run(&["plugin", "verify"]).expect(0);
    assert!(
        scene.registry.asked().is_empty(),
        "only the real one was asked"
    );
}

/// Ends with the test.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _it_may_have_ended = self.0.kill();
        let _its_end_is_awaited = self.0.wait();
    }
}
