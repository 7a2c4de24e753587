//! What a CI system is told beside the log: annotations, a summary and values for the steps that
//! follow. Another reader of the same events.
//!
//! GitHub Actions takes annotations as
//! [workflow commands](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)
//! in the log, and summary and values in files that it names.

mod annotate;
mod markdown;
mod summary;
mod values;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diff::Difference;
use crate::event::{Accepted, Event, Problem, Registered, TaskStarted, Verdict};
use crate::plan::Plan;

/// Where a CI system is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiOptions {
    /// The verb of the run.
    pub verb: String,
    /// Write GitHub's workflow commands.
    pub annotations: bool,
    /// The configuration files as they were named: diagnostics begin with them.
    pub configs: Vec<String>,
    /// The folder of the run below the repository's, with `/` at its end, where it is another.
    pub folder: String,
    /// File that a summary in Markdown is added to.
    pub summary: Option<PathBuf>,
    /// File that values are added to, in GitHub's form.
    pub values: Option<PathBuf>,
    /// File that values are written to, one `NAME=value` a line.
    pub dotenv: Option<PathBuf>,
}

/// What was heard of a run.
#[derive(Debug, Default)]
pub(super) struct Ci {
    options: CiOptions,
    planned: Vec<Plan>,
    differences: Vec<Difference>,
    registered: Vec<Registered>,
    accepted: Vec<Accepted>,
    verdicts: Vec<Verdict>,
    tasks: Vec<TaskStarted>,
    errors: Vec<Problem>,
    /// What people were told of what went wrong, without colour.
    told: Vec<String>,
}

impl Ci {
    pub(super) fn new(options: CiOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Whether somebody reads the summary.
    pub(super) const fn has_summary(&self) -> bool {
        self.options.summary.is_some()
    }

    /// Takes in an event; the line that annotates it, where there is one.
    pub(super) fn hear(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Planned(plan) => self.planned(plan),
            Event::Difference(difference) => self.difference(difference),
            Event::Registered(registered) => self.registered.push(registered.clone()),
            Event::Accepted(accepted) => self.accepted.push(accepted.clone()),
            Event::Verdict(verdict) => self.verdict(verdict),
            Event::TaskStarted(task) => self.tasks.push(task.clone()),
            Event::Error(problem) => self.errors.push(problem.clone()),
            _ => {}
        }
        if let Some(said) = super::text::event(event, false).filter(|said| said.even_quiet)
            && self.told.len() < summary::MOST_LINES
        {
            self.told.push(said.text);
        }
        match self.options.annotations {
            true => annotate::event(event, &self.options),
            false => None,
        }
    }

    /// Takes in a plan.
    pub(super) fn planned(&mut self, plan: &Plan) {
        self.planned.push(plan.clone());
    }

    /// Takes in what differs, which was not printed.
    pub(super) fn difference(&mut self, difference: &Difference) {
        self.differences.push(difference.clone());
    }

    /// A later verdict on a service is the one that counts.
    fn verdict(&mut self, verdict: &Verdict) {
        self.verdicts.retain(|v| v.service != verdict.service);
        self.verdicts.push(verdict.clone());
    }

    /// Nothing that a CI system would want to know.
    fn is_silent(&self, exit_code: u8) -> bool {
        let nothing = self.planned.is_empty()
            && self.registered.is_empty()
            && self.verdicts.is_empty()
            && self.tasks.is_empty();
        nothing && (exit_code == 0 || self.errors.is_empty())
    }

    /// Writes summary and values; each file that could not be written, and why.
    pub(super) fn end(&self, exit_code: u8) -> Vec<String> {
        if self.is_silent(exit_code) {
            return Vec::new();
        }
        let values = values::of(self, exit_code);
        let options = &self.options;
        let added = options.summary.iter().map(|file| {
            let text = summary::of(self, exit_code);
            (file, add(file, &text))
        });
        let given = options.values.iter().map(|file| {
            let text = values::for_github(&values);
            (file, add(file, &text))
        });
        let written = options.dotenv.iter().map(|file| {
            let text = values::for_dotenv(&values);
            (file, std::fs::write(file, text))
        });
        let all = added.chain(given).chain(written);
        let failed = all.filter_map(|(file, done)| done.err().map(|error| (file, error)));
        let told = failed.map(|(file, why)| format!("could not write `{}`: {why}", file.display()));
        told.collect()
    }
}

/// Adds to a file that others write to as well.
fn add(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests;
