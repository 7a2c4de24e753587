//! Why it most likely failed: all that was said, weighed by how many tasks say it.

use super::causes::{Of, PAGES, ROWS, Row, Words};
use crate::event::{ContainerEnd, Why};

/// What speaks for a cause.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Texts of ECS's, with the number of tasks or events that say them.
    pub said: Vec<(usize, Vec<String>)>,
    /// Lines that containers wrote which failed.
    pub written: Vec<String>,
}

/// The causes that are told of one deployment, at most.
const MOST: usize = 3;

/// What a stopped task says: its code and reason, its containers' reasons, and the exit code that
/// counts.
#[must_use]
pub fn of_task(
    stop_code: Option<&str>,
    reason: Option<&str>,
    containers: &[ContainerEnd],
) -> Vec<String> {
    // AWS's pages write code and reason as one: a reason may be one word, such as `AGENT`.
    let of_task: Vec<&str> = [stop_code, reason].into_iter().flatten().collect();
    let of_task = (!of_task.is_empty()).then(|| of_task.join(": "));
    let reasons = containers.iter().filter_map(|c| c.reason.clone());
    // Those of containers that were ended with the task tell nothing.
    let failing = super::log::failing(containers).and_then(|c| c.exit_code);
    let code = failing.map(|code| format!("exit code {code}."));
    of_task.into_iter().chain(reasons).chain(code).collect()
}

/// The likely causes, the likeliest first; none where nothing is known that speaks for one.
///
/// Another cause is told where tasks or events speak for it that have nothing to do with those
/// before.
#[must_use]
pub fn why(service: &str, evidence: &Evidence) -> Vec<Why> {
    let mut left = evidence.clone();
    let mut found: Vec<Why> = Vec::new();
    while found.len() < MOST {
        let strong = best(&left, |of| of != Of::Weak);
        let weak = || best(&left, |of| of == Of::Weak).filter(|_| found.is_empty());
        let Some(row) = strong.or_else(weak) else {
            break;
        };
        let rank = found.len() + 1;
        found.push(told(service, row, rank));
        explain(&mut left, row);
    }
    found
}

fn told(service: &str, row: &Row, rank: usize) -> Why {
    Why {
        service: service.to_owned(),
        rank,
        cause: row.cause.to_owned(),
        message: row.message.to_owned(),
        check: row.check.to_owned(),
        page: format!("{PAGES}{}", row.page),
    }
}

/// Leaves the evidence that this cause does not explain.
fn explain(evidence: &mut Evidence, row: &Row) {
    let same = |text: &String| {
        let mut rows = ROWS.iter().filter(|other| other.cause == row.cause);
        rows.any(|row| matches(row, text))
    };
    let is_explained = |texts: &[String]| match row.of {
        Of::Log => has_run(texts),
        Of::Ecs | Of::Weak => texts.iter().any(same),
    };
    evidence.said.retain(|(_, texts)| !is_explained(texts));
    if !evidence.said.iter().any(|(_, texts)| has_run(texts)) {
        evidence.written.clear();
    }
}

/// Whether a container of the task ran, and so may have written something.
fn has_run(texts: &[String]) -> bool {
    texts.iter().any(|text| text.starts_with("exit code "))
}

/// The row that most speaks for; of equals the first, which is the most special one.
fn best(evidence: &Evidence, which: impl Fn(Of) -> bool) -> Option<&'static Row> {
    let mut found: Option<(usize, &Row)> = None;
    for row in ROWS.iter().filter(|row| which(row.of)) {
        let weight = weight(row, evidence);
        if weight > found.map_or(0, |(most, _)| most) {
            found = Some((weight, row));
        }
    }
    found.map(|(_, row)| row)
}

/// How many tasks, events or lines have the words.
fn weight(row: &Row, evidence: &Evidence) -> usize {
    match row.of {
        // One line tells as much as all tasks that ran: they fail alike.
        Of::Log => {
            let has = evidence.written.iter().any(|line| matches(row, line));
            let ran = evidence.said.iter().filter(|(_, texts)| has_run(texts));
            let tasks: usize = ran.map(|(count, _)| count).sum();
            usize::from(has) * tasks.max(1)
        }
        Of::Ecs | Of::Weak => {
            let says = |texts: &[String]| texts.iter().any(|text| matches(row, text));
            let saying = evidence.said.iter().filter(|(_, texts)| says(texts));
            saying.map(|(count, _)| count).sum()
        }
    }
}

fn matches(row: &Row, text: &str) -> bool {
    row.any.iter().any(|words| has_all(words, text))
}

fn has_all(words: Words, text: &str) -> bool {
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests;
