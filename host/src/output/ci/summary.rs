//! The summary of a run in Markdown: how it ended, what was deployed, what changed, why it failed.

use super::markdown::{block, code, inline};
use super::{Ci, values};
use crate::diff::Difference;
use crate::event::{Outcome, Verdict, seconds, short};
use crate::output::text;

/// Lines of a block at most: GitHub takes one MiB in all.
pub(super) const MOST_LINES: usize = 300;

/// The summary.
pub(super) fn of(ci: &Ci, exit_code: u8) -> String {
    let result = values::result(ci, exit_code).replace('-', " ");
    let name = format!("acetate {}", ci.options.verb);
    let mut page = format!("### {}: {result}\n\n", inline(name.trim_end()));
    if let Some(error) = ci.errors.last() {
        page += &format!("{}\n\n", inline(&error.message));
    }
    page += &deployments(ci);
    ci.differences.iter().for_each(|d| page += &difference(d));
    if exit_code != 0 && !ci.told.is_empty() {
        page += &format!(
            "<details open><summary>What was said</summary>\n\n{}\n</details>\n\n",
            block("text", &ci.told.join("\n"), MOST_LINES)
        );
    }
    if exit_code != 0 {
        page += &format!("Exit code {exit_code}.\n\n");
    }
    page
}

fn deployments(ci: &Ci) -> String {
    if ci.verdicts.is_empty() {
        let planned = ci.planned.iter().map(|plan| {
            let sentence = text::planned(plan);
            let first = sentence.lines().next().unwrap_or_default().to_owned();
            format!("{}\n\n", inline(&first))
        });
        return planned.collect();
    }
    let head = "| service | result | revision | before | tasks | time |\n| --- | --- | --- | --- | --- | --- |\n";
    let rows = ci.verdicts.iter().map(|verdict| row(ci, verdict));
    format!("{head}{}\n", rows.collect::<String>())
}

fn row(ci: &Ci, verdict: &Verdict) -> String {
    let plan = ci.planned.iter().rfind(|p| p.service == verdict.service);
    let before = plan.map_or_else(String::new, |plan| {
        code(short(&plan.expected.task_definition))
    });
    let result = match (verdict.outcome, verdict.nothing_to_do) {
        (Outcome::Succeeded, true) => "runs already",
        (Outcome::Succeeded, false) => "runs",
        (Outcome::RolledBack, _) => "failed, and is back",
        (Outcome::Failed, _) => "failed",
        (Outcome::LostSight, _) => "goes on",
        (Outcome::Superseded, _) => "overtaken",
        (Outcome::Reached, _) => "has come to its stage",
    };
    format!(
        "| {} | {result} | {} | {before} | {} of {} | {} |\n",
        inline(&verdict.service),
        code(short(&verdict.task_definition)),
        verdict.running,
        verdict.desired,
        seconds(verdict.elapsed)
    )
}

fn difference(difference: &Difference) -> String {
    let of = difference.service.as_deref().unwrap_or(&difference.family);
    let lines = difference.split.lines.len();
    if lines == 0 {
        return format!("{}: no difference to what ran.\n\n", inline(of));
    }
    let plural = if lines == 1 {
        "place differs"
    } else {
        "places differ"
    };
    let text = text::difference(difference);
    format!(
        "<details><summary>{}: {lines} {plural} from what ran</summary>\n\n{}\n</details>\n\n",
        inline(of),
        block("diff", &dedented(&text), MOST_LINES)
    )
}

/// Signs at the beginning of lines, where they are coloured.
fn dedented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}
