//! Layout, rings and size budget of `host/src` and `plugins/`: what no compiler checks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::root;

const FILE_LINES: usize = 500;
const FILE_MEDIAN: usize = 130;
const FUNCTION_LINES: usize = 70;
const FUNCTION_MEDIAN: usize = 10;

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn product() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    rust_files(&root().join("host/src"), &mut files);
    rust_files(&root().join("plugins"), &mut files);
    files
        .into_iter()
        // Unit tests in a file of their own are no product.
        .filter(|path| {
            !path.components().any(|part| {
                part.as_os_str()
                    .to_string_lossy()
                    .trim_end_matches(".rs")
                    .ends_with("tests")
            })
        })
        .map(|path| {
            let name = path
                .strip_prefix(root())
                .expect("below the root")
                .display()
                .to_string();
            (
                name,
                std::fs::read_to_string(path).expect("the file can be read"),
            )
        })
        .collect()
}

/// The part before the unit tests.
fn body(text: &str) -> &str {
    text.split("\n#[cfg(test)]")
        .next()
        .expect("split has a first part")
}

fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in body(text).lines().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_head = words.iter().position(|w| *w == "fn").is_some_and(|at| {
            words[..at]
                .iter()
                .all(|w| w.starts_with("pub") || ["const", "async", "unsafe"].contains(w))
        });
        if is_head {
            open = Some((line.trim().to_owned(), number, format!("{indent}}}")));
            if line.ends_with('}') || line.ends_with(';') {
                open = None;
                found.push((line.trim().to_owned(), 1));
            }
        } else if let Some((head, from, end)) = &open
            && line == end
        {
            found.push((head.clone(), number - from + 1));
            open = None;
        }
    }
    found
}

fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

#[test]
fn files_open_with_their_documentation() {
    let missing: Vec<_> = product()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(n, _)| n)
        .collect();
    assert!(
        missing.is_empty(),
        "files that do not open with //!: {missing:?}"
    );
}

#[test]
fn files_and_functions_stay_small() {
    let product = product();
    let sizes: Vec<_> = product
        .iter()
        .map(|(n, t)| (n, body(t).lines().count()))
        .collect();
    let long: Vec<_> = sizes
        .iter()
        .filter(|(_, lines)| *lines > FILE_LINES)
        .collect();
    assert!(long.is_empty(), "files over {FILE_LINES} lines: {long:?}");
    let middle = median(sizes.iter().map(|(_, lines)| *lines).collect());
    assert!(
        middle <= FILE_MEDIAN,
        "median file has {middle} lines, budget {FILE_MEDIAN}"
    );

    let all: Vec<_> = product
        .iter()
        .flat_map(|(n, t)| functions(t).into_iter().map(move |f| (n, f)))
        .collect();
    let long: Vec<_> = all
        .iter()
        .filter(|(_, (_, lines))| *lines > FUNCTION_LINES)
        .collect();
    assert!(
        long.is_empty(),
        "functions over {FUNCTION_LINES} lines: {long:#?}"
    );
    let middle = median(all.iter().map(|(_, (_, lines))| *lines).collect());
    assert!(
        middle <= FUNCTION_MEDIAN,
        "median function has {middle} lines, budget {FUNCTION_MEDIAN}"
    );
}

#[test]
fn names_say_what_is_inside() {
    let vague = ["util", "helper", "manager", "common"];
    let bad: Vec<_> = product()
        .into_keys()
        // Secrets Manager is the name of an AWS service.
        .filter(|name| {
            vague
                .iter()
                .any(|word| name.replace("secretsmanager", "").contains(word))
        })
        .collect();
    assert!(
        bad.is_empty(),
        "files with a name that says nothing: {bad:?}"
    );
}

/// 0 core, 1 rim, 2 wiring.
fn ring(module: &str) -> Option<u8> {
    match module {
        "arn" | "config" | "task_definition" | "edit" | "overlay" | "render" | "validate"
        | "verify" | "diff" | "plan" | "wait" | "rollback" | "permissions" | "lock" | "trust"
        | "event" => Some(0),
        "error" | "template" | "plugin" | "store" | "registry" | "sharing" | "recording"
        | "aws" | "output" | "local" => Some(1),
        "cli" | "commands" | "main" => Some(2),
        _ => None,
    }
}

#[test]
fn arrows_go_from_wiring_to_rim_to_core() {
    let mut wrong = Vec::new();
    for (name, text) in product() {
        let Some(inside) = name.strip_prefix("host/src/") else {
            continue;
        };
        let module = inside
            .split(['/', '.'])
            .next()
            .expect("split has a first part");
        if module == "lib" {
            continue;
        }
        let own = ring(module).unwrap_or_else(|| panic!("module `{module}` belongs to no ring"));
        for (number, line) in body(&text).lines().enumerate() {
            let code = line.split("//").next().expect("split has a first part");
            for used in code.split("crate::").skip(1) {
                let target = used
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .expect("a first part");
                if ring(target).is_some_and(|target| target > own) {
                    wrong.push(format!("{name}:{} uses crate::{target}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point outwards: {wrong:#?}");
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).expect("main.rs is there");
    for entry in std::fs::read_dir(root().join("tests/it")).expect("tests/it is there") {
        let name = entry
            .expect("the folder can be read")
            .file_name()
            .into_string()
            .expect("UTF-8");
        let module = name.trim_end_matches(".rs");
        // What a failed comparison left there.
        if name.starts_with('.') {
            continue;
        }
        assert!(
            module == "main" || main.contains(&format!("mod {module};")),
            "tests/it/{name} is not in main.rs"
        );
    }
}

/// The texts of a numbered list in the documentation of the crate.
fn invariants() -> Vec<String> {
    let crate_text = std::fs::read_to_string(root().join("host/src/lib.rs")).expect("it is there");
    let section = crate_text
        .lines()
        .map(|line| line.strip_prefix("//!").unwrap_or_default().trim())
        .skip_while(|line| *line != "# Invariants")
        .skip(1)
        .take_while(|line| !line.starts_with("# "));
    let mut all: Vec<String> = Vec::new();
    for line in section {
        if line.starts_with(&format!("{}. ", all.len() + 1)) {
            all.push(String::new());
        }
        if let Some(last) = all.last_mut() {
            last.push_str(line);
            last.push(' ');
        }
    }
    all
}

#[test]
fn each_invariant_is_held_by_tests_that_exist() {
    let mut tests = Vec::new();
    for folder in ["host/src", "plugins", "tests/it"] {
        rust_files(&root().join(folder), &mut tests);
    }
    let tests: String = tests
        .into_iter()
        .map(|path| std::fs::read_to_string(path).expect("the file can be read"))
        .collect();
    let invariants = invariants();
    assert_eq!(invariants.len(), 10, "{invariants:#?}");
    for invariant in invariants {
        let (_, held) = invariant
            .split_once("Held by ")
            .unwrap_or_else(|| panic!("held by no test: {invariant}"));
        let names: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "held by no test: {invariant}");
        for name in names {
            assert!(
                tests.contains(&format!("fn {name}(")),
                "there is no test `{name}`: {invariant}"
            );
        }
    }
}
