//! The verdicts that must never be wrong, on the pure step function.

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

#[test]
fn successful_is_success_once_the_service_was_seen_after_it() {
    let mut followed = Followed::new(goal(), 0.0);
    assert_eq!(followed.first(), Look::Describe("sd-new".into()));
    let next = step(&mut followed, status("IN_PROGRESS"), 1.0);
    assert_eq!(next.look, Look::Revision("rev-new".into()));
    let next = step(&mut followed, revision(), 2.0);
    assert_eq!(next.look, Look::Service);
    let next = step(&mut followed, see(accepted()), 3.0);
    assert_eq!(next.look, Look::Describe("sd-new".into()));
    let next = step(&mut followed, status("SUCCESSFUL"), 4.0);
    assert_eq!(next.verdict, None, "the last look at the service is older");
    let verdict = step(&mut followed, see(done()), 5.0)
        .verdict
        .expect("the end");
    assert_eq!(
        (verdict.outcome, verdict.proven, verdict.running),
        (Outcome::Succeeded, true, 2)
    );
}

#[test]
fn every_status_on_the_way_goes_on() {
    for on_the_way in [
        "PENDING",
        "IN_PROGRESS",
        "STOP_REQUESTED",
        "ROLLBACK_REQUESTED",
        "ROLLBACK_IN_PROGRESS",
        "NEW_IN_2027",
    ] {
        let seen = vec![
            status(on_the_way),
            revision(),
            see(accepted()),
            status(on_the_way),
            see(accepted()),
        ];
        assert_eq!(run(goal(), seen).1, None, "{on_the_way}");
    }
}

#[test]
fn verdict_1_rolled_back_and_stable_again_is_no_success() {
    let seen = vec![
        status("ROLLBACK_SUCCESSFUL"),
        revision(),
        see(rolled_back()),
    ];
    let verdict = ends(goal(), seen, Outcome::RolledBack);
    assert_eq!(verdict.now, Some(arn("web:7")));
    // The same where only `deployments[]` can be seen.
    let seen = vec![fell_back(), see(rolled_back())];
    ends(goal(), seen, Outcome::RolledBack);
}

#[test]
fn a_rollback_that_fails_or_is_not_done_in_time_is_a_failure() {
    let seen = vec![status("ROLLBACK_FAILED"), revision(), see(accepted())];
    ends(goal(), seen, Outcome::Failed);
    let slow = Goal {
        timeout: 5.0,
        ..goal()
    };
    let seen = vec![status("ROLLBACK_IN_PROGRESS"), revision(), see(accepted())];
    ends(slow, seen, Outcome::Failed);
}

#[test]
fn verdict_2_completed_with_nothing_running_is_no_success() {
    let empty = service(vec![deployment(
        "new",
        "PRIMARY",
        "web:8",
        "COMPLETED",
        (0, 2),
    )]);
    let soon = || Goal {
        timeout: 11.0,
        ..goal()
    };
    let seen = vec![
        fell_back(),
        see(empty.clone()),
        see(empty.clone()),
        see(empty.clone()),
        see(empty.clone()),
        see(empty.clone()),
    ];
    ends(soon(), seen, Outcome::LostSight);
    let seen = vec![
        status("SUCCESSFUL"),
        revision(),
        see(empty.clone()),
        see(empty.clone()),
        see(empty.clone()),
        see(empty),
    ];
    ends(soon(), seen, Outcome::LostSight);
}

#[test]
fn verdict_3_completed_for_another_task_definition_is_no_success() {
    // What moto shows: the service names the new one, the deployment stays the old one.
    let mut stuck = before();
    stuck.task_definition = arn("web:8");
    let never = Goal {
        deployment: None,
        candidate: None,
        timeout: 9.0,
        ..goal()
    };
    let seen = vec![
        fell_back(),
        see(stuck.clone()),
        see(stuck.clone()),
        see(stuck.clone()),
        see(stuck),
    ];
    let verdict = ends(never, seen, Outcome::LostSight);
    assert_eq!(verdict.now, Some(arn("web:7")));
}

#[test]
fn verdict_4_flapping_counts_end_by_time_or_by_failed_tasks() {
    let flap = |running, failed| {
        let mut view = accepted();
        view.deployments[0].running = running;
        view.deployments[0].failed = failed;
        see(view)
    };
    let seen = (0..10).map(|n| flap(n % 2, 0)).collect();
    ends(
        Goal {
            timeout: 15.0,
            ..goal()
        },
        seen,
        Outcome::LostSight,
    );
    let seen = (0..10).map(|n| flap(n % 2, n)).collect();
    let verdict = ends(goal(), seen, Outcome::Failed);
    assert!(verdict.message.unwrap().contains("no circuit breaker"));
}

#[test]
fn a_circuit_breaker_is_not_forestalled() {
    let mut view = with_breaker(accepted(), true);
    view.deployments[0].failed = 50;
    assert_eq!(
        run(
            goal(),
            vec![
                fell_back(),
                see(view.clone()),
                Observation::Stopped(vec![]),
                see(view)
            ]
        )
        .1,
        None
    );
}

#[test]
fn verdict_5_failed_without_rollback_is_a_failure() {
    let mut view = with_breaker(accepted(), false);
    view.deployments[0].rollout_state = Some("FAILED".into());
    view.deployments[0].rollout_reason = Some("tasks failed to start".into());
    let seen = vec![fell_back(), see(view.clone())];
    let verdict = ends(goal(), seen, Outcome::Failed);
    assert!(verdict.message.unwrap().contains("tasks failed to start"));
    // A service deployment has no `FAILED`: it may be stopped, or stay as it is.
    let seen = vec![status("STOPPED"), revision(), see(view.clone())];
    ends(goal(), seen, Outcome::Failed);
    let mut seen = vec![status("IN_PROGRESS"), revision()];
    seen.extend((0..10).map(|_| see(view.clone())));
    ends(goal(), seen, Outcome::Failed);
}

#[test]
fn a_failed_deployment_with_rollback_is_followed_back() {
    let mut failed = with_breaker(accepted(), true);
    failed.deployments[0].rollout_state = Some("FAILED".into());
    let mut back = with_breaker(accepted(), true);
    back.deployments = vec![
        deployment("old", "PRIMARY", "web:7", "IN_PROGRESS", (1, 2)),
        deployment("new", "ACTIVE", "web:8", "FAILED", (0, 0)),
    ];
    let seen = vec![fell_back(), see(failed), see(back), see(rolled_back())];
    ends(goal(), seen, Outcome::RolledBack);
}

#[test]
fn stopped_is_judged_by_what_is_there() {
    let cases = [
        (rolled_back(), Outcome::RolledBack),
        (accepted(), Outcome::Failed),
        (
            service(vec![deployment(
                "third",
                "PRIMARY",
                "web:9",
                "IN_PROGRESS",
                (0, 2),
            )]),
            Outcome::Superseded,
        ),
    ];
    for (view, outcome) in cases {
        let seen = vec![status("STOPPED"), revision(), see(view)];
        ends(goal(), seen, outcome);
    }
}

#[test]
fn someone_elses_deployment_takes_over() {
    let third = service(vec![deployment(
        "third",
        "PRIMARY",
        "web:9",
        "COMPLETED",
        (2, 2),
    )]);
    ends(
        goal(),
        vec![fell_back(), see(third.clone())],
        Outcome::Superseded,
    );
    ends(
        goal(),
        vec![status("SUCCESSFUL"), revision(), see(third)],
        Outcome::Superseded,
    );
}

#[test]
fn verdict_11_a_service_that_is_gone_is_a_failure() {
    let gone = || Observation::Missing("MISSING".into());
    ends(
        goal(),
        vec![fell_back(), gone(), gone(), gone()],
        Outcome::Failed,
    );
    let mut inactive = accepted();
    inactive.status = "INACTIVE".into();
    ends(goal(), vec![fell_back(), see(inactive)], Outcome::Failed);
    // Once is no proof.
    assert_eq!(
        run(goal(), vec![fell_back(), gone(), see(accepted()), gone()]).1,
        None
    );
}

#[test]
fn verdict_15_a_forced_rollback_is_told_by_identity() {
    let mut forced = accepted();
    forced
        .deployments
        .iter_mut()
        .for_each(|d| d.task_definition = arn("web:7"));
    let goal = || Goal {
        timeout: 600.0,
        ..Goal::of_update(&before(), &forced, &arn("web:7"))
    };
    assert_eq!(goal().deployment.as_deref(), Some("new"));
    ends(
        goal(),
        vec![fell_back(), see(rolled_back())],
        Outcome::RolledBack,
    );
    let revision = Observation::Revision("rev-new".into(), arn("web:7"));
    let seen = vec![
        status("ROLLBACK_SUCCESSFUL"),
        revision.clone(),
        see(rolled_back()),
    ];
    ends(goal(), seen, Outcome::RolledBack);
    let mut stopped = rolled_back();
    stopped.current_deployment = Some("sd-old".into());
    let seen = vec![status("STOPPED"), revision, see(stopped)];
    ends(goal(), seen, Outcome::RolledBack);
}

#[test]
fn verdict_16_back_on_a_placeholder_is_a_failure() {
    let mut placeholder = rolled_back();
    placeholder.deployments[0].task_definition = arn("web-template:3");
    let seen = vec![fell_back(), see(placeholder.clone())];
    ends(goal(), seen, Outcome::Failed);
    let seen = vec![status("ROLLBACK_SUCCESSFUL"), revision(), see(placeholder)];
    ends(goal(), seen, Outcome::Failed);
    // A breaker that promises a rollback and has nowhere to go back to.
    let mut nowhere = with_breaker(accepted(), true);
    nowhere.deployments[0].rollout_state = Some("FAILED".into());
    let mut seen = vec![fell_back()];
    seen.extend((0..40).map(|_| see(nowhere.clone())));
    ends(goal(), seen, Outcome::Failed);
}

#[test]
fn nothing_wanted_is_success_unproven() {
    let none = || {
        let mut view = done();
        view.desired = 0;
        view.deployments[0] = deployment("new", "PRIMARY", "web:8", "COMPLETED", (0, 0));
        see(view)
    };
    assert!(!ends(goal(), vec![fell_back(), none()], Outcome::Succeeded).proven);
    assert!(
        !ends(
            goal(),
            vec![status("SUCCESSFUL"), revision(), none()],
            Outcome::Succeeded
        )
        .proven
    );
    let strict = Goal {
        require_running: true,
        ..goal()
    };
    ends(strict, vec![fell_back(), none()], Outcome::LostSight);
}

#[test]
fn verdict_7_a_call_that_only_fails_is_done_without() {
    let broken = || {
        Observation::Trouble(
            Look::Describe("sd-new".into()),
            Trouble::Passing,
            "HTTP 500, HTML".into(),
        )
    };
    let (events, verdict) = run(goal(), vec![broken(), broken(), see(done())]);
    assert_eq!(verdict.map(|v| v.outcome), Some(Outcome::Succeeded));
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Note { message } if message.contains("HTTP 500")))
    );
    // Other strategies are not judged without.
    let mut blue_green = done();
    blue_green.strategy = "BLUE_GREEN".into();
    assert_eq!(
        run(goal(), vec![broken(), broken(), see(blue_green)]).1,
        None
    );
}

#[test]
fn a_service_that_does_not_answer_is_looked_at_again_and_later() {
    let mut followed = Followed::new(
        Goal {
            timeout: 30.0,
            ..goal()
        },
        0.0,
    );
    step(&mut followed, fell_back(), 1.0);
    let broken = || Observation::Trouble(Look::Service, Trouble::Passing, "HTTP 503".into());
    let pauses: Vec<f64> = [2.0, 3.0, 4.0]
        .map(|now| step(&mut followed, broken(), now).pause)
        .to_vec();
    assert_eq!(pauses, [2.0, 4.0, 8.0]);
    let verdict = step(&mut followed, broken(), 31.0)
        .verdict
        .expect("time is up");
    assert_eq!(verdict.outcome, Outcome::LostSight);
    assert_eq!(
        verdict.hints,
        ["the deployment goes on in AWS; follow it with `acetate wait web`"]
    );
}

#[test]
fn credentials_that_end_are_sight_lost() {
    let blind = Observation::Trouble(
        Look::Service,
        Trouble::Blind,
        "the token has expired".into(),
    );
    let verdict = ends(goal(), vec![blind], Outcome::LostSight);
    assert!(verdict.message.unwrap().contains("the token has expired"));
}

#[test]
fn the_newest_service_deployment_need_not_be_ours() {
    let goal = Goal {
        candidate: None,
        ..goal()
    };
    let mut followed = Followed::new(goal, 0.0);
    assert_eq!(followed.first(), Look::List);
    let of = |arn: &str, revision: &str| ServiceDeploymentView {
        arn: arn.into(),
        status: "SUCCESSFUL".into(),
        target_revision: Some(revision.into()),
        ..ServiceDeploymentView::default()
    };
    let looks = [
        Observation::Listed(vec![of("sd-old", "rev-old")]),
        see(accepted()),
        Observation::Described("sd-new".into(), None),
        Observation::Listed(vec![
            of("sd-other", "rev-other"),
            of("sd-new", "rev-new"),
            of("sd-old", "rev-old"),
        ]),
        Observation::Described("sd-other".into(), Some(of("sd-other", "rev-other"))),
        Observation::Revision("rev-other".into(), arn("web:9")),
        Observation::Described("sd-new".into(), Some(of("sd-new", "rev-new"))),
        revision(),
    ];
    let expected = [
        Look::Service,
        Look::Describe("sd-new".into()),
        Look::List,
        Look::Describe("sd-other".into()),
        Look::Revision("rev-other".into()),
        Look::Describe("sd-new".into()),
        Look::Revision("rev-new".into()),
    ];
    for (n, (seen, expected)) in looks.into_iter().zip(expected).enumerate() {
        let Next { look, verdict, .. } = step(&mut followed, seen, n as f64);
        assert_eq!((look, verdict), (expected, None), "after step {n}");
    }
}

#[test]
fn wait_judges_the_last_deployment() {
    let after_rollback = || {
        let mut view = rolled_back();
        view.deployments[0].created_at = Some(1.0);
        view
    };
    let goal = || Goal {
        timeout: 600.0,
        ..Goal::of_service(&after_rollback(), None)
    };
    let seen = vec![
        status("ROLLBACK_SUCCESSFUL"),
        revision(),
        see(after_rollback()),
    ];
    let verdict = ends(goal(), seen, Outcome::RolledBack);
    assert_eq!(verdict.task_definition, arn("web:8"));
    let goal = Goal {
        timeout: 600.0,
        ..Goal::of_service(&done(), None)
    };
    ends(
        goal,
        vec![status("SUCCESSFUL"), revision(), see(done())],
        Outcome::Succeeded,
    );
}

#[test]
fn failures_alike_are_told_once() {
    let task = |n: usize| StoppedTask {
        arn: format!("task-{n}"),
        task_definition: arn("web:8"),
        stop_code: Some("EssentialContainerExited".into()),
        reason: Some("Essential container in task exited".into()),
        containers: vec![("app".into(), Some(1), None)],
    };
    let mut scaled = task(9);
    scaled.reason = Some("Scaling activity initiated by (deployment old)".into());
    let mut failing = with_breaker(accepted(), false);
    failing.deployments[0].failed = 2;
    let mut failed = failing.clone();
    failed.deployments[0].rollout_state = Some("FAILED".into());
    failed.deployments[0].failed = 3;
    let seen = vec![
        fell_back(),
        see(failing),
        Observation::Stopped(vec![task(1), task(2), scaled]),
        see(failed),
        Observation::Stopped(vec![task(2), task(3)]),
    ];
    let (events, verdict) = run(goal(), seen);
    assert_eq!(verdict.map(|v| v.outcome), Some(Outcome::Failed));
    let counts: Vec<usize> = events
        .iter()
        .filter_map(|e| {
            if let Event::TasksFailed(t) = e {
                Some(t.count)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(counts, [2]);
}

#[test]
fn service_events_are_told_once_and_old_ones_never() {
    let said = |id: &str| ServiceEvent {
        id: id.into(),
        message: id.into(),
        at: 1.0,
    };
    let mut goal = goal();
    goal.heard = ["before".to_owned()].into();
    let mut view = accepted();
    view.events = vec![said("started"), said("before")];
    let mut later = accepted();
    later.events = vec![said("healthy"), said("started"), said("before")];
    let (events, _) = run(goal, vec![see(view), see(later)]);
    let told: Vec<&str> = events
        .iter()
        .filter_map(|e| {
            if let Event::ServiceEvent(s) = e {
                Some(s.message.as_str())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(told, ["started", "healthy"]);
}
