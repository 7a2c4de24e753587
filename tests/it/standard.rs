//! The built-in plugin: what is in the tree is what its source gives.

use std::path::Path;

use crate::support::component::{self, Part};
use crate::support::root;

/// Rebuilds the component and compares it with the committed one. `BLESS=1` writes it instead.
#[test]
fn committed_component_is_what_the_source_gives() {
    let folder = root().join("plugins/standard");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let Some(built) = component::build(&folder, "acetate-standard", Part::Library, &target) else {
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("plugin.toml")).unwrap();
    let built = component::with_manifest(built, &manifest);
    let committed = folder.join("standard.wasm");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&committed, &built).unwrap();
    }
    let same = std::fs::read(&committed).is_ok_and(|bytes| bytes == built);
    assert!(
        same,
        "standard.wasm is not what its source gives: run this test with BLESS=1"
    );
    assert!(
        built.len() <= 300 * 1024,
        "{} bytes are too many",
        built.len()
    );
}
