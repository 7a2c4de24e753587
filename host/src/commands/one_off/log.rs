//! The log of a one-off task, told while it runs.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::Job;
use crate::aws::{CallError, Class, LogLine};
use crate::commands::logs::{shown, unreadable};
use crate::event::{Event, TaskLog};
use crate::output::{Output, escape, mask};
use crate::wait::log::{Destination, Stream, destination};

/// How long one page may be waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// CloudWatch Logs shows what was written last a moment after the task has stopped.
const LATE: Duration = Duration::from_secs(1);
/// Lines of a page after which the next one is asked for at once.
const FULL: usize = 1000;
/// Pages at the end of a task.
const PAGES: usize = 100;
/// Pages between two looks at the task: who writes faster than that is read later.
const A_LOOK: usize = 10;
/// Lines that are kept to tell why a task failed: the last ones say it.
const KEPT: usize = 200;

/// What becomes of a task's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// It is not read.
    Off,
    /// It is told beside other work, each line with the task's name.
    Talk,
    /// In text it is what the run is for, and goes to stdout as it is.
    Data,
}

/// A log that is followed.
pub struct Followed<'a> {
    job: Job<'a>,
    /// Where it is; none once it cannot be read.
    stream: Option<Stream>,
    secrets: Vec<String>,
    token: Option<String>,
    /// The stream was there.
    found: bool,
    /// The last lines that were told.
    kept: VecDeque<String>,
}

impl<'a> Followed<'a> {
    /// The log of this task, from its beginning. Where it goes elsewhere, that is said.
    pub fn new(job: Job<'a>, containers: &[Value], task: &str, out: &mut Output) -> Self {
        let found = destination(containers, &job.task.container, task);
        let stream = match (job.log, found) {
            (Log::Off, _) => None,
            (_, Destination::Stream(stream)) => Some(stream),
            (_, Destination::Elsewhere(place)) => {
                out.note(&not_shown(job, &place));
                None
            }
        };
        Self {
            job,
            stream,
            secrets: mask::known(containers),
            token: None,
            found: false,
            kept: VecDeque::new(),
        }
    }

    /// Tells what was written since the last time; how many lines that were.
    pub async fn tell(&mut self, out: &mut Output) -> usize {
        let mut told = 0;
        for _ in 0..A_LOOK {
            let Some(stream) = self.stream.clone() else {
                break;
            };
            let page = self.job.aws.log_page(&stream, self.token.as_deref());
            let lines = match timeout(PATIENCE, page).await {
                Ok(Ok((lines, token))) => {
                    self.token = token;
                    self.found = true;
                    lines
                }
                Ok(Err(error)) => {
                    self.judge(&error, &stream, out);
                    break;
                }
                Err(_slow) => break,
            };
            lines.iter().for_each(|line| self.line(line, out));
            told += lines.len();
            if lines.len() < FULL {
                break;
            }
        }
        told
    }

    /// Tells what is left once the task has stopped.
    pub async fn drain(&mut self, out: &mut Output) {
        let mut waited = false;
        for _ in 0..PAGES {
            let told = self.tell(out).await;
            let quiet = told == 0 && (waited || !self.kept.is_empty());
            if quiet || self.stream.is_none() {
                break;
            }
            sleep(LATE).await;
            waited = true;
        }
        if let (Some(stream), false) = (&self.stream, self.found) {
            let place = format!("`{}` has no stream `{}`", stream.group, stream.name);
            out.note(&not_shown(self.job, &place));
        }
    }

    /// The last lines that were told.
    pub fn last_lines(self) -> Vec<String> {
        self.kept.into()
    }

    fn line(&mut self, line: &LogLine, out: &mut Output) {
        let message = shown(line, &self.secrets);
        keep(&mut self.kept, message.clone());
        if self.job.log == Log::Data && !out.is_json() {
            return out.data(&format!("{}\n", escape::lines(&message)));
        }
        out.event(&Event::TaskLog(TaskLog {
            service: self.job.of.to_owned(),
            name: self.job.task.name.clone(),
            container: self.job.task.container.clone(),
            at: line.at,
            message,
        }));
    }

    /// A stream comes into being when its container starts, and other trouble may pass.
    fn judge(&mut self, error: &CallError, stream: &Stream, out: &mut Output) {
        let passes = [
            Class::NotFound,
            Class::Throttled,
            Class::Server,
            Class::Network,
            Class::Malformed,
        ];
        if !passes.contains(&error.class) {
            out.note(&not_shown(self.job, &unreadable(error, &stream.group)));
            self.stream = None;
        }
    }
}

/// Keeps a line, and the last [`KEPT`] with it: a task may write for days.
fn keep(kept: &mut VecDeque<String>, line: String) {
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(line);
}

fn not_shown(job: Job<'_>, why: &str) -> String {
    format!("the log of `{}` is not shown: {why}", job.task.container)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_log_without_end_the_last_lines_are_kept_and_no_more() {
        let mut kept = VecDeque::new();
        (0..100_000).for_each(|n| keep(&mut kept, format!("line {n}")));
        assert_eq!(kept.len(), KEPT);
        assert!(kept.capacity() < 4 * KEPT, "{}", kept.capacity());
        assert_eq!(kept.back().map(String::as_str), Some("line 99999"));
        let first = format!("line {}", 100_000 - KEPT);
        assert_eq!(kept.front(), Some(&first));
    }
}
