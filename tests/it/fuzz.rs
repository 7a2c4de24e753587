//! The function of each fuzz target over the inputs that are kept of it.

use crate::support::root;

#[path = "../fuzz/src/lib.rs"]
mod targets;

#[test]
fn each_target_bears_its_corpus() {
    for (name, target) in targets::TARGETS {
        let folder = root().join("tests/fuzz/corpus").join(name);
        let entries = std::fs::read_dir(&folder).expect("each target has a corpus");
        let mut files: Vec<_> = entries
            .map(|entry| entry.expect("the folder can be read").path())
            .collect();
        files.sort();
        assert!(files.len() > 5, "{name} has a corpus");
        for file in files {
            let bytes = std::fs::read(&file).expect("it can be read");
            let ended = std::panic::catch_unwind(|| target(&bytes));
            assert!(ended.is_ok(), "{} ends in a panic", file.display());
        }
    }
}
