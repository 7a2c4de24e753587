//! Runs the console blocks of a Markdown file: lines after `$ ` are commands of a shell in which
//! `acetate` is on the path, the lines below are what it prints (`...` stands for any lines, and
//! durations for any duration).

use std::process::Command;

use super::World;

/// One command and what the page says it prints.
#[derive(Debug)]
pub struct Shown {
    /// The command line.
    pub command: String,
    /// The lines below it.
    pub output: Vec<String>,
}

/// The commands of all blocks that are marked `console`.
pub fn blocks(markdown: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(kind) => inside = !inside && kind.trim() == "console",
            None if !inside => {}
            None => match line.strip_prefix("$ ") {
                Some(command) => found.push(Shown {
                    command: command.to_owned(),
                    output: Vec::new(),
                }),
                None => found
                    .last_mut()
                    .expect("output follows a command")
                    .output
                    .push(line.to_owned()),
            },
        }
    }
    found
}

/// The page with what the commands printed now.
pub fn rewritten(markdown: &str, shown: &[Shown]) -> String {
    let mut commands = shown.iter();
    let (mut inside, mut page) = (false, Vec::new());
    for line in markdown.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            inside = !inside && kind.trim() == "console";
        } else if inside {
            if line.starts_with("$ ") {
                let shown = commands.next().expect("a command for each");
                page.push(line.to_owned());
                page.extend(shown.output.iter().cloned());
            }
            continue;
        }
        page.push(line.to_owned());
    }
    page.join("\n") + "\n"
}

/// Runs one command in the world's folder; standard output and error together.
pub fn run(world: &World, command: &str) -> String {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_acetate"));
    let folder = binary
        .parent()
        .expect("the binary lies in a folder")
        .display()
        .to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(world.path())
        .env_clear();
    shell
        .env("HOME", world.path())
        .env("PATH", path)
        .envs(world.variables());
    let output = shell.output().expect("sh starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails unless the command printed what the page shows.
pub fn check(page: &str, shown: &Shown, printed: &str) {
    let expected: Vec<String> = shown.output.iter().map(|line| plain(line)).collect();
    let got: Vec<String> = printed.lines().map(plain).collect();
    assert!(
        shown.output.is_empty() || matches(&expected, &got),
        "{page}: `{}` shows\n{}\n-- but printed --\n{printed}",
        shown.command,
        shown.output.join("\n"),
    );
}

/// Durations differ from run to run.
fn plain(line: &str) -> String {
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    let unit = |word: &str| {
        matches!(
            word.trim_end_matches([',', ')', '.', ':']),
            "s" | "ms" | "min"
        )
    };
    let mut kept: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let number = word.trim_start_matches('(').parse::<f64>().is_ok();
        kept.push(if number && words.get(at + 1).is_some_and(|w| unit(w)) {
            "N".to_owned()
        } else {
            (*word).to_owned()
        });
    }
    kept.join(" ")
}

fn matches(expected: &[String], got: &[String]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((line, rest)) if line == "..." => {
            (0..=got.len()).any(|skipped| matches(rest, &got[skipped..]))
        }
        Some((line, rest)) => got.first() == Some(line) && matches(rest, &got[1..]),
    }
}
