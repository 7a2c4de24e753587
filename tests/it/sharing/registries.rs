//! Registries and tools that are not ours: how they are asked, with which credentials, and that what
//! they make is taken.

use std::process::Command;

use super::publish::Repository;
use super::registry::{Registry, ask};
use super::{SIGNED, scene};
use crate::support::skip;

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
    std::fs::write(scene.world.path().join("otel.wasm"), &scene.component)
        .expect("it can be written");
    let pushed = scene
        .run(&["plugin", "push", "otel.wasm", super::PLUGIN])
        .expect(0);
    let digest = pushed
        .stdout
        .trim()
        .rsplit('@')
        .next()
        .expect("a digest")
        .to_owned();
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
    scene
        .run(&["plugin", "push", "otel.wasm", super::PLUGIN])
        .expect(0);
    scene.run(&["plugin", "verify"]).expect(0);
    // The older layout, by another tool: the tag moves, and is locked again.
    let digest = repository.push("1.2.0", &scene.component);
    repository.sign(&digest, &scene.key);
    scene.run(&["plugin", "update"]).expect(0);
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
