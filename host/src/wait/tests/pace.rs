//! The promise about polling: how late an end is seen, and how many calls that takes.

use proptest::prelude::*;

use super::*;

/// Calls before the update was accepted: template, service, latest revision, register, a look
/// just before, update, and two of `verify` about roles.
const BEFORE: u32 = 8;
/// Seconds that a call takes.
const LATENCY: f64 = 0.1;

/// A deployment whose tasks run from `full` on and that ends at `end`.
fn world(look: &Look, now: f64, full: f64, end: f64, fails: bool) -> Observation {
    match look {
        Look::Describe(arn) => Observation::Described(
            arn.clone(),
            Some(ServiceDeploymentView {
                arn: arn.clone(),
                status: match (now >= end, fails) {
                    (false, true) if now >= end - 12.0 => "ROLLBACK_IN_PROGRESS",
                    (false, _) => "IN_PROGRESS",
                    (true, false) => "SUCCESSFUL",
                    (true, true) => "ROLLBACK_SUCCESSFUL",
                }
                .into(),
                target_revision: Some("rev".into()),
                ..ServiceDeploymentView::default()
            }),
        ),
        Look::Revision(revision) => Observation::Revision(revision.clone(), arn("web:8")),
        Look::Stopped => Observation::Stopped(vec![StoppedTask {
            arn: "task".into(),
            task_definition: arn("web:8"),
            ..StoppedTask::default()
        }]),
        Look::List => Observation::Listed(Vec::new()),
        Look::Service => {
            let running = i32::from(now >= full * 0.7) + i32::from(now >= full);
            let state = if now >= end {
                "COMPLETED"
            } else {
                "IN_PROGRESS"
            };
            let (id, td) = if fails && now >= end {
                ("old", "web:7")
            } else {
                ("new", "web:8")
            };
            let mut primary = deployment(id, "PRIMARY", td, state, (running, 2));
            if fails {
                primary.running = if now >= end { 2 } else { 0 };
                primary.failed = (now / 20.0) as i32;
            }
            let mut view = service(vec![primary]);
            view.circuit_breaker = true;
            view.circuit_breaker_rollback = true;
            view.current_deployment = Some("sd-new".into());
            Observation::Service(Box::new(view))
        }
    }
}

/// Seconds between the end and its verdict, and calls of all kinds.
fn follow(full: f64, end: f64, fails: bool) -> (f64, u32) {
    let goal = Goal {
        calls: BEFORE,
        ..goal()
    };
    let mut followed = Followed::new(goal, 0.0);
    let (mut now, mut look, mut calls) = (0.0, followed.first(), BEFORE);
    loop {
        now += LATENCY;
        calls += 1;
        let seen = world(&look, now, full, end, fails);
        let next = step(&mut followed, seen, now);
        if let Some(verdict) = next.verdict {
            let right = if fails {
                Outcome::RolledBack
            } else {
                Outcome::Succeeded
            };
            assert_eq!(verdict.outcome, right);
            return (now - end, calls);
        }
        now += next.pause;
        look = next.look;
    }
}

#[test]
fn an_end_is_seen_soon_with_few_calls() {
    let (mut delays, mut most) = (Vec::new(), 0);
    for n in 0..600_u32 {
        let end = 20.0 + f64::from(n) * 0.467;
        let full = end * (0.3 + 0.1 * f64::from(n % 7));
        for fails in [false, true] {
            let (delay, calls) = follow(full, end, fails);
            assert!(calls <= 60, "{calls} calls in {end} s");
            most = most.max(calls);
            delays.push(delay);
        }
    }
    delays.sort_by(f64::total_cmp);
    let (median, late, last) = (delays[600], delays[1140], delays[1199]);
    println!(
        "end to verdict, simulated: median {median:.2} s, 95 % {late:.2} s, most {last:.2} s; {most} calls at most"
    );
    assert!(median <= 3.0 && late <= 6.0, "median {median}, 95 % {late}");
}

proptest! {
    #[test]
    fn five_minutes_take_at_most_sixty_calls(full in 30.0..300.0f64, fails: bool) {
        let (_, calls) = follow(full, 300.0, fails);
        prop_assert!(calls <= 60, "{} calls", calls);
    }
}
