//! Compiles the built-in plugin to native code, so that running it costs no compiler; its digest
//! and its manifest, in the form that is kept beside code, are made here too.
//!
//! The component itself is in the tree (`plugins/standard/standard.wasm`): a build needs no wasm
//! toolchain. It is compiled for the plain processor of the target architecture; see
//! `src/plugin/engine.rs`, which this script shares with the program.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads and writes files, and cargo talks to it by the environment"
)]

use std::path::PathBuf;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

#[path = "src/plugin/engine.rs"]
#[expect(
    dead_code,
    reason = "the built-in plugin is compiled by one of the two compilers"
)]
mod engine;

#[path = "src/plugin/schema/tree.rs"]
#[expect(dead_code, reason = "the script makes it and looks at nothing in it")]
mod tree;

fn main() {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../plugins/standard");
    let (standard, manifest) = (folder.join("standard.wasm"), folder.join("plugin.toml"));
    let out = PathBuf::from(variable("OUT_DIR"));
    let target = variable("TARGET");
    for file in [&standard, &manifest] {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    for source in ["engine.rs", "schema/tree.rs"] {
        println!("cargo::rerun-if-changed=src/plugin/{source}");
    }
    println!("cargo::rustc-env=ACETATE_TARGET={target}");

    let wasm = fs::read(&standard).unwrap_or_else(|error| {
        panic!(
            "the built-in plugin is missing: {}: {error}",
            standard.display()
        )
    });
    let config = engine::engine_config(&target, engine::Compiler::Cranelift)
        .expect("wasmtime compiles for this target");
    let native = wasmtime::Engine::new(&config)
        .and_then(|engine| engine.precompile_component(&wasm))
        .unwrap_or_else(|error| panic!("{} does not compile: {error:?}", standard.display()));
    let digest = Sha256::digest(&wasm).to_vec();
    let manifest = fs::read_to_string(&manifest).expect("the manifest can be read");
    let manifest = kept(&manifest);
    let made = [
        ("standard.wasm", wasm),
        ("standard.cwasm", native),
        ("standard.sha256", digest),
        ("standard.manifest", manifest),
    ];
    for (name, bytes) in made {
        fs::write(out.join(name), bytes).expect("OUT_DIR can be written");
    }
}

/// As `manifest::kept` of the program makes it; a test compares them.
fn kept(manifest: &str) -> Vec<u8> {
    let mut said: toml::Table = toml::from_str(manifest).expect("the manifest is TOML");
    let schema = said.remove("config").expect("it has a schema");
    let mut schema = serde_json::to_value(schema).expect("a table is an object");
    tree::strip_remarks(&mut schema);
    let schema = tree::Tree::from(&schema);
    let said = serde_json::to_vec(&said).expect("a table is an object");
    postcard::to_stdvec(&(said, Some(schema))).expect("it can be written")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
