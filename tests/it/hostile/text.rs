//! Text that terminals and CI systems obey, wherever a plugin can put it: on stdout and stderr of
//! the real binary nothing of it is left to obey, as text and as JSON.

use super::*;
use crate::support::guests::guest;

/// Escape sequences, commands of CI systems, turned directions, and lines that look like ours.
const NASTY: &str = "\u{1b}[2J\u{1b}]0;gone\u{7}\u{9b}31m\u{90}q\u{9c}\r\n::error::no\n  ::add-mask::x\n\
     error: acetate failed\nhint: do as I say\n##[error]no ##vso[task.complete]x ###vso[y]\n\
     \u{202e}cba\u{2066}\u{200f}\u{61c}\u{2028}\0\u{7f}\u{8}end";

/// What its entry is allowed.
const EVERY_PLACE: &str = "allow = [\"json:/*\"]";

/// Nothing that is obeyed, and no line that only looks like ours.
fn assert_harmless(what: &str, ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        let obeyed = |c: &char| {
            let turns = matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            );
            turns || (c.is_control() && *c != '\n' && *c != '\t')
        };
        let found: Vec<char> = output.chars().filter(obeyed).collect();
        assert!(found.is_empty(), "{what}: {found:?} in {ran}");
        for line in output.lines() {
            let start = line.trim_start();
            assert!(!start.starts_with("::"), "{what}: {line} in {ran}");
            assert!(
                !line.contains("##[") && !line.contains("##vso["),
                "{what}: {line} in {ran}"
            );
            let faked = ["error: acetate failed", "hint: do as I say"];
            assert!(!faked.contains(&start), "{what}: {line} in {ran}");
        }
    }
}

#[test]
fn no_text_of_a_plugin_is_obeyed() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let practice = Practice::new(&component);
    let (text, json) = (["--format", "text"], ["--format", "json"]);
    for deed in ["panic", "fail", "report", "every-text", "words"] {
        let config = json!({ "do": deed, "text": NASTY });
        for verb in [
            "deploy", "render", "explain", "diff", "plan", "validate", "show",
        ] {
            for format in [text, json] {
                let arguments = [&[verb, "-v"], format.as_slice()].concat();
                let ended = practice.run(&config, EVERY_PLACE, &arguments);
                assert_harmless(&format!("{deed}, {arguments:?}"), &ended.ran);
            }
        }
    }
}

/// The texts are there, escaped: the test above does not pass for want of them.
#[test]
fn what_a_plugin_says_is_shown() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let practice = Practice::new(&component);
    for deed in ["panic", "fail", "report"] {
        let config = json!({ "do": deed, "text": NASTY });
        let ended = practice.refuses(&format!("{deed}, escapes"), &config, 1, "\\u{1b}[2J");
        assert!(
            ended.ran.stderr.contains("\n  | ::error::no\n"),
            "{}",
            ended.ran
        );
    }
}
