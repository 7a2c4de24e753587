//! Service deployments and service revisions.

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, page, text, texts, with_token};
use super::super::deployment;
use super::super::state::State;
use super::{missing, shown};

pub(super) fn list_rollouts(state: &State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let gone = || Refusal::new("ServiceNotFoundException", "Service not found.");
    let service = state
        .service(&cluster, text(request, "service").unwrap_or_default())
        .ok_or_else(gone)?;
    let statuses = texts(request, "status");
    let bound = |member: &str| {
        request
            .get("createdAt")
            .and_then(|c| c.get(member)?.as_f64())
    };
    let (after, before) = (bound("after"), bound("before"));
    let seen = state.now() - state.list_lag;
    let mut found: Vec<_> = state
        .rollouts
        .iter()
        .filter(|r| r.service == service && r.created <= seen)
        .collect();
    found.retain(|r| statuses.is_empty() || statuses.iter().any(|s| s == r.status));
    found.retain(|r| {
        after.is_none_or(|at| r.created >= at) && before.is_none_or(|at| r.created <= at)
    });
    found.reverse();
    let briefs = found.into_iter().map(|r| shown::brief(state, r)).collect();
    let (briefs, token) = page(briefs, request, ("maxResults", 100), "nextToken");
    Ok(with_token(
        json!({"serviceDeployments": briefs}),
        "nextToken",
        token,
    ))
}

pub(super) fn describe(state: &State, request: &Value) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in texts(request, "serviceDeploymentArns") {
        match state.rollouts.iter().find(|r| r.arn == arn) {
            Some(rollout) => found.push(shown::rollout(state, rollout)),
            None => failures.push(missing(arn)),
        }
    }
    json!({"serviceDeployments": found, "failures": failures})
}

pub(super) fn describe_revisions(state: &State, request: &Value) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in texts(request, "serviceRevisionArns") {
        match shown::revision(state, &arn) {
            Some(revision) => found.push(revision),
            None => failures.push(missing(arn)),
        }
    }
    json!({"serviceRevisions": found, "failures": failures})
}

pub(super) fn stop(state: &mut State, request: &Value) -> Answer {
    let rollout = named(state, request)?;
    let arn = state.rollouts[rollout].arn.clone();
    if state.rollouts[rollout].finished.is_some() {
        let told = "The service deployment is not in progress and cannot be stopped.";
        return Err(Refusal::new("ConflictException", told));
    }
    deployment::ask_to_stop(
        state,
        rollout,
        text(request, "stopType").unwrap_or("ROLLBACK") == "ROLLBACK",
    );
    Ok(json!({"serviceDeploymentArn": arn}))
}

pub(super) fn go_on(state: &mut State, request: &Value) -> Answer {
    let rollout = named(state, request)?;
    let arn = state.rollouts[rollout].arn.clone();
    let waits = state.rollouts[rollout]
        .pause
        .as_ref()
        .and_then(|p| text(p, "hookId"));
    if waits.is_none() || waits != text(request, "hookId") {
        return Err(Refusal::invalid("The hook is not awaiting an action."));
    }
    if text(request, "action") == Some("ROLLBACK") {
        deployment::ask_to_stop(state, rollout, true);
    } else {
        let now = state.clock.now();
        state.rollouts[rollout].pause = None;
        state.rollouts[rollout].script.resume(now);
    }
    Ok(json!({"serviceDeploymentArn": arn}))
}

fn named(state: &State, request: &Value) -> Result<usize, Refusal> {
    let arn = text(request, "serviceDeploymentArn").unwrap_or_default();
    let gone = || {
        Refusal::new(
            "ServiceDeploymentNotFoundException",
            "Service deployment not found.",
        )
    };
    state
        .rollouts
        .iter()
        .position(|r| r.arn == arn)
        .ok_or_else(gone)
}
