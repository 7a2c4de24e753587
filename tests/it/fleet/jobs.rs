//! Jobs that share the services (`--shard`), and waves.

use acetate::local::{KnownService, Outcome};

use super::{config, ends, fleet, practice, summary, updated};
use crate::deploy::Practice;

#[test]
fn jobs_divide_the_services_among_them() {
    let names = ["a", "b", "c", "d", "e"];
    let config =
        config(&names, "").replace("[services.a]", "[services.a]\nafter-services = [\"e\"]");
    let practice = Practice::new(fleet(&names, |_| {}), &config);
    let mut all = Vec::new();
    for shard in ["1/2", "2/2"] {
        let ran = practice
            .deploy("app:1", &["--shard", shard, "--format", "json"])
            .expect(0);
        let told = summary(&ran);
        let ours: Vec<String> = ends(&told).iter().map(|(s, _)| (*s).to_owned()).collect();
        assert_eq!(
            ours.contains(&"a".to_owned()),
            ours.contains(&"e".to_owned())
        );
        all.extend(ours);
    }
    all.sort();
    assert_eq!(all, names);
    let ran = practice.deploy("app:1", &["--shard", "3/2"]).expect(2);
    assert!(ran.stderr.contains("such as `2/8`"), "{ran}");
}

/// `a` and `c` are the first job's, `b` and `d` the second's; `a` is the canary.
fn canary(outcome: Outcome) -> Practice {
    practice(
        &["a", "b", "c", "d"],
        "waves = [\"a\"]",
        |s: &mut KnownService| {
            if s.name == "a" {
                s.outcome = vec![outcome];
                s.rollback = false;
            }
        },
    )
}

const SECOND: [&str; 2] = ["--shard", "2/2"];

#[test]
fn a_job_begins_nothing_before_another_jobs_wave_is_done() {
    let practice = canary(Outcome::Ok);
    let ran = practice.deploy("app:1", &SECOND).expect(4);
    for told in [
        "`a` is of an earlier wave and of another job, and does not run this yet",
        "`acetate deploy a`",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    let all: [&[&str]; 3] = [&["--force"], &["--replace"], &["--keep-going"]];
    for more in all {
        practice
            .deploy("app:1", &[&SECOND, more].concat())
            .expect(4);
    }
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    // A plan that is shown changes nothing; one that is kept is done without another look.
    let image = ["plan", "--set", "image=app:1"];
    let shown = practice
        .place
        .run(&[&image[..], &SECOND].concat())
        .expect(0);
    assert!(shown.stderr.contains("does not run this yet"), "{shown}");
    let kept = [&image[..], &SECOND, &["--out", "plan.json"]].concat();
    practice.place.run(&kept).expect(4);
    // The other job: its own wave, and then what is left of its part.
    let first = ["--shard", "1/2", "--format", "json"];
    let ran = practice.deploy("app:1", &first).expect(0);
    let told = summary(&ran);
    assert_eq!(ends(&told), [("a", "done"), ("c", "done")]);
    assert_eq!(told["services"][1]["wave"], 2);
    practice.deploy("app:1", &SECOND).expect(0);
    assert_eq!(updated(&practice)[..2], ["a", "c"]);
    assert_eq!(updated(&practice).len(), 4);
}

#[test]
fn a_canary_that_is_on_its_way_or_failed_lets_no_job_pass() {
    for outcome in [Outcome::Stuck, Outcome::Failed] {
        let practice = canary(outcome);
        let waits = ["--wait-until", "accepted", "a"];
        practice.deploy("app:1", &waits).expect(0);
        practice.endpoint.advance(1000.0);
        practice.deploy("app:1", &SECOND).expect(4);
        assert_eq!(updated(&practice), ["a"]);
    }
}

#[test]
fn a_number_is_of_the_jobs_own_services_and_names_that_are_its_own_hold_nobody_up() {
    let practice = canary(Outcome::Stuck);
    let ran = practice.deploy(
        "app:1",
        &["--shard", "2/2", "--wave", "1", "--format", "json"],
    );
    let told = summary(&ran.expect(0));
    assert_eq!(ends(&told), [("b", "done"), ("d", "done")]);
    assert_eq!(updated(&practice), ["b", "d"]);
    let both = ["--shard", "2/2", "--wave", "a,b,d", "--force"];
    practice.deploy("app:1", &both).expect(0);
    practice
        .deploy(
            "app:1",
            &["--shard", "2/2", "--wave", "b", "--wave", "a", "--force"],
        )
        .expect(4);
}

#[test]
fn a_canary_on_its_way_is_waited_for_where_that_is_asked_for() {
    for (outcome, code, moved) in [(Outcome::Ok, 0, 3), (Outcome::Failed, 4, 1)] {
        let names = ["a", "b", "c", "d"];
        let mut world = fleet(&names, |service| {
            if service.name == "a" {
                service.outcome = vec![outcome];
                service.rollback = false;
            }
        });
        world.speed = 10.0;
        let practice = Practice::new(world, &config(&names, "waves = [\"a\"]"));
        let waits = ["--wait-until", "accepted", "a"];
        practice.deploy("app:1", &waits).expect(0);
        let more = ["--wait-until", "accepted", "--queue"];
        let ran = practice.deploy("app:1", &[&SECOND[..], &more].concat());
        assert!(
            ran.expect(code)
                .stderr
                .contains("waiting for the end of that")
        );
        assert_eq!(updated(&practice).len(), moved);
    }
}
