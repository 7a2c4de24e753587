//! Tasks: how they start, run and stop, for services and on their own.

use serde_json::{Value, json};

use super::answer::{list, text};
use super::script::Cause;
use super::state::{State, Task, TaskContainer};

/// A new task of a definition, in the state `status`.
pub(crate) fn new(
    state: &mut State,
    cluster: &str,
    definition: &str,
    status: &'static str,
) -> Task {
    let id = state.random.hex();
    let document = state
        .definition(definition)
        .map(|d| d.document.clone())
        .unwrap_or_default();
    let container = |c: &Value| TaskContainer {
        name: text(c, "name").unwrap_or_default().to_owned(),
        image: text(c, "image").unwrap_or_default().to_owned(),
        essential: c.get("essential").and_then(Value::as_bool).unwrap_or(true),
        exit: None,
        reason: None,
    };
    Task {
        arn: state.arn("ecs", &format!("task/{cluster}/{id}")),
        cluster: cluster.to_owned(),
        definition: definition.to_owned(),
        group: format!("family:{}", text(&document, "family").unwrap_or_default()),
        started_by: None,
        status,
        desired: "RUNNING",
        created: state.now(),
        started: None,
        stopped: None,
        stop_code: None,
        stop_reason: None,
        containers: list(&document, "containerDefinitions")
            .iter()
            .map(container)
            .collect(),
        launch_type: "FARGATE".to_owned(),
        overrides: json!({"containerOverrides": [], "inferenceAcceleratorOverrides": []}),
        course: std::collections::VecDeque::new(),
        run: None,
        log: Vec::new(),
    }
}

/// Starts `n` tasks of a service's deployment; returns their ids.
pub(crate) fn start_for(
    state: &mut State,
    service: usize,
    deployment: &str,
    n: i64,
) -> Vec<String> {
    let on = &state.services[service];
    let found = on.deployments.iter().find(|d| d.id == deployment);
    let Some(definition) = found.map(|d| d.definition.clone()) else {
        return Vec::new();
    };
    let (cluster, group) = (on.cluster.clone(), format!("service:{}", on.name));
    let log = on.log.clone();
    let launch = text(&on.members, "launchType")
        .unwrap_or("FARGATE")
        .to_owned();
    let mut ids = Vec::new();
    for _ in 0..n.max(0) {
        let mut task = new(state, &cluster, &definition, "PENDING");
        task.started_by = Some(deployment.to_owned());
        task.group.clone_from(&group);
        task.log.clone_from(&log);
        task.launch_type.clone_from(&launch);
        ids.push(id(&task));
        state.tasks.push(task);
    }
    ids
}

/// The last part of a task's ARN.
pub(crate) fn id(task: &Task) -> String {
    task.arn.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Up to `n` pending tasks of a deployment run.
pub(crate) fn run(state: &mut State, deployment: &str, n: i64) {
    let now = state.now();
    let pending = state
        .tasks
        .iter_mut()
        .filter(|t| t.started_by.as_deref() == Some(deployment) && t.status == "PENDING");
    for task in pending.take(usize::try_from(n).unwrap_or(0)) {
        (task.status, task.started) = ("RUNNING", Some(now));
    }
}

/// Up to `n` tasks that are `meant` and not stopped yet stop by the service's will; their ids.
pub(crate) fn stop_some(
    state: &mut State,
    meant: impl Fn(&Task) -> bool,
    n: i64,
    reason: &str,
) -> Vec<String> {
    let now = state.now();
    let mut ids = Vec::new();
    let live = state
        .tasks
        .iter_mut()
        .filter(|t| t.stopped.is_none() && meant(t));
    for task in live.take(usize::try_from(n).unwrap_or(0)) {
        ids.push(id(task));
        stop(task, now, "ServiceSchedulerInitiated", reason, Some(0));
    }
    ids
}

/// Stops a task now. `exit` is the exit code of its containers, if they have one.
pub(crate) fn stop(task: &mut Task, now: f64, code: &'static str, reason: &str, exit: Option<i64>) {
    (task.status, task.desired) = ("STOPPED", "STOPPED");
    (task.stopped, task.stop_code, task.stop_reason) =
        (Some(now), Some(code), Some(reason.to_owned()));
    task.course.clear();
    let started = task.started.is_some();
    for container in &mut task.containers {
        container.exit = exit.filter(|_| started);
    }
}

/// Up to `n` live tasks of a deployment fail: their ids and AWS's words.
pub(crate) fn fail(
    state: &mut State,
    deployment: &str,
    n: i64,
    cause: Cause,
) -> Vec<(String, String)> {
    let now = state.now();
    let live = |t: &Task| t.started_by.as_deref() == Some(deployment) && t.stopped.is_none();
    let found: Vec<usize> = (0..state.tasks.len())
        .filter(|i| live(&state.tasks[*i]))
        .collect();
    let mut failed = Vec::new();
    for index in found.into_iter().take(usize::try_from(n).unwrap_or(0)) {
        let (code, words) = reason(state, index, cause);
        let task = &mut state.tasks[index];
        stop(
            task,
            now,
            code,
            &words,
            Some(if cause == Cause::Unhealthy { 137 } else { 1 }),
        );
        let first = task.containers.iter_mut().find(|c| c.essential);
        if let (Some(container), Cause::Pull | Cause::Secret) = (first, cause) {
            container.reason = Some(words.clone());
        }
        failed.push((id(task), words));
    }
    failed
}

/// Stop code and AWS's words for a failure of this task.
fn reason(state: &State, index: usize, cause: Cause) -> (&'static str, String) {
    let task = &state.tasks[index];
    let image = task.containers.first().map_or("", |c| c.image.as_str());
    match cause {
        Cause::Exit => (
            "EssentialContainerExited",
            "Essential container in task exited".to_owned(),
        ),
        Cause::Unhealthy => (
            "ServiceSchedulerInitiated",
            "Task failed container health checks".to_owned(),
        ),
        Cause::Pull => (
            "TaskFailedToStart",
            format!(
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref \
                 {image}: {image}: not found"
            ),
        ),
        Cause::Secret => (
            "TaskFailedToStart",
            format!(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
                 failed: {}",
                missing(&first_secret(state, &task.definition))
            ),
        ),
    }
}

/// ECS's words for a secret that is not there, which differ by where it would be.
fn missing(secret: &str) -> String {
    if secret.contains(":secretsmanager:") {
        format!(
            "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret \
             {secret} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."
        )
    } else {
        let name = secret
            .split_once(":parameter")
            .map_or(secret, |(_, name)| name);
        format!(
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: {name}"
        )
    }
}

/// The first secret that a task definition refers to.
fn first_secret(state: &State, definition: &str) -> String {
    let document = state.definition(definition).map(|d| &d.document);
    let containers = document.map_or(&[][..], |d| list(d, "containerDefinitions"));
    let found = containers
        .iter()
        .flat_map(|c| list(c, "secrets"))
        .find_map(|s| text(s, "valueFrom"));
    found.map_or_else(
        || state.arn("secretsmanager", "secret:unknown"),
        str::to_owned,
    )
}

/// A one-off task takes the next status of its course.
pub(crate) fn course(state: &mut State, index: usize) {
    let now = state.now();
    let task = &mut state.tasks[index];
    let Some((_, status)) = task.course.pop_front() else {
        return;
    };
    let run = task.run.clone().unwrap_or_default();
    match status {
        "RUNNING" => (task.status, task.started) = (status, Some(now)),
        "STOPPED" => match run.reason {
            Some(reason) => {
                stop(task, now, "TaskFailedToStart", &reason, None);
                if let Some(container) = task.containers.iter_mut().find(|c| c.essential) {
                    container.reason = Some(reason);
                }
            }
            None => {
                let exit = if run.no_exit_code {
                    None
                } else {
                    Some(run.exit.unwrap_or(0))
                };
                stop(
                    task,
                    now,
                    "EssentialContainerExited",
                    "Essential container in task exited",
                    exit,
                );
            }
        },
        _ => task.status = status,
    }
}
