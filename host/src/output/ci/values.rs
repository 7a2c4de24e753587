//! Values for the steps that follow.

use std::hash::{BuildHasher, Hasher, RandomState};

use serde_json::json;

use super::Ci;
use crate::event::Outcome;

/// The name of each value, and the value.
pub(super) type Values = Vec<(&'static str, String)>;

/// What a run says of itself. What is not known is left out.
pub(super) fn of(ci: &Ci, exit_code: u8) -> Values {
    let mut values = vec![
        ("result", result(ci, exit_code).to_owned()),
        ("exit-code", exit_code.to_string()),
    ];
    if let Some(error) = ci.errors.last() {
        values.push(("message", error.message.clone()));
    }
    let services = services(ci);
    if let [one] = services.as_slice() {
        values.extend(one.clone());
    }
    if let Some(task) = ci.tasks.last() {
        values.push(("task", task.task.clone()));
    }
    if !ci.differences.is_empty() {
        let lines: usize = ci.differences.iter().map(|d| d.split.lines.len()).sum();
        values.push(("differences", lines.to_string()));
    }
    let all: Vec<serde_json::Value> = services
        .into_iter()
        .map(|one| {
            one.into_iter()
                .map(|(n, v)| (n.to_owned(), json!(v)))
                .collect()
        })
        .collect();
    if !all.is_empty() {
        values.push(("services", json!(all).to_string()));
    }
    values
}

/// What is known of each service, in the order of the run.
fn services(ci: &Ci) -> Vec<Values> {
    let planned = ci.planned.iter().map(|plan| plan.service.as_str());
    let judged = ci.verdicts.iter().map(|verdict| verdict.service.as_str());
    let mut names: Vec<&str> = Vec::new();
    for name in planned.chain(judged) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        let only = |r: &super::Registered| vec![("task-definition", r.arn.clone())];
        return ci.registered.iter().map(only).collect();
    }
    names.into_iter().map(|name| service(ci, name)).collect()
}

fn service(ci: &Ci, name: &str) -> Values {
    let plan = ci.planned.iter().rfind(|plan| plan.service == name);
    let accepted = ci.accepted.iter().rfind(|a| a.service == name);
    let verdict = ci.verdicts.iter().find(|v| v.service == name);
    let registered = plan.and_then(|plan| ci.registered.iter().rfind(|r| r.family == plan.family));
    let asked = verdict
        .map(|v| &v.task_definition)
        .or_else(|| accepted.map(|a| &a.task_definition))
        .or_else(|| registered.map(|r| &r.arn));
    let deployment = verdict
        .and_then(|v| v.deployment.as_ref())
        .or_else(|| accepted.and_then(|a| a.deployment.as_ref()));
    let before = plan.map(|plan| &plan.expected.task_definition);
    let now = verdict.and_then(|v| v.now.as_ref());
    let mut values = vec![("service", name.to_owned())];
    let known = [
        ("cluster", plan.map(|plan| &plan.cluster)),
        ("task-definition", asked),
        ("before", before),
        ("now", now),
        ("deployment", deployment),
    ];
    values.extend(
        known
            .into_iter()
            .filter_map(|(n, v)| v.map(|v| (n, v.clone()))),
    );
    if let Some(verdict) = verdict {
        values.push(("outcome", outcome(verdict.outcome).to_owned()));
    }
    values.push(("updated", accepted.is_some().to_string()));
    values
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::RolledBack => "rolled-back",
        Outcome::Failed => "failed",
        Outcome::LostSight => "lost-sight",
        Outcome::Superseded => "superseded",
        Outcome::Reached => "reached",
    }
}

/// The exit code in a word.
pub(super) fn result(ci: &Ci, exit_code: u8) -> &'static str {
    match exit_code {
        0 if !ci.verdicts.is_empty() && ci.verdicts.iter().all(|v| v.nothing_to_do) => {
            "nothing-to-do"
        }
        0 if ci.verdicts.iter().any(|v| v.outcome == Outcome::Reached) => "reached",
        0 if ci.verdicts.is_empty() && !ci.accepted.is_empty() => "accepted",
        0 => "succeeded",
        1 => "bad-input",
        2 => "bad-usage",
        3 => "differs",
        4 => "refused",
        5 => "faults",
        6 => "rolled-back",
        8 => "lost-sight",
        9 => "superseded",
        10 => "aws-refused",
        11 => "aws-refused-after-change",
        12 => "before-failed",
        70 => "bug",
        125 => "no-exit-code",
        130 => "interrupted",
        143 => "terminated",
        _ => "failed",
    }
}

/// As GitHub takes them. The mark that ends a value cannot be known to whoever wrote the value,
/// and is not in it.
pub(super) fn for_github(values: &Values) -> String {
    let one = |(name, value): &(&str, String)| {
        let mark = std::iter::repeat_with(mark)
            .find(|mark| !value.contains(mark.as_str()))
            .expect("there is always another mark");
        format!("{name}<<{mark}\n{value}\n{mark}\n")
    };
    values.iter().map(one).collect()
}

/// Unlike any other. The standard library seeds each of these hashers from the system's
/// randomness.
fn mark() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("acetate-{:016x}{:016x}", half(), half())
}

/// One `ACETATE_NAME=value` a line, as GitLab's dotenv reports take them: what is not of a plain
/// line is left out of a value.
pub(super) fn for_dotenv(values: &Values) -> String {
    let one = |(name, value): &(&str, String)| {
        let name = name.to_ascii_uppercase().replace('-', "_");
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        format!("ACETATE_{name}={value}\n")
    };
    values.iter().map(one).collect()
}
