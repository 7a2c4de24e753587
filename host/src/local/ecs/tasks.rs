//! Run, describe, list and stop tasks.

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, count, list, page, text, texts, with_token};
use super::super::state::{State, Task};
use super::super::task;
use super::{missing, shown};

pub(super) fn run(state: &mut State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let definition = state
        .usable(text(request, "taskDefinition").unwrap_or_default())?
        .arn
        .clone();
    if request
        .get("overrides")
        .is_some_and(|o| o.to_string().len() > 8192)
    {
        return Err(Refusal::invalid("Overrides length must be at most 8192."));
    }
    needs_network(state, &definition, request)?;
    let token = text(request, "clientToken").map(str::to_owned);
    if let Some(made) = token.as_ref().and_then(|t| state.tokens.get(t)) {
        return made_before(state, made, &definition);
    }
    let script = state.runs.pop_front().unwrap_or_default();
    if let Some(reason) = script.failure {
        let arn = state.arn(
            "ecs",
            &format!("container-instance/{cluster}/{}", "0".repeat(32)),
        );
        return Ok(json!({"tasks": [], "failures": [{"arn": arn, "reason": reason}]}));
    }
    let mut tasks = Vec::new();
    for _ in 0..count(request, "count").unwrap_or(1).clamp(1, 10) {
        tasks.push(begin(state, &cluster, &definition, request, &script));
    }
    if let Some(token) = token {
        state
            .tokens
            .insert(token, tasks.iter().map(|t| t.arn.clone()).collect());
    }
    let answer = json!({"tasks": tasks.iter().map(|t| shown::task(state, t)).collect::<Vec<_>>(), "failures": []});
    state.tasks.extend(tasks);
    Ok(answer)
}

/// In `awsvpc` every task has an interface of its own, in subnets that the service or the request
/// names.
pub(crate) fn wants_network(state: &State, definition: &str) -> bool {
    let known = state.definition(definition);
    known.and_then(|d| text(&d.document, "networkMode")) == Some("awsvpc")
}

fn needs_network(state: &State, definition: &str, request: &Value) -> Result<(), Refusal> {
    if wants_network(state, definition) && request.get("networkConfiguration").is_none() {
        return Err(Refusal::invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    }
    Ok(())
}

/// The tasks of a client token that is known.
fn made_before(state: &State, made: &[String], definition: &str) -> Answer {
    let known: Vec<&Task> = state
        .tasks
        .iter()
        .filter(|t| made.contains(&t.arn))
        .collect();
    if known.iter().any(|t| t.definition != definition) {
        return Err(Refusal::new(
            "ConflictException",
            "The client token was used with other parameters.",
        ));
    }
    let shown: Vec<Value> = known.iter().map(|t| shown::task(state, t)).collect();
    Ok(json!({"tasks": shown, "failures": []}))
}

/// A one-off task with the course that its script gives it.
fn begin(
    state: &mut State,
    cluster: &str,
    definition: &str,
    request: &Value,
    script: &super::super::world::RunScript,
) -> Task {
    let mut new = task::new(state, cluster, definition, "PROVISIONING");
    new.started_by = text(request, "startedBy").map(str::to_owned);
    if let Some(group) = text(request, "group") {
        group.clone_into(&mut new.group);
    }
    text(request, "launchType")
        .unwrap_or("FARGATE")
        .clone_into(&mut new.launch_type);
    for (member, value) in request
        .get("overrides")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        new.overrides[member] = value.clone();
    }
    if !list(request, "tags").is_empty() {
        state
            .tags
            .insert(new.arn.clone(), list(request, "tags").to_vec());
    }
    let mut at = state.clock.now();
    let mut after = |low, high, status| {
        at += state.random.between(low, high);
        new.course.push_back((at, status));
    };
    after(1.0, 3.0, "PENDING");
    if script.reason.is_none() {
        after(4.0, 9.0, "RUNNING");
        if !script.stuck {
            let seconds = script.seconds.unwrap_or(10.0);
            after(seconds, seconds, "DEPROVISIONING");
        }
    }
    if !script.stuck {
        after(2.0, 4.0, "STOPPED");
    }
    new.run = Some(script.clone());
    new
}

pub(super) fn describe(state: &State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for named in texts(request, "tasks") {
        match find(state, &cluster, &named) {
            Some(index) => tasks.push(shown::task(state, &state.tasks[index])),
            None => failures.push(missing(arn(state, &cluster, &named))),
        }
    }
    Ok(json!({"tasks": tasks, "failures": failures}))
}

fn find(state: &State, cluster: &str, named: &str) -> Option<usize> {
    let id = named.rsplit('/').next().unwrap_or(named);
    state
        .tasks
        .iter()
        .position(|t| t.cluster == cluster && task::id(t) == id)
}

fn arn(state: &State, cluster: &str, named: &str) -> String {
    if named.starts_with("arn:") {
        named.to_owned()
    } else {
        state.arn("ecs", &format!("task/{cluster}/{named}"))
    }
}

pub(super) fn list_tasks(state: &State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let desired = text(request, "desiredStatus").unwrap_or("RUNNING");
    let group = text(request, "serviceName")
        .map(|s| format!("service:{}", s.rsplit('/').next().unwrap_or(s)));
    let by = text(request, "startedBy");
    let family = text(request, "family").map(|f| format!(":task-definition/{f}:"));
    let arns = state
        .tasks
        .iter()
        .rev()
        .filter(|t| t.cluster == cluster && t.desired == desired);
    let arns = arns.filter(|t| group.as_ref().is_none_or(|g| *g == t.group));
    let arns = arns.filter(|t| by.is_none_or(|by| t.started_by.as_deref() == Some(by)));
    let arns = arns.filter(|t| family.as_ref().is_none_or(|f| t.definition.contains(f)));
    let (arns, token) = page(
        arns.map(|t| t.arn.clone()).collect(),
        request,
        ("maxResults", 100),
        "nextToken",
    );
    Ok(with_token(json!({"taskArns": arns}), "nextToken", token))
}

pub(super) fn stop(state: &mut State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let found = find(state, &cluster, text(request, "task").unwrap_or_default());
    let index = found.ok_or_else(|| Refusal::invalid("The referenced task was not found."))?;
    let (now, reason) = (
        state.now(),
        text(request, "reason").unwrap_or("Task stopped by user"),
    );
    if state.tasks[index].stopped.is_none() {
        task::stop(
            &mut state.tasks[index],
            now,
            "UserInitiated",
            reason,
            Some(143),
        );
    }
    Ok(json!({"task": shown::task(state, &state.tasks[index])}))
}
