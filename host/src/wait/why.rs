//! Why it most likely failed: all that was said, weighed by how many tasks say it.

use super::causes::{Of, PAGES, ROWS, Row};
use crate::event::{ContainerEnd, Why};

/// What speaks for a cause.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Texts of ECS's, with the number of tasks or events that say them.
    pub said: Vec<(usize, Vec<String>)>,
    /// Lines that containers wrote which failed.
    pub written: Vec<String>,
}

/// What a stopped task says: its codes and reasons, its containers' reasons and exit codes.
#[must_use]
pub fn of_task(
    stop_code: Option<&str>,
    reason: Option<&str>,
    containers: &[ContainerEnd],
) -> Vec<String> {
    let of_task = [stop_code, reason].into_iter().flatten().map(str::to_owned);
    let reasons = containers.iter().filter_map(|c| c.reason.clone());
    // Those of containers that were ended with the task tell nothing.
    let failing = super::log::failing(containers).and_then(|c| c.exit_code);
    let code = failing.map(|code| format!("exit code {code}."));
    of_task.chain(reasons).chain(code).collect()
}

/// The likely cause; `None` where nothing is known that speaks for one.
#[must_use]
pub fn why(service: &str, evidence: &Evidence) -> Option<Why> {
    let strong = best(evidence, |of| of != Of::Weak);
    let row = strong.or_else(|| best(evidence, |of| of == Of::Weak))?;
    Some(Why {
        service: service.to_owned(),
        cause: row.cause.to_owned(),
        message: row.message.to_owned(),
        check: row.check.to_owned(),
        page: format!("{PAGES}{}", row.page),
    })
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
        // One line tells as much as all tasks: they fail alike.
        Of::Log => {
            let has = evidence.written.iter().any(|line| matches(row, line));
            let tasks: usize = evidence.said.iter().map(|(count, _)| count).sum();
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
    let text = text.to_lowercase();
    row.words
        .iter()
        .all(|word| text.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests;
