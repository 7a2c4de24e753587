//! The store of compiled code: what is kept, what is never run, and who makes it.

/// The process that compiles: its limits, and what it is given.
mod compile;
mod program;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acetate::event::Event;
use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, Limits, NoLookups, PluginSource, Runtime};
use acetate::store::{CompilerProcess, Digest, KeySource, ROOM, Secret, Store, StoreOptions};
use acetate::task_definition::TaskDefinition;
use serde_json::json;

use crate::support::guests::guest;
use crate::support::root;

/// The foot of a file: magic, digest of the component, what made it, two lengths, MAC.
const FOOT: usize = 128;

/// The built-in plugin's component as a stranger's: with one more section, which says nothing.
fn component() -> Vec<u8> {
    let file = root().join("plugins/standard/standard.wasm");
    let mut bytes = std::fs::read(file).expect("it is in the tree");
    bytes.extend([0, 2, 1, b'x']);
    bytes
}

fn compiler() -> CompilerProcess {
    CompilerProcess {
        program: PathBuf::from(env!("CARGO_BIN_EXE_acetate")),
    }
}

fn key(digit: &str) -> String {
    digit.repeat(64)
}

fn options(folder: &Path) -> StoreOptions {
    StoreOptions {
        folder: Some(folder.to_owned()),
        key: KeySource::Given(Secret(key("a"))),
        room: ROOM,
        compiler: Some(compiler()),
        settled: Duration::ZERO,
    }
}

/// Loads a component from a store as a process of its own would, and lays it over a template;
/// the document, and what the store told.
fn lay(options: StoreOptions, bytes: Vec<u8>) -> (String, Vec<String>) {
    let name = "p".to_owned();
    lay_source(options, PluginSource::Component { name, bytes })
}

/// The same with a component in a file.
fn lay_file(options: StoreOptions, path: &Path) -> (String, Vec<String>) {
    let file = File::open(path).expect("the component is there");
    let name = "p".to_owned();
    lay_source(options, PluginSource::File { name, file })
}

fn lay_source(options: StoreOptions, source: PluginSource) -> (String, Vec<String>) {
    let store = Arc::new(Store::new(options));
    let runtime = Runtime::with_store(Arc::clone(&store), false).expect("wasmtime runs here");
    let plugin = plugin::load(&runtime, source, &Limits::default()).expect("it is a plugin");
    let template = json!({ "containerDefinitions": [{ "name": "app", "image": "app:1" }] });
    let template = TaskDefinition::new(template).expect("it is an object");
    let mut session = Session::new(template, "web");
    let entry = EntryInput {
        id: "ci".to_owned(),
        config: json!({}),
        builtin: true,
        ..EntryInput::default()
    };
    let limits = Limits::default();
    plugin::run_overlay(&plugin, &mut session, &entry, Arc::new(NoLookups), &limits)
        .expect("it runs");
    let document = session.finish().definition.to_bytes();
    let told = store.told().into_iter().map(|event| match event {
        Event::Note { message } => format!("note: {message}"),
        Event::Warning { message } => format!("warning: {message}"),
        other => format!("{other:?}"),
    });
    (
        String::from_utf8(document).expect("it is JSON"),
        told.collect(),
    )
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the store is there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    files.sort();
    files
}

/// The one file of a folder, but for what is noted of files.
fn only(folder: &Path) -> PathBuf {
    let mut files = files(folder);
    files.retain(|file| file.extension().is_none_or(|kind| kind != "seen"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().expect("there is one")
}

#[test]
fn what_is_kept_is_not_compiled_again() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a/store");
    let (first, told) = lay(options(&folder), component());
    assert_eq!(told, [""; 0]);
    let file = only(&folder);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with(&Digest::of(&component()).to_string()));
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    // Nothing that could compile.
    let read_only = StoreOptions {
        compiler: None,
        ..options(&folder)
    };
    let (second, told) = lay(read_only, component());
    assert_eq!((second, told), (first, Vec::new()));
}

/// Whatever is done to a file, its code is made anew, and the file replaced by a good one.
#[test]
fn a_file_that_is_not_as_it_was_signed_is_made_anew_and_replaced() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let (document, _) = lay(options(folder), component());
    let file = only(folder);
    let good = std::fs::read(&file).unwrap();
    let length = good.len();
    let mut bad: Vec<(String, Vec<u8>)> = Vec::new();
    for cut in [
        0,
        1,
        FOOT - 1,
        FOOT,
        FOOT + 1,
        length / 2,
        length - FOOT,
        length - 1,
    ] {
        bad.push((format!("cut to {cut}"), good[..cut].to_vec()));
    }
    let foot = [0, 15, 16, 47, 48, 79, 80, 87, 88, 95, 96, FOOT - 1].map(|at| length - FOOT + at);
    let content = [0, 5_000, length / 2, length - FOOT - 1];
    for place in content.into_iter().chain(foot) {
        let mut flipped = good.clone();
        flipped[place] ^= 0x10;
        bad.push((format!("flipped at {place}"), flipped));
    }
    bad.push(("added to".to_owned(), [&good[..], b"x"].concat()));
    bad.push(("zeroes".to_owned(), vec![0; length]));
    for (what, bytes) in bad {
        std::fs::write(&file, bytes).unwrap();
        let (again, told) = lay(options(folder), component());
        assert_eq!(again, document, "{what}");
        assert_eq!(told.len(), 1, "{what}: {told:?}");
        assert!(
            told[0].starts_with("note: compiled code of `p` is made anew: "),
            "{what}: {told:?}"
        );
        assert_eq!(lay(options(folder), component()).1, [""; 0], "{what}");
        only(folder);
    }
}

#[test]
fn why_code_is_made_anew_is_told() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    lay(options(folder), component());
    let file = only(folder);
    let good = std::fs::read(&file).unwrap();
    let length = good.len();
    let why = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        lay(options(folder), component()).1.join("\n")
    };
    insta::assert_snapshot!(why(&|bytes| bytes[length - 60] ^= 1), @"note: compiled code of `p` is made anew: it was cut or added to, or another acetate made it");
    insta::assert_snapshot!(why(&|bytes| bytes.truncate(9_000)), @"note: compiled code of `p` is made anew: it was cut or added to, or another acetate made it");
    insta::assert_snapshot!(why(&|bytes| drop(bytes.drain(..9_000))), @"note: compiled code of `p` is made anew: the file was cut or added to");
    insta::assert_snapshot!(why(&|bytes| bytes[9_000] ^= 1), @"note: compiled code of `p` is made anew: it is not signed with this user's key, or was changed");
    let with_another_key = StoreOptions {
        key: KeySource::Given(Secret(key("b"))),
        ..options(folder)
    };
    insta::assert_snapshot!(lay(with_another_key, component()).1.join("\n"), @"note: compiled code of `p` is made anew: it is not signed with this user's key, or was changed");
}

/// The code of `planted` under the name of `victim`, signed with this key.
fn plant(store: &Path, victim: &[u8], planted: Vec<u8>, key: &str) {
    let elsewhere = tempfile::tempdir().expect("the folder can be read and written");
    lay(options(elsewhere.path()), planted);
    let mut bytes = read(&only(elsewhere.path()));
    let file = only(store);
    let mut names = read(&file);
    let names = names.split_off(names.len() - FOOT);
    assert_eq!(names[16..48], acetate_digest(victim));
    let start = bytes.len() - FOOT;
    bytes[start..start + 80].copy_from_slice(&names[..80]);
    let mut mac = blake3::Hasher::new_keyed(&key_bytes(key));
    mac.update(&bytes[start..start + FOOT - 32])
        .update(&bytes[..start]);
    bytes[start + FOOT - 32..].copy_from_slice(mac.finalize().as_bytes());
    std::fs::write(file, bytes).expect("the folder can be written");
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the folder can be read")
}

fn key_bytes(key: &str) -> [u8; 32] {
    let byte = |at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).expect("it is hexadecimal");
    std::array::from_fn(byte)
}

fn acetate_digest(bytes: &[u8]) -> [u8; 32] {
    key_bytes(&Digest::of(bytes).to_string())
}

/// Code of another plugin, which sets a variable wherever it runs, whole and loadable.
#[test]
fn planted_code_never_runs() {
    let Some(sentinel) = guest("readme") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let (document, _) = lay(options(folder), component());
    assert!(!document.contains("OTEL_SERVICE_NAME"));

    plant(folder, &component(), sentinel.clone(), &key("b"));
    let (again, told) = lay(options(folder), component());
    assert_eq!(again, document);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("is made anew: it is not signed with this user's key"));

    // It would have run: only the key stood in its way.
    plant(folder, &component(), sentinel, &key("a"));
    let (again, told) = lay(options(folder), component());
    assert!(again.contains("OTEL_SERVICE_NAME") && told.is_empty());
}

/// What a store notes of a file: magic, seven numbers, what it is, MAC.
fn notes(store: &Path) -> Vec<PathBuf> {
    let mut files = files(store);
    files.retain(|file| file.extension().is_some_and(|kind| kind == "seen"));
    files
}

/// Has a note say that its file is this component, signed with this key.
fn forge(note: &Path, component: &[u8], key: &str) {
    const DIGEST: usize = 16 + 56 + "component".len();
    let mut bytes = read(note);
    bytes.truncate(DIGEST + 32);
    bytes[DIGEST..].copy_from_slice(&acetate_digest(component));
    let mac = blake3::keyed_hash(&key_bytes(key), &bytes);
    bytes.extend(mac.as_bytes());
    std::fs::write(note, bytes).expect("the store can be written");
}

#[test]
fn a_file_that_nobody_wrote_to_is_not_read_again_and_only_this_key_says_so() {
    let Some(sentinel) = guest("readme") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let (store, path) = (place.path().join("store"), place.path().join("p.wasm"));
    std::fs::write(&path, component()).unwrap();
    let (document, _) = lay_file(options(&store), &path);
    let mut of_the_component = notes(&store);
    assert_eq!(of_the_component.len(), 2);
    let says = |note: &PathBuf, what: &str| {
        let bytes = read(note);
        bytes
            .windows(what.len())
            .any(|part| part == what.as_bytes())
    };
    of_the_component.retain(|note| says(note, "component"));
    assert_eq!(lay_file(options(&store), &path), (document.clone(), vec![]));

    // The store knows another component as well, and is told that the file is that one.
    lay(options(&store), sentinel.clone());
    forge(&of_the_component[0], &sentinel, &key("b"));
    assert_eq!(lay_file(options(&store), &path), (document.clone(), vec![]));
    forge(&of_the_component[0], &sentinel, &key("a"));
    let (told, _) = lay_file(options(&store), &path);
    assert!(
        told.contains("OTEL_SERVICE_NAME"),
        "the note was not believed"
    );

    // The same file with something else in it.
    std::fs::write(&path, component()).unwrap();
    assert_eq!(lay_file(options(&store), &path), (document, vec![]));
}

/// Whoever restored a store may still have its files mapped, and a mapping moves no time.
#[test]
fn code_that_came_from_elsewhere_is_copied_before_it_is_noted() {
    use std::os::unix::fs::MetadataExt;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let (document, _) = lay(options(folder), component());
    let file = only(folder);
    let bytes = read(&file);
    for note in notes(folder) {
        std::fs::remove_file(note).unwrap();
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    let restored = File::open(&file).unwrap();
    assert_eq!(lay(options(folder), component()), (document, vec![]));
    assert_ne!(
        file.metadata().unwrap().ino(),
        restored.metadata().unwrap().ino()
    );
    assert_eq!((read(&file), notes(folder).len()), (bytes, 1));
}

#[test]
fn links_and_pipes_in_a_store_lead_nowhere_and_are_not_waited_for() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("store");
    let (document, _) = lay(options(&folder), component());
    let file = only(&folder);
    let elsewhere = place.path().join("elsewhere");
    let pipe = |path: &Path| {
        let _it_may_be_gone = std::fs::remove_file(path);
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
    };
    // Code and lock as pipes.
    pipe(&file);
    pipe(&file.with_extension("lock"));
    let (again, told) = lay(options(&folder), component());
    assert_eq!((again, told.len()), (document.clone(), 1), "{told:?}");
    assert!(file.symlink_metadata().unwrap().is_file());
    // A link to what never ends, and a lock that would be made elsewhere.
    std::fs::remove_file(&file).unwrap();
    let _it_may_be_gone = std::fs::remove_file(file.with_extension("lock"));
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file.with_extension("lock")).unwrap();
    let (again, told) = lay(options(&folder), component());
    assert_eq!((again, told.len()), (document.clone(), 1), "{told:?}");
    assert!(!elsewhere.exists());
    // Notes as pipes.
    for note in notes(&folder) {
        pipe(&note);
    }
    assert_eq!(lay(options(&folder), component()), (document, vec![]));
}

/// Code that was run before, and then planted in the very file that was found right.
#[test]
fn code_that_was_found_right_is_checked_again_once_it_was_written_to() {
    let Some(sentinel) = guest("readme") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let (document, _) = lay(options(folder), component());
    assert_eq!(
        lay(options(folder), component()),
        (document.clone(), vec![])
    );
    assert_eq!(notes(folder).len(), 1);
    let file = only(folder);
    let modified = file.metadata().unwrap().modified().unwrap();
    plant(folder, &component(), sentinel, &key("b"));
    File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let (again, told) = lay(options(folder), component());
    assert_eq!(again, document);
    assert!(told[0].contains("is made anew"), "{told:?}");
}
