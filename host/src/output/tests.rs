//! What a person and a machine see of events.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::{Color, Format, Output, OutputOptions};
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Event, Outcome, Progress, Said, Severity, Verdict};

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn read(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// stdout and stderr of what `work` prints.
fn printed(options: OutputOptions, work: impl FnOnce(&mut Output)) -> (String, String) {
    let (stdout, stderr) = (Paper::default(), Paper::default());
    let mut out = Output::into_writers(options, Box::new(stdout.clone()), Box::new(stderr.clone()));
    work(&mut out);
    out.finish().unwrap();
    (stdout.read(), stderr.read())
}

const JSON: OutputOptions = OutputOptions {
    format: Format::Json,
    quiet: false,
    verbose: 0,
    color: Color::Never,
};

fn refused() -> Error {
    let cause = std::io::Error::other("::set-output name=a::b\u{1b}[2J");
    Error {
        kind: ErrorKind::Refused,
        source: Box::new(cause),
        hints: vec!["look again".into()],
    }
}

fn verdict(outcome: Outcome, proven: bool) -> Event {
    Event::Verdict(Verdict {
        service: "web".into(),
        outcome,
        task_definition: "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:8".into(),
        now: Some("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7".into()),
        deployment: None,
        desired: if proven { 2 } else { 0 },
        running: if proven { 2 } else { 0 },
        nothing_to_do: false,
        proven,
        elapsed: 94.4,
        message: None,
        hints: Vec::new(),
    })
}

#[test]
fn an_error_has_heading_and_hints_and_foreign_text_is_escaped() {
    let (stdout, stderr) = printed(OutputOptions::default(), |out| out.error(&refused()));
    assert_eq!(stdout, "");
    assert_eq!(
        stderr,
        "error: \\::set-output name=a::b\\u{1b}[2J\nhint: look again\n"
    );
}

#[test]
fn an_error_is_one_object_a_line_in_json() {
    let (stdout, stderr) = printed(JSON, |out| out.error(&refused()));
    assert_eq!(stdout, "");
    let line: serde_json::Value = serde_json::from_str(stderr.trim_end()).unwrap();
    assert_eq!(line["event"], "error");
    assert_eq!(line["exit_code"], 4);
    assert_eq!(line["hints"][0], "look again");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_stream_holds_talk_too() {
    let (stdout, stderr) = printed(JSON, |out| {
        out.stream();
        out.note("hello");
        out.event(&verdict(Outcome::Succeeded, true));
        out.error(&refused());
    });
    assert_eq!(stderr, "");
    let kinds: Vec<String> = stdout
        .lines()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l).unwrap()["event"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(kinds, ["note", "verdict", "error"]);
}

#[test]
fn a_result_is_plain_and_short() {
    let (stdout, stderr) = printed(OutputOptions::default(), |out| {
        out.event(&verdict(Outcome::Succeeded, true));
        out.event(&verdict(Outcome::Succeeded, false));
        out.event(&verdict(Outcome::RolledBack, true));
    });
    assert_eq!(
        stdout,
        "web is running web:8 (2 of 2 tasks), 1 min 34 s\nweb is on web:8, with no task to prove it (0 wanted), 1 min 34 s\n"
    );
    assert_eq!(
        stderr,
        "web: web:8 was rolled back after 1 min 34 s; the service is on web:7\n"
    );
}

#[test]
fn quiet_leaves_results_warnings_and_errors() {
    let options = OutputOptions {
        quiet: true,
        ..OutputOptions::default()
    };
    let progress = Progress {
        service: "web".into(),
        task_definition: "web:8".into(),
        desired: 2,
        running: 1,
        pending: 1,
        failed: 0,
        stage: Some("IN_PROGRESS".into()),
        elapsed: 3.0,
    };
    let work = |out: &mut Output| {
        out.note("n");
        out.warn("w");
        out.event(&Event::Progress(progress.clone()));
        out.event(&Event::ServiceEvent(Said {
            service: "web".into(),
            at: 0.0,
            message: "m".into(),
            times: 2,
        }));
    };
    assert_eq!(printed(options, work).1, "warning: w\n");
    let shown = "note: n\nwarning: w\nweb web:8: 1 of 2 running, 1 pending, IN_PROGRESS, 3 s\nweb: m (2 times)\n";
    assert_eq!(printed(OutputOptions::default(), work).1, shown);
}

#[test]
fn a_finding_says_where_and_who() {
    let found = Diagnostic {
        severity: Severity::Warning,
        code: "unknown-member".into(),
        message: "unknown member `cpus`".into(),
        address: Some("/containerDefinitions/app/cpus".into()),
        source: "otel".into(),
        hint: Some("did you mean `cpu`?".into()),
    };
    let (_, stderr) = printed(OutputOptions::default(), |out| out.diagnostics(&[found]));
    assert_eq!(
        stderr,
        "warning: unknown member `cpus` [unknown-member, otel]\n  at /containerDefinitions/app/cpus\n  hint: did you mean `cpu`?\n"
    );
}

#[test]
fn data_is_given_as_it_is() {
    let (stdout, _) = printed(OutputOptions::default(), |out| {
        out.data("{}");
        out.data("a\n");
    });
    assert_eq!(stdout, "{}\na\n");
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_not_success() {
    let mut out = Output::into_writers(
        OutputOptions::default(),
        Box::new(Full),
        Box::new(Paper::default()),
    );
    out.data("x");
    assert_eq!(out.finish().unwrap_err().kind, ErrorKind::Input);
}

#[test]
fn awss_words_are_told_without_credentials_in_text_and_in_json() {
    let said = Event::ServiceEvent(Said {
        service: "web".into(),
        at: 0.0,
        message: "(service web) cannot start: DB_PASSWORD=hunter2".into(),
        times: 1,
    });
    for options in [OutputOptions::default(), JSON] {
        let (stdout, stderr) = printed(options, |out| {
            out.stream();
            out.event(&said);
        });
        let all = stdout + &stderr;
        assert!(all.contains("DB_PASSWORD=********"), "{all}");
        assert!(!all.contains("hunter2"), "{all}");
    }
}
