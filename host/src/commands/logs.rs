//! Logs of containers, for people: masked, and what cannot be read is said once.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::aws::{Aws, CallError, Class, LogLine};
use crate::event::{Event, LogTail, TasksFailed, short};
use crate::output::{Output, mask};
use crate::wait::log::{Destination, destination, failing};

/// Lines of a log that are told of a container that failed.
const LINES: usize = 20;
/// Bytes of a line that are told.
const LONGEST: usize = 4096;
/// How long a log may be waited for: it explains, and nothing depends on it.
const PATIENCE: Duration = Duration::from_secs(6);
/// Logs that are read for one deployment.
const TAILS: usize = 3;

/// Containers of task definitions, by ARN. Whoever looks one up keeps the others waiting, who then
/// find it.
type Known = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// What was read and said for one deployment.
#[derive(Debug, Default)]
pub struct Tails {
    known: Known,
    /// Tasks whose log was told.
    told: BTreeSet<String>,
    said: BTreeSet<String>,
    read: usize,
    /// Tasks whose log is being read, with their containers.
    awaited: BTreeMap<String, String>,
    /// All lines that were told.
    pub lines: Vec<String>,
}

/// The end of the log of a task, or why there is none to show; `None` where nothing was written
/// yet.
pub struct Read {
    task: String,
    found: Result<Option<LogTail>, String>,
}

impl Tails {
    /// Reads the end of the log of a container that failed, beside other work; where there is
    /// one to read.
    pub fn begin(
        &mut self,
        aws: &Arc<Aws>,
        failed: &TasksFailed,
    ) -> Option<impl Future<Output = Read> + use<>> {
        let end = failing(&failed.containers)?;
        let seen = self.told.contains(&failed.task) || self.awaited.contains_key(&failed.task);
        if self.read >= TAILS || seen {
            return None;
        }
        self.read += 1;
        self.awaited.insert(failed.task.clone(), end.name.clone());
        let (known, aws) = (Arc::clone(&self.known), Arc::clone(aws));
        let (failed, container) = (failed.clone(), end.name.clone());
        Some(async move {
            let read = timeout(PATIENCE, tail(&known, &aws, &failed, &container)).await;
            Read {
                found: read.unwrap_or_else(|_| Err(LATE.to_owned())),
                task: failed.task,
            }
        })
    }

    /// Whether a log is being read.
    pub fn is_reading(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// Tells what was read.
    pub fn tell(&mut self, read: Read, out: &mut Output) {
        let Some(container) = self.awaited.remove(&read.task) else {
            return;
        };
        match read.found {
            Ok(None) => {}
            Ok(Some(tail)) => {
                self.told.insert(read.task);
                self.lines.extend(tail.lines.iter().cloned());
                out.event(&Event::LogTail(tail));
            }
            Err(why) => {
                let told = format!("the log of `{container}` is not shown: {why}");
                if self.said.insert(told.clone()) {
                    out.note(&told);
                }
            }
        }
    }

    /// Waits no longer, and says so.
    pub fn give_up(&mut self, out: &mut Output) {
        for task in self.awaited.keys().cloned().collect::<Vec<_>>() {
            let found = Err(LATE.to_owned());
            self.tell(Read { task, found }, out);
        }
    }
}

/// Why a log is not shown that is still being read when nobody waits any more.
const LATE: &str = "it was not answered in time";

async fn tail(
    known: &Known,
    aws: &Aws,
    failed: &TasksFailed,
    container: &str,
) -> Result<Option<LogTail>, String> {
    let arn = &failed.task_definition;
    let mut known = known.lock().await;
    let containers = match known.get(arn) {
        Some(containers) => containers.clone(),
        None => {
            let found = containers(aws, arn).await?;
            known.insert(arn.clone(), found.clone());
            found
        }
    };
    drop(known);
    let stream = match destination(&containers, container, &failed.task) {
        Destination::Stream(stream) => stream,
        Destination::Elsewhere(place) => return Err(place),
    };
    let lines = aws.log_tail(&stream, LINES).await;
    let lines = lines.map_err(|error| unreadable(&error, &stream.group))?;
    if lines.is_empty() {
        return Ok(None);
    }
    let secrets = mask::known(&containers);
    Ok(Some(LogTail {
        service: failed.service.clone(),
        task: failed.task.clone(),
        container: container.to_owned(),
        group: stream.group,
        stream: stream.name,
        lines: lines.iter().map(|line| shown(line, &secrets)).collect(),
    }))
}

/// The containers of a task definition.
///
/// # Errors
/// Why they cannot be seen, in words.
pub async fn containers(aws: &Aws, arn: &str) -> Result<Vec<Value>, String> {
    let described = aws.describe_task_definition(arn).await;
    let described = described.map_err(|error| error.to_string())?;
    let containers = described
        .as_ref()
        .and_then(|answer| answer.pointer("/taskDefinition/containerDefinitions"))
        .and_then(Value::as_array);
    containers
        .cloned()
        .ok_or_else(|| format!("`{}` is not there any more", short(arn)))
}

/// Why a log cannot be read, with the permission that is missing.
pub fn unreadable(error: &CallError, group: &str) -> String {
    match error.class {
        Class::Denied => format!(
            "allow `logs:GetLogEvents` on the log group `{group}`: {}",
            error.message
        ),
        Class::NotFound => format!("in `{group}`: {}", error.message),
        _ => error.to_string(),
    }
}

/// A line as it may be told.
pub fn shown(line: &LogLine, secrets: &[String]) -> String {
    let text = mask::line(&line.message, secrets);
    if text.len() <= LONGEST {
        return text;
    }
    let kept: String = text
        .char_indices()
        .take_while(|(at, _)| *at < LONGEST)
        .map(|(_, c)| c)
        .collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let line = |message: String| LogLine { at: 0.0, message };
        let text = shown(&line("ü".repeat(LONGEST)), &[]);
        assert_eq!(text.chars().count(), LONGEST / 2 + 1);
        assert!(text.ends_with('…'));
        assert_eq!(shown(&line("short".to_owned()), &[]), "short");
    }
}
