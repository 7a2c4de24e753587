//! From a plugin's source to its component, the same bytes on every machine.
//!
//! Cargo builds the core module with the pinned toolchain, wit-component wraps it, the manifest
//! is appended. Paths that differ between machines (checkout, Cargo's home, the toolchain) are
//! replaced, so that a committed component can be compared with a fresh build.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{root, skip};

const TARGET: &str = "wasm32-unknown-unknown";

/// What of a package is built.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Library,
    Example(&'a str),
}

/// Builds `part` of `package`, whose Cargo.toml lies in `folder`, and wraps it as a component.
///
/// `target` is Cargo's target folder for it. `None`, said aloud, where the wasm target is not
/// installed; in CI that is a failure.
pub fn build(folder: &Path, package: &str, part: Part, target: &Path) -> Option<Vec<u8>> {
    if !target_is_installed(folder) {
        let way_out = format!("rustup target add {TARGET}");
        skip(
            &format!("building {package} needs the wasm target ({way_out})"),
            false,
        );
        return None;
    }
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(folder)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--target",
            TARGET,
            "--profile",
            "plugin",
        ])
        .args(["--package", package, "--target-dir"])
        .arg(target)
        .env("CARGO_ENCODED_RUSTFLAGS", remapping(folder))
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("CARGO_BUILD_TARGET");
    let file = match part {
        Part::Library => {
            command.arg("--lib");
            format!("{}.wasm", package.replace('-', "_"))
        }
        Part::Example(name) => {
            command.args(["--example", name]);
            format!("examples/{name}.wasm")
        }
    };
    let ended = command.status().expect("cargo starts");
    assert!(ended.success(), "building {package} for {TARGET} failed");
    let module = target.join(TARGET).join("plugin").join(file);
    let module = std::fs::read(&module).unwrap_or_else(|e| panic!("{}: {e}", module.display()));
    Some(encode(&module))
}

/// The component with its manifest, the text of a `plugin.toml`, in the section where the host
/// looks for it.
pub fn with_manifest(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    const NAME: &str = "acetate:manifest";
    let mut content = Vec::new();
    leb128(&mut content, NAME.len());
    content.extend(NAME.as_bytes());
    content.extend(manifest.as_bytes());
    component.push(0); // a custom section
    leb128(&mut component, content.len());
    component.extend(content);
    component
}

/// A core module with embedded component types, as a component.
pub fn encode(module: &[u8]) -> Vec<u8> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .expect("the module was built against wit/")
}

/// A core module that Go made, as a component: with what its runtime wants of WASI.
pub fn encode_go(module: &[u8]) -> Vec<u8> {
    let file = root().join("tests/guests/languages/go/wasi.wat");
    let wasi = wat::parse_file(file).expect("it is a module");
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.adapter("wasi_snapshot_preview1", &embed(wasi, "reads")))
        .and_then(|mut encoder| encoder.encode())
        .expect("the module was built against wit/")
}

/// A core module in WebAssembly's text format, written against a world of `wit/`, as a component.
pub fn component_of(text: &str, world: &str) -> Vec<u8> {
    let module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    encode(&embed(module, world))
}

/// A core module with the types of a world of `wit/`, for toolchains that do not embed them.
pub fn embed(mut module: Vec<u8>, world: &str) -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ parses");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("it is in wit/");
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding)
        .expect("types can be embedded");
    module
}

/// A length as WebAssembly writes it.
pub fn leb128(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn target_is_installed(folder: &Path) -> bool {
    let libraries = rustc(folder, &["--print", "target-libdir", "--target", TARGET]);
    Path::new(libraries.trim()).is_dir()
}

/// Compiler flags that give the places that differ between machines one name each.
fn remapping(folder: &Path) -> OsString {
    let sysroot = rustc(folder, &["--print", "sysroot"]);
    let version = rustc(folder, &["-vV"]);
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .expect("rustc says its commit");
    let mut places = vec![(root(), String::from("/acetate"))];
    // With the component rust-src rustc writes its real path into generic code of std.
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    places.push((library, format!("/rustc/{commit}")));
    for registry in registries() {
        places.push((registry, String::from("/registry")));
    }
    let mut flags = OsString::new();
    for (from, to) in places {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push(format!("={to}"));
    }
    flags
}

/// Where Cargo unpacks crates: one folder a registry, named by a hash of its address.
fn registries() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.expect("cargo has a home").join("registry/src");
    let entries = std::fs::read_dir(sources).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn rustc(folder: &Path, arguments: &[&str]) -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("rustc starts");
    assert!(output.status.success(), "rustc {arguments:?} failed");
    String::from_utf8(output.stdout).expect("rustc prints UTF-8")
}
