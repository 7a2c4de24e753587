//! Several services in words.

use crate::event::fleet::{End, Fleet, Summary};
use crate::event::seconds;
use crate::output::escape;

/// Services of a list that are named at most.
const NAMED: usize = 10;

/// How far the whole is.
pub(crate) fn fleet(fleet: &Fleet) -> String {
    let wave = match fleet.waves {
        1 => String::new(),
        waves => format!("wave {} of {waves}: ", fleet.wave),
    };
    let failed = match fleet.failed {
        0 => String::new(),
        n => format!(", {n} failed"),
    };
    format!(
        "{wave}{} of {} services done{failed}, {} under way, {} to come, {}",
        fleet.well + fleet.failed,
        fleet.total,
        fleet.underway,
        fleet.waiting,
        seconds(fleet.elapsed)
    )
}

/// How it ended: counts, and who did not end well.
pub(super) fn summary(summary: &Summary) -> String {
    let count = |end: End| summary.services.iter().filter(|s| s.end == end).count();
    let unchanged = match count(End::NothingToDo) {
        0 => String::new(),
        n => format!(" ({n} had nothing to do)"),
    };
    let not = |n: usize, what: &str| match n {
        0 => String::new(),
        n => format!(", {n} {what}"),
    };
    let (failed, waiting) = (
        not(summary.failed, "failed"),
        not(summary.not_begun, "not begun"),
    );
    let throttled = match summary.throttled {
        0 => String::new(),
        n => format!("; AWS said {n} times that calls came too often"),
    };
    let mut text = format!(
        "{} of {} services went well{unchanged}{failed}{waiting}, {}{throttled}",
        summary.well,
        summary.total,
        seconds(summary.elapsed)
    );
    for (end, word) in [(End::Failed, "failed"), (End::NotBegun, "not begun")] {
        let of_end = summary.services.iter().filter(|s| s.end == end);
        let names: Vec<String> = of_end
            .map(|s| match &s.config {
                Some(config) => format!("{} of {config}", s.service),
                None => s.service.clone(),
            })
            .collect();
        if names.is_empty() {
            continue;
        }
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let first = names.iter().take(NAMED).map(String::as_str);
        let first = escape::line(&first.collect::<Vec<_>>().join(", ")).into_owned();
        text.push_str(&format!("\n  {word}: {first}{more}"));
    }
    text
}
