//! What is refused: each with exit code 4 and its own message.

use serde_json::json;

use super::publish::Key;
use super::{PLUGIN, SIGNED, Scene, exists, guest, refused, scene};

fn no_lock(scene: &Scene) {
    assert!(
        !exists(&scene.world.path().join("acetate.lock")),
        "nothing was written"
    );
}

#[test]
fn what_is_not_locked_is_not_run() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.publish();
    let before = scene.registry.asked().len();
    for verb in ["render", "explain", "validate"] {
        let ran = scene.run(&[verb]);
        refused(
            ran,
            "of `otel` is not in acetate.lock, and what is not locked is not run\nhint: `acetate plugin update`",
        );
    }
    assert_eq!(
        scene.registry.asked().len(),
        before,
        "no registry was asked"
    );
}

#[test]
fn without_a_rule_nothing_is_trusted() {
    let Some(scene) = scene("") else { return };
    scene.publish();
    let before = scene.registry.asked().len();
    refused(
        scene.run(&["plugin", "update"]),
        "nothing says who must have signed `ghcr.io/acme/otel`",
    );
    assert_eq!(
        scene.registry.asked().len(),
        before,
        "a registry that nobody trusts is not asked"
    );
    no_lock(&scene);
}

#[test]
fn signatures_that_do_not_suffice_are_none() {
    let Some(scene) = scene(SIGNED) else { return };
    let digest = scene.repository().push("1.2.0", &scene.component);
    let update = || scene.run(&["plugin", "update"]);
    refused(
        update(),
        "is not signed, and `acetate.toml` asks for signatures by `acme`",
    );
    // What has to be signed is told by its digest: the tag may move until then.
    let way_out = format!("`cosign sign --key KEY ghcr.io/acme/otel@{digest}` signs it");
    refused(update(), &way_out);
    scene.repository().sign(&digest, &Key::new());
    refused(
        update(),
        "do not suffice: `acetate.toml` asks for signatures by `acme`, and there is one by another key",
    );
    // A good signature of something else.
    let other = scene.repository().push("other", b"other");
    let payload = json!({ "critical": { "identity": { "docker-reference": "" },
        "image": { "docker-manifest-digest": other }, "type": "cosign container image signature" } });
    let payload = payload.to_string().into_bytes();
    scene
        .repository()
        .sign_with(&digest, &payload, &scene.key.sign(&payload));
    refused(update(), "do not suffice");
    no_lock(&scene);
    // No component was fetched before the signatures were good.
    let layers = scene.registry.asked().into_iter().filter(|asked| {
        asked == &format!("GET /v2/otel/blobs/{}", super::digest(&scene.component))
    });
    assert_eq!(layers.count(), 0);
    scene.repository().sign(&digest, &scene.key);
    update().expect(0);
    scene.run(&["render"]).expect(0);
}

#[test]
fn who_is_no_longer_trusted_has_no_say_in_the_next_run() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    scene.run(&["render"]).expect(0);
    std::fs::write(scene.world.path().join("acme.pub"), Key::new().pem())
        .expect("it can be written");
    refused(scene.run(&["render"]), "do not suffice");
    refused(scene.run(&["render", "--offline"]), "do not suffice");
}

#[test]
fn the_machines_own_file_cannot_be_taken_back() {
    let unsigned = "[trust.plugins.\"*\"]\nunsigned = true\n";
    let Some(scene) = scene(unsigned) else { return };
    scene.repository().push("1.2.0", &scene.component);
    scene.run(&["plugin", "update"]).expect(0);
    scene.run(&["render"]).expect(0);
    let machines = "[keys]\norg = \"org.pub\"\n[plugins.\"ghcr.io/\"]\nany-of = [\"org\"]\n";
    let folder = scene.world.path().join(".config/acetate");
    std::fs::write(folder.join("trust.toml"), machines).expect("it can be written");
    std::fs::write(folder.join("org.pub"), Key::new().pem()).expect("it can be written");
    refused(scene.run(&["render"]), "trust.toml` asks for 1 of `org`");
}

#[test]
fn a_tag_that_moved_is_seen_where_it_is_looked_for_and_nowhere_else() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    scene.run(&["plugin", "verify"]).expect(0);
    scene.publish_as("1.2.0", "Adds the collector", "Adds something else");
    let ran = scene.run(&["plugin", "verify"]).expect(4);
    assert!(
        ran.stdout
            .contains("the tag `1.2.0` moved away from the lock"),
        "{ran}"
    );
    refused(
        scene.run(&["plugin", "update", "--locked"]),
        "acetate.lock would change, and `--locked` forbids it",
    );
    scene.run(&["plugin", "verify", "--offline"]).expect(0);
    let before = scene.registry.asked().len();
    scene.run(&["render"]).expect(0);
    assert_eq!(
        scene.registry.asked().len(),
        before,
        "a run resolves no tag"
    );
}

#[test]
fn what_a_registry_sends_must_be_what_was_asked_for() {
    let Some(scene) = scene(SIGNED) else { return };
    let manifest = scene.publish();
    let layer = super::digest(&scene.component);
    scene.registry.change(|state| {
        let blob = state.blobs.get_mut(&layer).expect("it was sent");
        *blob.last_mut().expect("it has bytes") ^= 1;
    });
    refused(scene.run(&["plugin", "update"]), "sends another layer");
    scene
        .registry
        .change(|state| state.blobs.get_mut(&layer).expect("it is there").push(0));
    let ran = scene.run(&["plugin", "update"]).expect(1);
    assert!(ran.stderr.contains("has more than"), "{ran}");
    no_lock(&scene);
    scene
        .registry
        .change(|state| drop(state.blobs.insert(layer.clone(), scene.component.clone())));
    scene.run(&["plugin", "update"]).expect(0);
    // By its digest another manifest comes: to a machine that has nothing yet.
    std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
    scene.registry.change(|state| {
        let (_, bytes) = state
            .manifests
            .get_mut(&format!("otel {manifest}"))
            .expect("it was sent");
        bytes.push(b' ');
    });
    refused(scene.run(&["render"]), "sends another manifest");
}

#[test]
fn any_digest_but_sha256_is_refused() {
    let Some(scene) = scene(SIGNED) else { return };
    let layer = json!({ "mediaType": "application/wasm", "digest": format!("sha512:{}", "0".repeat(128)), "size": 1 });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": kind, "layers": [layer] });
    let digest = scene.repository().manifest(kind, Some("1.2.0"), &manifest);
    scene.repository().sign(&digest, &scene.key);
    refused(
        scene.run(&["plugin", "update"]),
        "its layer has a digest that is none of SHA-256",
    );
    scene.replace(
        "acetate.toml",
        PLUGIN,
        &format!("oci:ghcr.io/acme/otel@sha512:{}", "0".repeat(128)),
    );
    refused(
        scene.run(&["plugin", "update"]),
        "the digest is none of SHA-256",
    );
}

#[test]
fn a_plugin_says_what_it_wants_for_an_interface_that_is_served() {
    let Some(scene) = scene(SIGNED) else { return };
    let plain = scene
        .repository()
        .push("1.2.0", &guest("otel").expect("it was built"));
    scene.repository().sign(&plain, &scene.key);
    refused(
        scene.run(&["plugin", "update"]),
        "has no manifest of acetate's",
    );
    scene.publish_as("1.2.0", "interface = \"0.1.0\"", "interface = \"0.9.0\"");
    refused(
        scene.run(&["plugin", "update"]),
        "is made for `acetate:plugin` 0.9.0, and this acetate serves 0.1.0",
    );
    scene.publish_as("1.2.0", "kind = \"overlay\"", "kind = \"policy\"");
    refused(
        scene.run(&["plugin", "update"]),
        "its manifest says policy, and it exports overlay",
    );
    let two = json!({ "schemaVersion": 2, "manifests": [] });
    scene.repository().manifest(
        "application/vnd.oci.image.index.v1+json",
        Some("1.2.0"),
        &two,
    );
    refused(scene.run(&["plugin", "update"]), "is not signed");
    no_lock(&scene);
    scene.locked();
    scene.replace(
        "acetate.lock",
        "interface = \"0.1.0\"",
        "interface = \"0.9.0\"",
    );
    refused(scene.run(&["render"]), "is made for `acetate:plugin` 0.9.0");
}

#[test]
fn a_lower_version_is_refused_until_it_is_accepted() {
    let Some(scene) = scene(SIGNED) else { return };
    let lock = scene.locked();
    scene.publish_as("1.1.0", "version = \"1.2.0\"", "version = \"1.1.0\"");
    scene.replace("acetate.toml", "otel:1.2.0", "otel:1.1.0");
    refused(
        scene.run(&["plugin", "update"]),
        "has version 1.1.0, and 1.2.0 is locked",
    );
    assert_eq!(scene.world.read("acetate.lock"), lock);
    let ran = scene.run(&["plugin", "update", "--accept"]).expect(0);
    assert!(ran.stdout.contains("version 1.2.0 → 1.1.0"), "{ran}");
    scene.run(&["render"]).expect(0);
}

#[test]
fn a_version_that_wants_more_is_refused_until_it_is_accepted() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let edits = "edits = [\"sidecars\", \"image:app\"]";
    scene.publish_as("1.3.0", "edits = [\"sidecars\"]", edits);
    scene.replace("acetate.toml", "otel:1.2.0", "otel:1.3.0");
    refused(
        scene.run(&["plugin", "update"]),
        "wants more than the one that is locked\n  + edits image:app",
    );
    let ran = scene.run(&["plugin", "update", "--accept"]).expect(0);
    assert!(
        ran.stdout.contains("image:app (code): replaces the image"),
        "{ran}"
    );
}

#[test]
fn grants_that_widened_are_refused_until_they_are_locked() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let more = "allow = [\"sidecars\", \"image:app\"]\ngrant = { parameters = [\"/prod/*\"] }";
    scene.replace("acetate.toml", "allow = [\"sidecars\"]", more);
    let told = "gives `otel` more than is in acetate.lock\n  + allow image:app\n  + grant parameters /prod/*\n";
    refused(scene.run(&["render"]), told);
    let ran = scene.run(&["plugin", "verify"]).expect(4);
    assert!(
        ran.stdout.contains("gives it more: allow image:app"),
        "{ran}"
    );
    let ran = scene.run(&["plugin", "update"]).expect(0);
    assert!(
        ran.stdout
            .contains("+ is given grant parameters /prod/* (overlays.otel)"),
        "{ran}"
    );
    scene.run(&["render"]).expect(0);
    // Less than is locked is no danger.
    scene.replace("acetate.toml", "\"image:app\"", "");
    scene.run(&["render"]).expect(0);
    refused(scene.run(&["plugin", "update", "--locked"]), "would change");
}

#[test]
fn a_level_above_the_cap_is_refused() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    scene.replace(
        "acetate.toml",
        "all-of = [\"acme\"]",
        "all-of = [\"acme\"]\nmax-level = \"influence\"",
    );
    refused(
        scene.run(&["render"]),
        "`otel` may edit `sidecars`, which is of level code, and `acetate.toml` allows plugin `oci:ghcr.io/acme/otel:1.2.0` no more than influence",
    );
}

#[test]
fn a_lock_that_does_not_fit_is_refused() {
    let Some(scene) = scene(SIGNED) else { return };
    let lock = scene.locked();
    let write = |text: &str| {
        std::fs::write(scene.world.path().join("acetate.lock"), text).expect("it can be written")
    };
    let other = format!("sha256:{}", "0".repeat(64));
    let layer = super::digest(&scene.component);
    let signer = lock
        .split("acme = \"")
        .nth(1)
        .expect("a signer")
        .split('"')
        .next()
        .expect("its key");
    for (from, to, words) in [
        (
            layer.as_str(),
            other.as_str(),
            "its manifest names another component than is locked",
        ),
        (signer, other.as_str(), "it is locked as signed by others"),
        (
            "resolved = \"ghcr.io/acme/otel@",
            "resolved = \"ghcr.io/acme/other@",
            "something else than it is named",
        ),
        (
            "edits = [\"sidecars\"]",
            "edits = []",
            "its manifest says other things than are locked",
        ),
        (
            "version = \"1.2.0\"",
            "version = \"1.1.0\"",
            "its manifest says other things than are locked",
        ),
        ("version = 1\n", "version = 7\n", "it has version 7"),
    ] {
        assert!(lock.contains(from), "{from} in {lock}");
        write(&lock.replace(from, to));
        refused(scene.run(&["render"]), words);
    }
    // A whole other plugin, signed by the same key: its manifest is another repository's.
    let digest = scene.publish_as("9.9.9", "Adds the collector", "Evil");
    let locked = lock
        .split("otel@")
        .nth(1)
        .expect("resolved")
        .split('"')
        .next()
        .expect("its digest");
    write(&lock.replace(locked, &digest));
    refused(
        scene.run(&["render"]),
        "its manifest names another component than is locked",
    );
    write(&lock);
    scene.run(&["render"]).expect(0);
}

#[test]
fn a_component_that_was_planted_in_the_store_is_not_run() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let component = scene.store("component");
    std::fs::write(&component, scene.planted()).expect("it can be written");
    // The code that was made of the good one is kept; without it the bytes are looked at.
    scene.run(&["render"]).expect(0);
    std::fs::remove_file(scene.store("code")).expect("it can be removed");
    refused(scene.run(&["render"]), "is not what is locked");
    refused(
        scene.run(&["render", "--offline"]),
        "`acetate plugin pull` fetches it again",
    );
    scene.run(&["plugin", "pull"]).expect(0);
    scene.run(&["render", "--offline"]).expect(0);
    // Signatures that were planted are looked at like all others.
    std::fs::write(scene.store("signed"), "{}").expect("it can be written");
    let ran = scene.run(&["render", "--offline"]).expect(2);
    assert!(
        ran.stderr
            .contains("was not pulled, and with `--offline` or `--replay` nobody is asked"),
        "{ran}"
    );
    scene.run(&["render"]).expect(0);
}

#[test]
fn a_file_is_what_is_locked_or_is_not_run() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.replace("acetate.toml", PLUGIN, "path:otel.wasm");
    std::fs::write(scene.world.path().join("otel.wasm"), &scene.component)
        .expect("it can be written");
    scene.run(&["render"]).expect(0);
    refused(scene.run(&["render", "--locked"]), "is not in acetate.lock");
    scene.run(&["plugin", "update"]).expect(0);
    scene.run(&["render", "--locked"]).expect(0);
    std::fs::write(
        scene.world.path().join("otel.wasm"),
        guest("overlay").expect("it was built"),
    )
    .expect("it can be written");
    refused(
        scene.run(&["render"]),
        "plugin `path:otel.wasm` is not what is locked",
    );
    let ran = scene.run(&["plugin", "verify"]).expect(4);
    assert!(ran.stdout.contains("the file is sha256:"), "{ran}");
}
