//! The pure step function: deployments to try it on.

mod looks;
mod pace;
mod verdicts;

use std::collections::VecDeque;

use super::observation::{
    DeploymentView, ServiceDeploymentView, ServiceEvent, ServiceView, StoppedTask,
};
use super::{Followed, Goal, Look, Next, Observation, Trouble, step};
use crate::event::{Event, Outcome, Verdict};

pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}")
}

pub(super) fn deployment(
    id: &str,
    status: &str,
    td: &str,
    state: &str,
    counts: (i32, i32),
) -> DeploymentView {
    DeploymentView {
        id: id.into(),
        status: status.into(),
        task_definition: arn(td),
        desired: counts.1,
        running: counts.0,
        rollout_state: (!state.is_empty()).then(|| state.into()),
        ..DeploymentView::default()
    }
}

pub(super) fn service(deployments: Vec<DeploymentView>) -> ServiceView {
    let primary = deployments
        .iter()
        .find(|d| d.status == "PRIMARY")
        .cloned()
        .unwrap_or_default();
    ServiceView {
        name: "web".into(),
        status: "ACTIVE".into(),
        task_definition: primary.task_definition.clone(),
        desired: primary.desired,
        running: deployments.iter().map(|d| d.running).sum(),
        controller: "ECS".into(),
        strategy: "ROLLING".into(),
        scheduling: "REPLICA".into(),
        deployments,
        ..ServiceView::default()
    }
}

/// `web` runs `web:7`, and was updated to `web:8`.
fn before() -> ServiceView {
    let mut view = service(vec![deployment(
        "old",
        "PRIMARY",
        "web:7",
        "COMPLETED",
        (2, 2),
    )]);
    view.current_deployment = Some("sd-old".into());
    view
}

fn accepted() -> ServiceView {
    let mut view = service(vec![
        deployment("new", "PRIMARY", "web:8", "IN_PROGRESS", (0, 2)),
        deployment("old", "ACTIVE", "web:7", "COMPLETED", (2, 2)),
    ]);
    view.current_deployment = Some("sd-new".into());
    view
}

pub(super) fn goal() -> Goal {
    Goal {
        timeout: 600.0,
        template_family: Some("web-template".into()),
        resume: "acetate wait web".into(),
        fail_after: Some(5),
        ..Goal::of_update(&before(), &accepted(), &arn("web:8"))
    }
}

fn see(view: ServiceView) -> Observation {
    Observation::Service(Box::new(view))
}

fn status(status: &str) -> Observation {
    let found = ServiceDeploymentView {
        arn: "sd-new".into(),
        status: status.into(),
        target_revision: Some("rev-new".into()),
        ..ServiceDeploymentView::default()
    };
    Observation::Described("sd-new".into(), Some(found))
}

fn revision() -> Observation {
    Observation::Revision("rev-new".into(), arn("web:8"))
}

fn no_call(look: Look) -> Observation {
    Observation::Trouble(look, Trouble::Unavailable, "no such call".into())
}

/// Steps two seconds apart. Where stopped tasks are asked for out of turn, there are none.
fn run(goal: Goal, seen: Vec<Observation>) -> (Vec<Event>, Option<Verdict>) {
    let mut followed = Followed::new(goal, 0.0);
    let (mut events, mut now, mut look) = (Vec::new(), 0.0, Look::Service);
    let mut seen: VecDeque<_> = seen.into();
    loop {
        let asked = look == Look::Stopped && !matches!(seen.front(), Some(Observation::Stopped(_)));
        let Some(observation) = (if asked {
            Some(Observation::Stopped(vec![]))
        } else {
            seen.pop_front()
        }) else {
            return (events, None);
        };
        now += if asked { 0.0 } else { 2.0 };
        let next = step(&mut followed, observation, now);
        events.extend(next.events);
        if next.verdict.is_some() {
            return (events, next.verdict);
        }
        look = next.look;
    }
}

#[track_caller]
fn ends(goal: Goal, seen: Vec<Observation>, outcome: Outcome) -> Verdict {
    let verdict = run(goal, seen).1.expect("a verdict");
    assert_eq!(verdict.outcome, outcome, "{verdict:?}");
    verdict
}

fn with_breaker(mut view: ServiceView, rollback: bool) -> ServiceView {
    view.circuit_breaker = true;
    view.circuit_breaker_rollback = rollback;
    view
}

fn done() -> ServiceView {
    let mut view = service(vec![deployment(
        "new",
        "PRIMARY",
        "web:8",
        "COMPLETED",
        (2, 2),
    )]);
    view.current_deployment = Some("sd-new".into());
    view
}

fn rolled_back() -> ServiceView {
    let mut view = with_breaker(before(), true);
    view.deployments[0].rollout_reason = Some("rolling back to deploymentId old".into());
    view.current_deployment = Some("sd-new".into());
    view
}

fn fell_back() -> Observation {
    no_call(Look::List)
}
