//! Deployments of services: how one begins, ends, and is taken back.

use serde_json::{Value, json};

use super::answer::{count, flag, list, text, time};
use super::script::{Script, Setting, Step, script};
use super::state::{Deployment, Revision, Rollout, State};
use super::task;
use super::world::Outcome;

/// Begins a deployment of `definition` on a service; whatever is in progress there is stopped.
pub(crate) fn begin(state: &mut State, service: usize, definition: &str, outcome: Outcome) {
    let now = state.now();
    for other in state
        .rollouts
        .iter_mut()
        .filter(|r| r.service == service && r.finished.is_none())
    {
        other.status = "STOPPED";
        other.reason = Some(
            "Service deployment stopped because a newer service deployment started.".to_owned(),
        );
        other.finished = Some(now);
        other.pause = None;
        other.script = Script::default();
    }
    let setting = setting(state, service);
    let (id, revision) = new_ids(state, service, definition);
    let script = script(outcome, &setting, &mut state.random, state.clock.now());
    let live: Vec<String> = state.services[service]
        .deployments
        .iter()
        .map(|d| d.revision.clone())
        .collect();
    let rollout = Rollout {
        arn: under(state, service, "service-deployment"),
        service,
        deployment: id.clone(),
        target: revision.clone(),
        sources: live,
        status: "PENDING",
        reason: None,
        stage: None,
        weight: 0.0,
        created: now,
        updated: now,
        finished: None,
        rollback: None,
        tripped: false,
        threshold: setting.threshold,
        pause: None,
        configuration: configuration(state, service),
        script,
    };
    let deployment = Deployment {
        reason: format!("ECS deployment {id} in progress."),
        id,
        definition: definition.to_owned(),
        revision,
        desired: setting.desired,
        failed: 0,
        rollout: "IN_PROGRESS",
        created: now,
        updated: now,
    };
    let on = &mut state.services[service];
    definition.clone_into(&mut on.definition);
    on.deployments.insert(0, deployment);
    on.current = Some(rollout.arn.clone());
    state.rollouts.push(rollout);
}

/// The deployment that a service of the world starts with: done a day ago.
pub(crate) fn long_done(state: &mut State, service: usize, definition: &str) {
    begin(state, service, definition, Outcome::Ok);
    let day = state.now() - 86_400.0;
    let desired = state.services[service].desired;
    let rollout = state.rollouts.len() - 1;
    let id = state.rollouts[rollout].deployment.clone();
    let tasks = task::start_for(state, service, &id, desired);
    task::run(state, &id, desired);
    for task in state
        .tasks
        .iter_mut()
        .filter(|t| tasks.iter().any(|name| t.arn.ends_with(name)))
    {
        (task.created, task.started) = (day, Some(day + 20.0));
    }
    complete(state, rollout);
    let rollout = &mut state.rollouts[rollout];
    (rollout.created, rollout.updated, rollout.finished) = (day, day + 60.0, Some(day + 60.0));
    let service = &mut state.services[service];
    service.events.clear();
    service.created = day;
    service
        .deployments
        .iter_mut()
        .for_each(|d| (d.created, d.updated) = (day, day + 60.0));
    state
        .revisions
        .iter_mut()
        .for_each(|r| r.created = r.created.min(day));
}

/// An ARN below a service: `service-deployment` and `service-revision` have the same form.
fn under(state: &mut State, service: usize, kind: &str) -> String {
    let id = if kind == "service-deployment" {
        state.random.word(LETTERS, 22)
    } else {
        state.random.digits()
    };
    let on = &state.services[service];
    state.arn("ecs", &format!("{kind}/{}/{}/{id}", on.cluster, on.name))
}

const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A new deployment id and the new service revision that it deploys.
fn new_ids(state: &mut State, service: usize, definition: &str) -> (String, String) {
    let revision = under(state, service, "service-revision");
    let created = state.now();
    state.revisions.push(Revision {
        arn: revision.clone(),
        service,
        definition: definition.to_owned(),
        created,
    });
    (format!("ecs-svc/{}", state.random.digits()), revision)
}

/// The service's deployment configuration as its deployments report it.
fn configuration(state: &State, service: usize) -> Value {
    state.services[service]
        .members
        .get("deploymentConfiguration")
        .cloned()
        .unwrap_or_else(|| json!({}))
}

/// `ROLLING` where nothing else is set.
pub(crate) fn strategy(members: &Value) -> &str {
    members
        .get("deploymentConfiguration")
        .and_then(|c| text(c, "strategy"))
        .unwrap_or("ROLLING")
}

fn setting(state: &State, service: usize) -> Setting {
    let on = &state.services[service];
    let configuration = configuration(state, service);
    let breaker = configuration
        .get("deploymentCircuitBreaker")
        .cloned()
        .unwrap_or_default();
    let mut pause_at = on.pause_at.clone();
    for hook in list(&configuration, "lifecycleHooks")
        .iter()
        .filter(|h| text(h, "targetType") == Some("PAUSE"))
    {
        pause_at.extend(super::answer::texts(hook, "lifecycleStages"));
    }
    Setting {
        desired: on.desired,
        strategy: strategy(&on.members).to_owned(),
        breaker: flag(&breaker, "enable"),
        rollback: flag(&breaker, "rollback"),
        threshold: (on.desired / 2).clamp(3, 200),
        bake_seconds: count(&configuration, "bakeTimeInMinutes").unwrap_or(0) as f64 * 60.0,
        pause_at,
    }
}

/// A PAUSE hook waits for ContinueServiceDeployment.
pub(crate) fn pause(state: &mut State, rollout: usize) {
    let hook = state.random.uuid();
    let expires = time(state.now() + 86_400.0);
    state.rollouts[rollout].pause = Some(json!({
        "hookId": hook, "targetType": "PAUSE", "status": "AWAITING_ACTION",
        "expiresAt": expires, "timeoutAction": "ROLLBACK"
    }));
}

/// The deployment is done: it alone is left.
pub(crate) fn complete(state: &mut State, rollout: usize) {
    let now = state.now();
    let done = &mut state.rollouts[rollout];
    (done.status, done.finished, done.weight) = ("SUCCESSFUL", Some(now), 100.0);
    let (service, id) = (done.service, done.deployment.clone());
    done.script = Script::default();
    settle(state, service, &id);
    state.say(service, &format!("(deployment {id}) deployment completed."));
    state.say(service, "has reached a steady state.");
}

/// Leaves one deployment of a service, completed; the tasks of the others stop.
fn settle(state: &mut State, service: usize, id: &str) {
    let now = state.now();
    let gone: Vec<String> = state.services[service]
        .deployments
        .iter()
        .filter(|d| d.id != id)
        .map(|d| d.id.clone())
        .collect();
    for other in &gone {
        let reason = format!("Scaling activity initiated by (deployment {id})");
        task::stop_some(
            state,
            |t| t.started_by.as_deref() == Some(other),
            i64::MAX,
            &reason,
        );
    }
    let on = &mut state.services[service];
    on.deployments.retain(|d| d.id == id);
    for left in &mut on.deployments {
        left.rollout = "COMPLETED";
        left.reason = format!("ECS deployment {id} completed.");
        left.updated = now;
    }
}

/// The circuit breaker opens.
pub(crate) fn trip(state: &mut State, rollout: usize, back: bool) {
    let tripped = &mut state.rollouts[rollout];
    tripped.tripped = true;
    let (service, id) = (tripped.service, tripped.deployment.clone());
    state.say(
        service,
        &format!("(deployment {id}) deployment failed: tasks failed to start."),
    );
    failed(
        state,
        service,
        &id,
        "ECS deployment circuit breaker: tasks failed to start.",
    );
    if back {
        let why =
            "Service deployment rolled back because the circuit breaker threshold was exceeded.";
        go_back(state, rollout, why, "ECS deployment circuit breaker: ");
    } else {
        end(
            state,
            rollout,
            "STOPPED",
            "Service deployment stopped because the circuit breaker threshold was exceeded.",
        );
    }
}

/// Someone asked for a rollback by StopServiceDeployment.
pub(crate) fn turn_back(state: &mut State, rollout: usize) {
    broken_off(state, rollout);
    go_back(
        state,
        rollout,
        "Service deployment rolled back by user request.",
        "ECS deployment: ",
    );
}

/// Somebody ended it: its entry of `deployments[]` is a failed one.
fn broken_off(state: &mut State, rollout: usize) {
    let of = &state.rollouts[rollout];
    let (service, id) = (of.service, of.deployment.clone());
    let reason = format!("ECS deployment {id} stopped.");
    failed(state, service, &id, &reason);
}

/// Marks an entry of `deployments[]` as failed.
fn failed(state: &mut State, service: usize, id: &str, reason: &str) {
    let now = state.now();
    for deployment in state.services[service]
        .deployments
        .iter_mut()
        .filter(|d| d.id == id)
    {
        (deployment.rollout, deployment.reason, deployment.updated) =
            ("FAILED", reason.to_owned(), now);
    }
}

/// Makes the newest completed deployment PRIMARY again, if there is one.
fn go_back(state: &mut State, rollout: usize, why: &str, who: &str) {
    let now = state.now();
    let service = state.rollouts[rollout].service;
    let on = &mut state.services[service];
    let Some(target) = on.deployments.iter().position(|d| d.rollout == "COMPLETED") else {
        state.say(
            service,
            "deployment failed: no rollback candidate was found to run the rollback.",
        );
        return end(
            state,
            rollout,
            "ROLLBACK_FAILED",
            "No rollback candidate was found to run the rollback.",
        );
    };
    let mut target = on.deployments.remove(target);
    target.rollout = "IN_PROGRESS";
    target.reason = format!("{who}rolling back to deploymentId {}.", target.id);
    target.updated = now;
    let id = target.id.clone();
    target.definition.clone_into(&mut on.definition);
    let rolled = &mut state.rollouts[rollout];
    rolled.status = "ROLLBACK_IN_PROGRESS";
    rolled.reason = Some(why.to_owned());
    rolled.rollback =
        Some(json!({"reason": why, "startedAt": time(now), "serviceRevisionArn": target.revision}));
    on.deployments.insert(0, target);
    state.say(service, &format!("rolling back to deployment {id}."));
}

/// The rollback ends.
pub(crate) fn back(state: &mut State, rollout: usize, well: bool) {
    if state.rollouts[rollout].status != "ROLLBACK_IN_PROGRESS" {
        return;
    }
    if !well {
        return end(
            state,
            rollout,
            "ROLLBACK_FAILED",
            "The rollback of the service deployment failed.",
        );
    }
    restore(state, rollout);
    let reason = state.rollouts[rollout].reason.clone().unwrap_or_default();
    end(state, rollout, "ROLLBACK_SUCCESSFUL", &reason);
}

/// The service runs what its PRIMARY deployment says, in full number.
fn restore(state: &mut State, rollout: usize) {
    let service = state.rollouts[rollout].service;
    let on = &state.services[service];
    let (id, desired) = (on.deployments[0].id.clone(), on.desired);
    let missing = desired - state.counted(&id, "RUNNING") - state.counted(&id, "PENDING");
    task::start_for(state, service, &id, missing);
    task::run(state, &id, i64::MAX);
    settle(state, service, &id);
    state.say(service, "has reached a steady state.");
}

/// Someone stopped it; the service is left as it is, or goes back.
pub(crate) fn stopped(state: &mut State, rollout: usize, back: bool) {
    broken_off(state, rollout);
    if back {
        go_back(
            state,
            rollout,
            "Service deployment stopped by user request.",
            "ECS deployment: ",
        );
        if state.rollouts[rollout].rollback.take().is_some() {
            restore(state, rollout);
        }
    }
    end(
        state,
        rollout,
        "STOPPED",
        "Service deployment stopped by user request.",
    );
}

fn end(state: &mut State, rollout: usize, status: &'static str, reason: &str) {
    let now = state.now();
    let ended = &mut state.rollouts[rollout];
    (ended.status, ended.reason, ended.finished) = (status, Some(reason.to_owned()), Some(now));
    ended.script = Script::default();
}

/// StopServiceDeployment: what follows from it.
pub(crate) fn ask_to_stop(state: &mut State, rollout: usize, back: bool) {
    let from = state.clock.now();
    let asked = &mut state.rollouts[rollout];
    asked.pause = None;
    let (status, steps) = if back {
        (
            "ROLLBACK_REQUESTED",
            vec![(1.0, Step::TurnBack), (8.0, Step::Back(true))],
        )
    } else {
        ("STOP_REQUESTED", vec![(2.0, Step::Stop(false))])
    };
    asked.status = status;
    asked.script = Script::new(steps, from);
}
