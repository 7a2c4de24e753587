//! Same inputs, same edits: in another time zone, home, folder, language and day.

use std::path::Path;

use super::*;
use crate::support::guests::guest;
use crate::support::{project, skip};

/// Where Debian's libfaketime lies, on either processor.
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

/// Every plugin that is shipped, with all that it does.
const CONFIGURATION: &str = r#"
[containers.app]
image = "app:1"
command = ["run"]
env = { LOG_LEVEL = "info", B = "2", A = "1", "Ü" = "ü" }
labels = { z = "1", a = "2" }
remove-env = ["LEGACY"]
dotenv = ["app.env"]

[sidecars]
helper = { image = "helper:1", essential = false }
"#;

fn place() -> support::World {
    let project = project::small();
    let text = project.read("acetate.toml");
    let head = text
        .split("[containers.app]")
        .next()
        .expect("a head")
        .to_owned();
    project
        .file("acetate.toml", &format!("{head}{CONFIGURATION}"))
        .file("app.env", "Z=1\nC=3\n")
}

#[test]
fn each_shipped_plugin_makes_the_same_edits_everywhere() {
    let verbs: [&[&str]; 2] = [&["explain", "--format", "json"], &["render", "--compact"]];
    let run = |place: &support::World| verbs.map(|verb| place.run(verb).expect(0).stdout);
    let here = run(&place());
    assert!(
        here[0].contains("LOG_LEVEL") && here[0].contains("helper"),
        "{}",
        here[0]
    );
    let elsewhere = place()
        .variable("TZ", "Pacific/Kiritimati")
        .variable("HOME", "/nonexistent")
        .variable("LANG", "tr_TR.UTF-8")
        .variable("LC_ALL", "tr_TR.UTF-8")
        .variable("GITHUB_SHA", "0000000");
    assert_eq!(here, run(&elsewhere));
    let Some(library) = FAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
        skip("edits on another day need Debian's package faketime", true);
        return;
    };
    for day in ["2001-02-03 04:05:06", "2038-01-19 04:00:00"] {
        let then = place()
            .variable("LD_PRELOAD", library)
            .variable("FAKETIME", day);
        assert_eq!(here, run(&then), "{day}");
    }
}

#[test]
fn a_guest_does_the_same_in_every_run() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let plugin = load(component).expect("it is a plugin");
    let log = || {
        let mut session = Session::new(template(), "web");
        let limits = Limits::default();
        let told = run(&plugin, &mut session, json!({ "do": "numbers" }), &limits);
        (told.unwrap(), session.finish().edits)
    };
    let (first, edits) = log();
    assert!(edits.len() > 3);
    assert_eq!((first, edits), log());
}
