//! The texts of `texts.txt`, and the causes that they tell.

use std::collections::BTreeSet;

use super::*;

/// The first likely cause.
fn cause(said: &[&str], written: &[&str]) -> Option<String> {
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    let said = said.iter().map(|text| (1, texts(&[text]))).collect();
    let written = texts(written);
    let found = why("web", &Evidence { said, written });
    found.into_iter().next().map(|why| why.cause)
}

/// A text of ECS's, the cause that it must tell, and where it was seen.
struct Seen {
    cause: &'static str,
    text: &'static str,
    at: &'static str,
}

fn seen() -> Vec<Seen> {
    let mut at = "";
    let mut all = Vec::new();
    for line in include_str!("texts.txt").lines() {
        if let Some(place) = line.strip_prefix("## ") {
            at = place;
        } else if !line.is_empty() && !line.starts_with('#') {
            let (cause, text) = line.split_once(" | ").expect("a cause, `|`, a text");
            all.push(Seen { cause, text, at });
        }
    }
    all
}

/// What no text of ECS's tells.
const OURS: [(&str, &str); 7] = [
    ("exited", "exit code 1."),
    ("exited", "exit code 3."),
    ("killed", "exit code 137."),
    ("crashed", "exit code 139."),
    ("terminated", "exit code 143."),
    ("ended", "exit code 0."),
    ("entry-point", "exit code 127."),
];

#[test]
fn awss_own_texts_tell_their_cause() {
    let all = seen();
    for Seen {
        cause: wanted,
        text,
        at,
    } in &all
    {
        let found = cause(&[text], &[]);
        assert_eq!(found.as_deref().unwrap_or("none"), *wanted, "{at}: {text}");
    }
    for (wanted, text) in OURS {
        assert_eq!(cause(&[text], &[]).as_deref(), Some(wanted), "{text}");
    }
}

#[test]
fn each_text_is_there_once_and_says_where_it_was_seen() {
    let all = seen();
    let texts: BTreeSet<&str> = all.iter().map(|seen| seen.text).collect();
    assert_eq!(texts.len(), all.len(), "a text stands twice");
    let unseen = |seen: &&Seen| seen.at.starts_with("Not found verbatim");
    assert!(all.iter().all(|seen| !seen.at.is_empty()));
    let count = all.iter().filter(unseen).count();
    println!("{} texts, {count} of them not found verbatim", all.len());
    assert!(all.len() > 130 && count * 4 < all.len());
}

#[test]
fn what_says_nothing_has_no_cause() {
    for text in [
        "",
        "(service web) has started 2 tasks: (task 0) (task 1).",
        "(service web) has reached a steady state.",
        "Essential container in task exited",
        "TaskFailedToStart",
        "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    ] {
        assert_eq!(
            cause(&[text], &["i/o timeout", "not found"]),
            None,
            "{text}"
        );
    }
}

/// Lines of containers, and the causes that they tell.
const WRITTEN: [(&str, &str); 7] = [
    (
        "exec /usr/local/bin/entry.sh: exec format error",
        "platform-mismatch",
    ),
    ("exec /entry.sh: no such file or directory", "entry-point"),
    (
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "out-of-memory",
    ),
    (
        "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space",
        "out-of-memory",
    ),
    (
        "Error: listen EADDRINUSE: address already in use :::8080",
        "port-in-use",
    ),
    (
        "AccessDenied: User: arn:aws:sts::1:assumed-role/web/0 is not authorized to perform: s3:GetObject",
        "task-role-denied",
    ),
    ("something of the application's own", "exited"),
];

#[test]
fn what_a_container_wrote_tells_more_than_its_exit_code() {
    for (line, expected) in WRITTEN {
        let found = cause(
            &["Essential container in task exited", "exit code 1."],
            &[line],
        );
        assert_eq!(found.as_deref(), Some(expected), "{line}");
    }
}

/// All causes of tasks that say these, by number, and of these lines.
fn causes(said: &[(usize, &[&str])], written: &[&str]) -> Vec<String> {
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    let said = said.iter().map(|(count, all)| (*count, texts(all)));
    let evidence = Evidence {
        said: said.collect(),
        written: texts(written),
    };
    let found = why("web", &evidence);
    let ranks: Vec<usize> = found.iter().map(|why| why.rank).collect();
    assert_eq!(ranks, (1..=found.len()).collect::<Vec<_>>());
    found.into_iter().map(|why| why.cause).collect()
}

const SPOT: &str = "SpotInterruption: Your Spot Task was interrupted.";
const MEMORY: &str = "OutOfMemoryError: container killed due to memory usage";
const HEALTH: &str = "Task failed ELB health checks in (target-group arn:a)";
const PULL: &str = "CannotPullContainerError: image app not found";

#[test]
fn of_several_causes_the_likelier_comes_first() {
    let of = |a, b| causes(&[(a, &[SPOT]), (b, &[MEMORY])], &[]);
    assert_eq!(of(3, 1), ["spot-interruption", "out-of-memory"]);
    assert_eq!(of(1, 3), ["out-of-memory", "spot-interruption"]);
    // Of equals, the one that stands first in the table.
    assert_eq!(of(1, 1), ["out-of-memory", "spot-interruption"]);
    // An event speaks for a cause as one task does, and is not told twice.
    let event = "(service web) (port 80) is unhealthy in (target-group arn:a) due to (reason x)";
    let both: [(usize, &[&str]); 3] = [
        (2, &[HEALTH, "exit code 143."]),
        (1, &[event]),
        (1, &[PULL]),
    ];
    assert_eq!(
        causes(&both, &[]),
        ["load-balancer-health", "image-not-found"]
    );
    let many: [(usize, &[&str]); 4] = [(4, &[SPOT]), (3, &[MEMORY]), (2, &[HEALTH]), (1, &[PULL])];
    assert_eq!(causes(&many, &[]).len(), MOST);
}

#[test]
fn a_task_that_is_explained_tells_no_second_cause() {
    let killed = "Essential container in task exited";
    assert_eq!(
        causes(&[(3, &[killed, MEMORY, "exit code 137."])], &[]),
        ["out-of-memory"]
    );
    // An exit code tells least: not before what is known, and not beside it.
    let both: [(usize, &[&str]); 2] = [(9, &["exit code 1."]), (1, &[MEMORY])];
    assert_eq!(causes(&both, &[]), ["out-of-memory"]);
    assert_eq!(
        causes(&[(2, &["exit code 1."]), (1, &["exit code 137."])], &[]),
        ["exited"]
    );
}

#[test]
fn what_a_container_wrote_speaks_for_the_tasks_that_ran() {
    let line = "Error: listen EADDRINUSE: address already in use :::8080";
    let of = |pulls, crashes| causes(&[(pulls, &[PULL]), (crashes, &["exit code 1."])], &[line]);
    assert_eq!(of(3, 1), ["image-not-found", "port-in-use"]);
    assert_eq!(of(1, 3), ["port-in-use", "image-not-found"]);
    assert_eq!(
        causes(&[(3, &[PULL])], &["nothing of note"]),
        ["image-not-found"]
    );
}

#[test]
fn a_task_says_its_codes_reasons_and_the_exit_code_that_counts() {
    let end = |name: &str, exit_code, reason: Option<&str>| ContainerEnd {
        name: name.into(),
        exit_code,
        reason: reason.map(str::to_owned),
    };
    let ends = [end("log", Some(143), None), end("app", Some(3), None)];
    let said = of_task(
        Some("EssentialContainerExited"),
        Some("Essential container in task exited"),
        &ends,
    );
    assert_eq!(
        said,
        [
            "EssentialContainerExited: Essential container in task exited",
            "exit code 3."
        ]
    );
    let ends = [end("app", None, Some("CannotPullContainerError: x"))];
    assert_eq!(of_task(None, None, &ends), ["CannotPullContainerError: x"]);
}

/// Words that no text needs are not known to be right.
#[test]
fn all_words_are_those_of_a_text_and_every_row_says_something() {
    let all = seen();
    let lines = WRITTEN.iter().map(|(line, _)| *line);
    let lines: Vec<&str> = lines
        .chain([
            "disk: no space left on device",
            "exec /e.sh: permission denied",
        ])
        .collect();
    let ours = OURS.iter().map(|(_, text)| *text).chain(["exit code 126."]);
    let texts: Vec<&str> = all.iter().map(|seen| seen.text).chain(ours).collect();
    for row in ROWS {
        let from = if row.of == Of::Log { &lines } else { &texts };
        for words in row.any {
            assert!(
                !words.is_empty() && from.iter().any(|text| has_all(words, text)),
                "{words:?}"
            );
        }
        assert!(row.page.ends_with(".html"), "{row:?}");
        assert!(
            !row.message.is_empty() && !row.message.ends_with('.'),
            "{row:?}"
        );
        assert!(
            !row.check.is_empty() && !row.check.ends_with('.'),
            "{row:?}"
        );
        let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(row.cause.chars().all(is_name), "{row:?}");
    }
}
