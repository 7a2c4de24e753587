//! Logs of containers, for people: masked, and what cannot be read is said once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
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

/// What was read and said for one deployment.
#[derive(Debug, Default)]
pub struct Tails {
    /// Containers of task definitions, by ARN.
    containers: BTreeMap<String, Vec<Value>>,
    /// Tasks whose log was told.
    told: BTreeSet<String>,
    said: BTreeSet<String>,
    read: usize,
    /// All lines that were told.
    pub lines: Vec<String>,
}

/// Tells the end of the log of a container that failed.
pub async fn tell_tail(tails: &mut Tails, aws: &Aws, failed: &TasksFailed, out: &mut Output) {
    let Some(end) = failing(&failed.containers) else {
        return;
    };
    if tails.read >= TAILS || tails.told.contains(&failed.task) {
        return;
    }
    tails.read += 1;
    let read = timeout(PATIENCE, tail(tails, aws, failed, &end.name)).await;
    match read.unwrap_or_else(|_| Err("it was not answered in time".to_owned())) {
        Ok(None) => {}
        Ok(Some(tail)) => {
            tails.told.insert(failed.task.clone());
            tails.lines.extend(tail.lines.iter().cloned());
            out.event(&Event::LogTail(tail));
        }
        Err(why) => {
            let told = format!("the log of `{}` is not shown: {why}", end.name);
            if tails.said.insert(told.clone()) {
                out.note(&told);
            }
        }
    }
}

/// The end of a log, or why there is none to show; `None` where nothing was written yet.
async fn tail(
    tails: &mut Tails,
    aws: &Aws,
    failed: &TasksFailed,
    container: &str,
) -> Result<Option<LogTail>, String> {
    let arn = &failed.task_definition;
    if !tails.containers.contains_key(arn) {
        let found = containers(aws, arn).await?;
        tails.containers.insert(arn.clone(), found);
    }
    let known = &tails.containers[arn];
    let stream = match destination(known, container, &failed.task) {
        Destination::Stream(stream) => stream,
        Destination::Elsewhere(place) => return Err(place),
    };
    let lines = aws.log_tail(&stream, LINES).await;
    let lines = lines.map_err(|error| unreadable(&error, &stream.group))?;
    if lines.is_empty() {
        return Ok(None);
    }
    let secrets = mask::known(known);
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
