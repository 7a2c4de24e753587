//! The verdicts that must never be wrong.

use super::*;

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
fn verdict_15_the_way_back_is_told_by_its_id_where_no_word_is_said() {
    let mut forced = accepted();
    forced
        .deployments
        .iter_mut()
        .for_each(|d| d.task_definition = arn("web:7"));
    let goal = || Goal {
        timeout: 600.0,
        ..Goal::of_update(&before(), &forced, &arn("web:7"))
    };
    ends(
        goal(),
        vec![fell_back(), see(before())],
        Outcome::RolledBack,
    );
    let mut other = before();
    other.deployments[0].id = "third".into();
    ends(goal(), vec![fell_back(), see(other)], Outcome::Superseded);
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
