//! The CloudWatch Logs operations: what the tasks of this world write.
//!
//! A stream is there once its task has started, as the `awslogs` driver makes it then.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, count, flag, list, page, text, with_token};
use super::state::{State, Task};
use super::task::id;
use crate::wait::log::{Destination, Stream, destination, groups};

/// Answers one CloudWatch Logs operation.
pub(crate) fn answer(state: &State, operation: &str, request: &Value) -> Answer {
    match operation {
        "GetLogEvents" => events(state, request),
        "DescribeLogGroups" => Ok(log_groups(state, request)),
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

fn absent(what: &str) -> Refusal {
    let told = format!("The specified log {what} does not exist.");
    Refusal::new("ResourceNotFoundException", told)
}

/// The groups that exist: those that the world names or, where it names none, those that
/// containers log to.
fn existing(state: &State) -> Vec<String> {
    if let Some(named) = &state.log_groups {
        return named.clone();
    }
    let definitions = state.definitions.values().flatten();
    let found = definitions.flat_map(|d| groups(list(&d.document, "containerDefinitions")));
    let mut found: Vec<String> = found.map(|(group, _)| group).collect();
    found.sort();
    found.dedup();
    found
}

fn log_groups(state: &State, request: &Value) -> Value {
    let prefix = text(request, "logGroupNamePrefix").unwrap_or_default();
    let mut found = existing(state);
    // What a revision to come logs to is there, too, unless the world says what is.
    if state.log_groups.is_none() && !found.iter().any(|group| group == prefix) {
        found.push(prefix.to_owned());
        found.sort();
    }
    let found = found
        .into_iter()
        .filter(|group| group.starts_with(prefix))
        .map(|group| {
            let arn = state.arn("logs", &format!("log-group:{group}:*"));
            json!({"logGroupName": group, "arn": arn, "storedBytes": 0})
        });
    let (found, token) = page(found.collect(), request, ("limit", 50), "nextToken");
    with_token(json!({"logGroups": found}), "nextToken", token)
}

/// Tokens name the number of events before them, as `f/N` and `b/N`.
fn events(state: &State, request: &Value) -> Answer {
    let wanted = Stream {
        group: text(request, "logGroupName").unwrap_or_default().to_owned(),
        name: text(request, "logStreamName")
            .unwrap_or_default()
            .to_owned(),
        region: None,
    };
    if !existing(state).contains(&wanted.group) {
        return Err(absent("group"));
    }
    let written = written(state, &wanted).ok_or_else(|| absent("stream"))?;
    let limit = count(request, "limit").and_then(|n| usize::try_from(n).ok());
    let limit = limit.map_or(10_000, |n| n.clamp(1, 10_000));
    let token = text(request, "nextToken").and_then(|t| t.strip_prefix("f/")?.parse().ok());
    let from: usize = match (token, flag(request, "startFromHead")) {
        (Some(before), _) => before,
        (None, true) => 0,
        (None, false) => written.len().saturating_sub(limit),
    };
    let to = (from + limit).min(written.len());
    let shown = written.get(from..to).unwrap_or_default();
    Ok(json!({
        "events": shown, "nextForwardToken": format!("f/{to}"), "nextBackwardToken": format!("b/{from}"),
    }))
}

/// The events of a stream up to now; `None` where no task writes to it.
fn written(state: &State, wanted: &Stream) -> Option<Vec<Value>> {
    let task = state
        .tasks
        .iter()
        .find(|t| wanted.name.ends_with(&id(t)))
        .filter(|t| t.started.is_some())?;
    let document = state.definition(&task.definition)?.document.clone();
    let containers = list(&document, "containerDefinitions");
    let container = wanted.name.rsplit('/').nth(1)?;
    let Destination::Stream(found) = destination(containers, container, &task.arn) else {
        return None;
    };
    if (&found.group, &found.name) != (&wanted.group, &wanted.name) {
        return None;
    }
    let first = task.containers.iter().find(|c| c.essential);
    if first.is_none_or(|c| c.name != container) {
        return Some(Vec::new());
    }
    Some(lines(state, task))
}

/// What the first essential container has written by now: spread over the time that a one-off
/// task runs, all at once in a service's.
fn lines(state: &State, task: &Task) -> Vec<Value> {
    let started = task.started.unwrap_or_default();
    let now = state.now().min(task.stopped.unwrap_or(f64::MAX));
    let (lines, seconds) = match &task.run {
        Some(run) => (&run.log, run.seconds.unwrap_or(10.0)),
        None => (&task.log, 0.0),
    };
    let each = seconds / (lines.len() as f64 + 1.0);
    let event = |(index, line): (usize, &String)| {
        let at = started + each * (index as f64 + 1.0);
        let stamp = (at * 1000.0).round();
        (at <= now).then(|| json!({"timestamp": stamp, "message": line, "ingestionTime": stamp}))
    };
    lines.iter().enumerate().filter_map(event).collect()
}
