//! What is looked at, in which order, and what is told of it.

use super::*;

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
        message: id.trim_end_matches(char::is_numeric).into(),
        at: 1.0,
    };
    let mut goal = goal();
    goal.heard = ["before".to_owned()].into();
    let mut view = accepted();
    view.events = vec![said("started"), said("before")];
    let mut later = accepted();
    later.events = ["no place2", "healthy", "no place1", "started", "before"]
        .map(said)
        .into();
    let (events, _) = run(goal, vec![see(view), see(later)]);
    let told: Vec<(&str, usize)> = events
        .iter()
        .filter_map(|e| {
            if let Event::ServiceEvent(s) = e {
                Some((s.message.as_str(), s.times))
            } else {
                None
            }
        })
        .collect();
    // The same words twice in one look are one line.
    assert_eq!(told, [("started", 1), ("no place", 2), ("healthy", 1)]);
}
