//! Plugins of registries: locked, signed, verified, or refused with exit code 4.

/// What attackers of each kind would try: a registry, an author, a pull request, whoever writes to
/// the store.
mod attacks;
/// Publishing and signing as other tools do it.
mod publish;
/// What is refused, each with its own message.
mod refused;
/// Registries and tools that are not ours.
mod registries;
/// The registry.
mod registry;
/// What works: the second example of the README, the verbs.
mod works;

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::support::component::with_manifest;
use crate::support::guests::guest;
use crate::support::project::{CONFIGURATION, small};
use crate::support::{Ran, World};
use publish::{Key, Repository};
use registry::Registry;

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// The manifest of the plugin that adds a sidecar.
const OTEL: &str = r#"name = "otel"
version = "1.2.0"
kind = "overlay"
interface = "0.1.0"
description = "Adds the collector"
edits = ["sidecars"]

[capabilities]
parameters = "how many there are"

[config]
type = "object"
additionalProperties = false
properties = { endpoint = { type = "string" } }
"#;

/// A project with a plugin of a registry, that registry, and a key that is asked for.
struct Scene {
    world: World,
    registry: Registry,
    key: Key,
    component: Vec<u8>,
}

const PLUGIN: &str = "oci:ghcr.io/acme/otel:1.2.0";

/// None, said aloud, where the wasm target is not installed.
fn scene(trust: &str) -> Option<Scene> {
    let component = with_manifest(guest("otel")?, OTEL);
    let (registry, key) = (Registry::start(), Key::new());
    let entry = format!(
        "{CONFIGURATION}\n[overlays.otel]\nplugin = \"{PLUGIN}\"\nallow = [\"sidecars\"]\n{trust}"
    );
    let world = small()
        .file("acetate.toml", &entry)
        .file("acme.pub", &key.pem());
    Some(Scene {
        world: at(world, &registry),
        registry,
        key,
        component,
    })
}

/// `ghcr.io/acme/` is asked at this registry.
fn at(world: World, registry: &Registry) -> World {
    let at = format!(
        "[registries.\"ghcr.io/acme/\"]\nat = \"http://127.0.0.1:{}/\"\n",
        registry.port
    );
    world.file(".config/acetate/registries.toml", &at)
}

/// Asks for a signature by `acme`.
const SIGNED: &str = "
[trust.keys]
acme = \"acme.pub\"
[trust.plugins.\"ghcr.io/acme/\"]
all-of = [\"acme\"]
";

impl Scene {
    fn repository(&self) -> Repository {
        Repository {
            port: self.registry.port,
            name: "otel",
        }
    }

    /// Publishes the plugin, signed.
    fn publish(&self) -> String {
        let digest = self.repository().push("1.2.0", &self.component);
        self.repository().sign(&digest, &self.key);
        digest
    }

    /// The same plugin with another manifest section, below a tag.
    fn publish_as(&self, tag: &str, from: &str, to: &str) -> String {
        assert!(OTEL.contains(from), "{from}");
        let component = with_manifest(
            guest("otel").expect("it was built"),
            &OTEL.replace(from, to),
        );
        let digest = self.repository().push(tag, &component);
        self.repository().sign(&digest, &self.key);
        digest
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.world
            .run(&[arguments, &["--set", "image=app:1"]].concat())
    }

    /// Published, locked, and the lock's text.
    fn locked(&self) -> String {
        self.publish();
        self.run(&["plugin", "update"]).expect(0);
        self.world.read("acetate.lock")
    }

    /// Writes a file of the project anew, with this for that.
    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.world.read(file);
        assert!(text.contains(from), "{from} in {text}");
        let text = text.replace(from, to);
        std::fs::write(self.world.path().join(file), text).expect("it can be written");
    }

    /// Another component, as long as the good one.
    fn planted(&self) -> Vec<u8> {
        let mut bytes = self.component.clone();
        *bytes.last_mut().expect("it has bytes") ^= 1;
        bytes
    }

    fn store(&self, kind: &str) -> std::path::PathBuf {
        let entries =
            std::fs::read_dir(self.world.path().join(".cache/acetate")).expect("there is a store");
        let mut paths = entries.map(|entry| entry.expect("it can be read").path());
        let of_kind = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == kind);
        paths
            .find(of_kind)
            .unwrap_or_else(|| panic!("a file of {kind} is kept"))
    }
}

/// It is refused, with these words, and nothing else was done.
#[track_caller]
fn refused(ran: Ran, words: &str) {
    let ran = ran.expect(4);
    assert!(ran.stderr.contains(words), "`{words}` is not in:\n{ran}");
    assert!(
        ran.stderr.contains("hint: ") || ran.stderr.contains("error: "),
        "{ran}"
    );
}

fn exists(path: &Path) -> bool {
    path.exists()
}
