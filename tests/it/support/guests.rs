//! The guests of `tests/guests`, each built once in a run of the tests.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::component::{Part, build};
use super::root;

static BUILT: Mutex<BTreeMap<&'static str, Option<Vec<u8>>>> = Mutex::new(BTreeMap::new());

/// The component of one guest; `None`, said aloud, where the wasm target is not installed.
pub fn guest(name: &'static str) -> Option<Vec<u8>> {
    let mut built = BUILT.lock().expect("no test panics while it builds");
    built
        .entry(name)
        .or_insert_with(|| {
            let folder = root().join("tests/guests");
            let target = root().join("target/guests");
            build(&folder, "acetate-guests", Part::Example(name), &target)
        })
        .clone()
}
