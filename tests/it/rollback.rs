//! `acetate rollback` and `history`: where they go back to, and what they never do.

use acetate::local::{FaultKind, Outcome};
use insta::assert_snapshot;
use serde_json::Value;

use crate::deploy::trouble::always;
use crate::deploy::{Practice, deployed, practice, steady};
use crate::support::Ran;

/// `web:1`, `web:2` and `web:3` were deployed in this order; then these outcomes.
fn three(outcomes: &[Outcome]) -> Practice {
    let good = [Outcome::Ok, Outcome::Ok];
    let practice = deployed(|_| {}, &[&good, outcomes].concat());
    practice.deploy("app:2", &[]).expect(0);
    practice.deploy("app:3", &[]).expect(0);
    // New service deployments are listed late.
    practice.endpoint.advance(60.0);
    practice.endpoint.clear_journal();
    practice
}

fn rollback(practice: &Practice, arguments: &[&str]) -> Ran {
    let ran = practice.place.run(&[&["rollback"], arguments].concat());
    practice.endpoint.advance(60.0);
    ran
}

#[test]
fn goes_back_to_what_last_ran_well_and_shows_what_that_changes() {
    let practice = three(&[]);
    let ran = rollback(&practice, &[]).expect(0);
    assert_snapshot!(steady(&ran.to_string()), @r#"
    web is running web:2 (2 of 2 tasks), [N] s
    ------- stderr -------
    plan for web: use web:2 again (it last ran well); update web, which is on web:3
    note: /containerDefinitions/app/image "app:3" → "app:2"
    web: web:3 → web:2
    "#);
    assert_eq!(practice.runs(), "web:2");
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    let journal = practice.endpoint.journal();
    let update = journal.of("UpdateService")[0]
        .request
        .as_object()
        .expect("an object")
        .len();
    assert_eq!(update, 3, "cluster, service and task definition only");
}

#[test]
fn a_second_rollback_goes_further_back_and_a_third_finds_nothing() {
    let practice = three(&[]);
    rollback(&practice, &[]).expect(0);
    rollback(&practice, &[]).expect(0);
    assert_eq!(practice.runs(), "web:1");
    let ran = rollback(&practice, &[]).expect(4);
    let told = [
        "error: `web:1` is the oldest that ran well on `web`\n",
        "others ran well, too: `web:2`, `web:3`; `acetate rollback --to web:2` goes there",
    ];
    assert!(told.iter().all(|words| ran.stderr.contains(words)), "{ran}");
    assert_eq!(practice.count("UpdateService"), 2);
}

#[test]
fn where_only_the_template_ran_before_that_is_said() {
    let practice = deployed(|_| {}, &[]);
    practice.endpoint.advance(60.0);
    let only = "only the template's own revision `web-template:1`, and a rollback never goes there";
    let ran = rollback(&practice, &[]).expect(4);
    assert!(ran.stderr.contains(only), "{ran}");
    assert!(!ran.stderr.contains("acetate abort"), "{ran}");
    // The first deployment is not done yet.
    let practice = crate::deploy::practice(&[Outcome::Stuck]);
    practice
        .deploy("app:1", &["--wait-until", "accepted"])
        .expect(0);
    let ran = rollback(&practice, &[]).expect(4);
    let way = "the deployment of `web:1` is in progress; `acetate abort` rolls it back";
    assert!(
        ran.stderr.contains(only) && ran.stderr.contains(way),
        "{ran}"
    );
}

#[test]
fn never_to_what_failed_and_never_to_the_template() {
    let practice = deployed(|_| {}, &[Outcome::RolledBack, Outcome::Ok]);
    practice.deploy("app:2", &[]).expect(6);
    practice.deploy("app:3", &[]).expect(0);
    practice.endpoint.advance(60.0);
    rollback(&practice, &[]).expect(0);
    assert_eq!(practice.runs(), "web:1");
    rollback(&practice, &[]).expect(4);
    for named in [
        "web-template:1",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1",
    ] {
        let ran = rollback(&practice, &["--to", named]).expect(4);
        assert!(ran.stderr.contains("is no revision of `web`"), "{ran}");
    }
}

#[test]
fn what_is_not_active_any_more_is_passed_over_aloud() {
    let practice = three(&[]);
    crate::support::wire::ecs(
        &practice.endpoint.url(),
        "DeregisterTaskDefinition",
        &serde_json::json!({ "taskDefinition": "web:2" }),
    );
    let ran = rollback(&practice, &[]).expect(0);
    assert!(
        ran.stderr
            .contains("`web:2` ran well before, but is not active any more"),
        "{ran}"
    );
    assert_eq!(practice.runs(), "web:1");
    rollback(&practice, &["--to", "2"]).expect(1);
}

#[test]
fn to_a_revision_that_is_named() {
    let practice = three(&[]);
    rollback(&practice, &["--to", "web:1"]).expect(0);
    assert_eq!(practice.runs(), "web:1");
    rollback(&practice, &["--to", "3"]).expect(0);
    assert_eq!(practice.runs(), "web:3");
    let ran = rollback(&practice, &["--to", "3"]).expect(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran}");
    rollback(&practice, &["--to", "99"]).expect(1);
}

#[test]
fn a_dry_run_changes_nothing() {
    let practice = three(&[]);
    let ran = rollback(&practice, &["--dry-run"]).expect(0);
    assert!(
        ran.stdout.contains("use web:2 again (it last ran well)"),
        "{ran}"
    );
    assert_eq!(practice.count("UpdateService"), 0);
}

#[test]
fn a_rollback_that_fails_is_no_success() {
    let practice = three(&[Outcome::RolledBack]);
    let ran = rollback(&practice, &[]).expect(6);
    assert!(ran.stderr.contains("is back on `web:3`"), "{ran}");
}

#[test]
fn someone_elses_deployment_is_left_alone_unless_asked_for() {
    let practice = three(&[Outcome::Stuck, Outcome::Ok]);
    practice
        .deploy("app:4", &["--wait-until", "accepted"])
        .expect(0);
    let ran = rollback(&practice, &[]).expect(4);
    let hints = "hint: `acetate abort` ends it by rolling it back\nhint: `acetate wait` follows it; `--replace` takes over from it\n";
    assert!(ran.stderr.ends_with(hints), "{ran}");
    rollback(&practice, &["--replace"]).expect(0);
    assert_eq!(practice.runs(), "web:3");
}

#[test]
fn without_service_deployments_the_user_names_it() {
    let practice = three(&[]);
    practice
        .endpoint
        .fault(always("ListServiceDeployments", FaultKind::Denied));
    let ran = rollback(&practice, &[]).expect(10);
    assert!(ran.stderr.contains("--to REVISION"), "{ran}");
    rollback(&practice, &["--to", "2"]).expect(0);
    assert_eq!(practice.runs(), "web:2");
}

#[test]
fn history_tells_what_runs_what_ran_and_where_a_rollback_goes() {
    let practice = deployed(|_| {}, &[Outcome::Ok, Outcome::RolledBack]);
    practice.deploy("app:2", &[]).expect(0);
    practice.deploy("app:3", &[]).expect(6);
    practice
        .place
        .run(&["register", "--set", "image=app:4"])
        .expect(0);
    practice.endpoint.advance(60.0);
    let told = practice
        .place
        .run(&["history", "--format", "json"])
        .expect(0)
        .json();
    let rows: Vec<String> = told
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            let text = |member: &str| row[member].as_str().unwrap_or("-").to_owned();
            let name = text("task_definition");
            let name = name.rsplit('/').next().expect("a name").to_owned();
            format!(
                "{name} {} {} {}",
                text("status"),
                text("standing"),
                row["stamps"]["inputs"].as_str().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "web:3 ROLLBACK_SUCCESSFUL past image=app:3",
            "web:2 SUCCESSFUL current image=app:2",
            "web:1 SUCCESSFUL rollback-target image=app:1",
            "web-template:1 SUCCESSFUL past -",
            "web:4 - past image=app:4",
        ]
    );
    let shown = practice.place.run(&["history"]).expect(0).stdout;
    assert!(
        shown.contains("web:1  SUCCESSFUL  (`acetate rollback` goes here)"),
        "{shown}"
    );
}

#[test]
fn history_of_a_service_that_acetate_never_deployed() {
    let practice = practice(&[]);
    practice
        .endpoint
        .fault(always("ListServiceDeployments", FaultKind::Denied));
    let ran = practice
        .place
        .run(&["history", "--format", "json"])
        .expect(0);
    assert_eq!(ran.json(), Value::Array(Vec::new()));
    assert!(ran.stderr.contains("deployments cannot be seen"), "{ran}");
}
