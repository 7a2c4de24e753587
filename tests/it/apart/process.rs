//! The process that runs a plugin, looked at while it waits for the reply to a lookup: it has no
//! environment, no files, and no way out.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, Late, Limits, Lookups, Question, Replied, Reply};
use acetate::task_definition::TaskDefinition;
use serde_json::json;

use super::{Apart, entry, load};
use crate::support::guests::guest;

/// What can be seen of the process, each time that it asks.
#[derive(Default)]
struct Watching(Mutex<Vec<Sight>>);

#[derive(Debug, Clone, PartialEq)]
struct Sight {
    environment: String,
    files: Vec<String>,
    folder: String,
    status: Vec<String>,
    limits: Vec<String>,
}

impl Lookups for Watching {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        self.0
            .lock()
            .expect("nothing panics while it is held")
            .extend(child().map(|pid| look(&pid)));
        Ok(Ok(match question {
            Question::ParameterNames(_) => Reply::List(vec!["/db/x".into(), "/web/a".into()]),
            question => Reply::Text(format!("the {}", question.parts().1)),
        }))
    }
}

/// The process that this very thread started.
fn child() -> Option<String> {
    let children = std::fs::read_to_string("/proc/thread-self/children")
        .expect("this kernel tells of children");
    children.split_whitespace().next().map(str::to_owned)
}

fn look(pid: &str) -> Sight {
    let place = Path::new("/proc").join(pid);
    let read = |name: &str| std::fs::read_to_string(place.join(name)).expect("it is there");
    let lines = |name: &str, wanted: &[&str]| -> Vec<String> {
        let text = read(name);
        let is_wanted = |line: &&str| wanted.iter().any(|wanted| line.starts_with(wanted));
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        text.lines().filter(is_wanted).map(words).collect()
    };
    let entries = std::fs::read_dir(place.join("fd")).expect("it is there");
    let mut files: Vec<String> = entries
        .map(|entry| {
            let to = std::fs::read_link(entry.expect("it is there").path()).expect("it is there");
            let to = to.display().to_string();
            to.split(':').next().unwrap_or_default().to_owned()
        })
        .collect();
    files.sort();
    Sight {
        environment: read("environ"),
        files,
        folder: std::fs::read_link(place.join("cwd"))
            .expect("it is there")
            .display()
            .to_string(),
        status: lines("status", &["NoNewPrivs", "Seccomp:"]),
        limits: lines("limits", &["Max core file size", "Max file size"]),
    }
}

#[test]
fn it_has_nothing_and_looks_up_what_was_granted_only() {
    let Some(component) = guest("lookups") else {
        return;
    };
    let apart = Apart::new();
    let plugin = load(&apart.runtime, "lookups", &component);
    let template = json!({ "family": "t", "containerDefinitions": [{ "name": "app" }] });
    let mut session = Session::new(TaskDefinition::new(template).unwrap(), "web");
    let input = EntryInput {
        grant: json!({ "parameters": ["/web/*"] }),
        ..entry(
            "ci",
            json!({ "ask": [
                { "call": "parameters.arn", "of": "/web/a" },
                { "call": "parameters.arn", "of": "/db/a" },
                { "call": "parameters.names", "of": "/" },
            ]}),
        )
    };
    let watching = Arc::new(Watching::default());
    let lookups = Arc::clone(&watching) as Arc<dyn Lookups>;
    let report =
        plugin::run_overlay(&plugin, &mut session, &input, lookups, &Limits::default()).unwrap();
    let traced: Vec<_> = report.traced.iter().map(|t| t.message.as_str()).collect();
    insta::assert_snapshot!(traced.join("\n"), @r#"
    parameters.arn /web/a -> the /web/a
    parameters.arn /db/a -> not-granted: `ci` was not granted `parameters` of `/db/a` | to grant it, give `ci` `grant = { parameters = ["/web/*", "/db/a"] }`
    parameters.names / -> /web/a
    "#);
    let sights = watching.0.lock().unwrap();
    assert_eq!(sights.len(), 2, "it asks for what was granted only");
    for sight in &*sights {
        let expected = Sight {
            environment: String::new(),
            files: ["/dev/null", "pipe", "pipe"].map(str::to_owned).to_vec(),
            folder: "/".to_owned(),
            status: ["NoNewPrivs: 1", "Seccomp: 2"].map(str::to_owned).to_vec(),
            limits: ["Max file size 0 0 bytes", "Max core file size 0 0 bytes"]
                .map(str::to_owned)
                .to_vec(),
        };
        assert_eq!(*sight, expected);
    }
    apart.assert_empty();
}

/// Whoever starts it by hand gets nothing from it.
#[test]
fn it_does_nothing_without_a_task() {
    for stdin in ["", "not a task at all"] {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("in");
        std::fs::write(&file, stdin).unwrap();
        let ended = Command::new(env!("CARGO_BIN_EXE_acetate"))
            .arg0("acetate")
            .args([
                "run-component",
                "--memory",
                "1000000000",
                "--most",
                "2000000000",
            ])
            .args(["--cpu", "60", "--threads", "2"])
            .stdin(std::fs::File::open(&file).unwrap())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.stdout.is_empty() && ended.stderr.is_empty());
    }
}
