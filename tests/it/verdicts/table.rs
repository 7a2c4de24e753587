//! Status × strategy × exit code: each status of a service deployment under each strategy, put
//! before the function that decides. host/docs/verdicts.md shows the table; `BLESS=1` renews it.

use std::fmt::Write as _;

use acetate::error::ErrorKind;
use acetate::event::{Outcome, Verdict};
use acetate::local::{Fault, FaultKind, World};
use acetate::wait::observation::{DeploymentView, ServiceDeploymentView, ServiceView};
use acetate::wait::{Followed, Goal, Look, Observation, Trouble, step};

use crate::deploy::{CONFIG, Practice, world};
use crate::support::root;

/// A name, and what it changes in a service.
type Named<T> = (&'static str, fn(&mut T));

/// The strategies, and what else decides.
const STRATEGIES: [Named<ServiceView>; 8] = [
    ("ROLLING", |_| {}),
    ("ROLLING, circuit breaker", |v| v.circuit_breaker = true),
    ("ROLLING, circuit breaker with rollback", |v| {
        (v.circuit_breaker, v.circuit_breaker_rollback) = (true, true);
    }),
    ("BLUE_GREEN", |v| "BLUE_GREEN".clone_into(&mut v.strategy)),
    ("LINEAR", |v| "LINEAR".clone_into(&mut v.strategy)),
    ("CANARY", |v| "CANARY".clone_into(&mut v.strategy)),
    ("DAEMON", |v| "DAEMON".clone_into(&mut v.scheduling)),
    ("desired count 0", |v| {
        v.desired = 0;
        v.deployments
            .iter_mut()
            .for_each(|d| (d.desired, d.running) = (0, 0));
    }),
];

/// Where the service is when the status is seen.
#[derive(Clone, Copy)]
enum Is {
    /// On ours, and it runs.
    Ours,
    /// On ours, on its way.
    Moving,
    /// On what ran before.
    Before,
    /// On ours, given up.
    GivenUp,
}

/// The statuses, with where the service may be then.
const STATUSES: [(&str, &str, Is); 13] = [
    ("PENDING", "", Is::Moving),
    ("IN_PROGRESS", "", Is::Moving),
    ("STOP_REQUESTED", "", Is::Moving),
    ("ROLLBACK_REQUESTED", "", Is::Moving),
    ("ROLLBACK_IN_PROGRESS", "", Is::Before),
    ("SUCCESSFUL", "runs it", Is::Ours),
    ("SUCCESSFUL", "nothing runs", Is::Moving),
    ("STOPPED", "back on what ran before", Is::Before),
    ("STOPPED", "left as it is", Is::GivenUp),
    ("ROLLBACK_SUCCESSFUL", "back on what ran before", Is::Before),
    (
        "ROLLBACK_SUCCESSFUL",
        "back on the template's own",
        Is::Before,
    ),
    ("ROLLBACK_FAILED", "left as it is", Is::GivenUp),
    ("FUTURE_STATUS", "unknown to this version", Is::Moving),
];

fn arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}")
}

fn deployment(id: &str, of: &str, state: &str, running: i32) -> DeploymentView {
    DeploymentView {
        id: id.to_owned(),
        status: "PRIMARY".to_owned(),
        task_definition: arn(of),
        desired: 2,
        running,
        rollout_state: Some(state.to_owned()),
        ..DeploymentView::default()
    }
}

fn service(before: &str, is: Is) -> ServiceView {
    let (deployment, running) = match is {
        Is::Ours => (deployment("new", "web:8", "COMPLETED", 2), 2),
        Is::Moving => (deployment("new", "web:8", "IN_PROGRESS", 0), 2),
        Is::Before => (deployment("old", before, "COMPLETED", 2), 2),
        Is::GivenUp => (deployment("new", "web:8", "FAILED", 0), 0),
    };
    ServiceView {
        name: "web".to_owned(),
        status: "ACTIVE".to_owned(),
        task_definition: deployment.task_definition.clone(),
        desired: 2,
        running,
        controller: "ECS".to_owned(),
        strategy: "ROLLING".to_owned(),
        scheduling: "REPLICA".to_owned(),
        current_deployment: Some("sd-new".to_owned()),
        deployments: vec![deployment],
        ..ServiceView::default()
    }
}

/// What following ends with when this is all that is ever seen. `None`: it goes on.
fn verdict(status: &str, about: &str, is: Is, change: fn(&mut ServiceView)) -> Option<Verdict> {
    let before_name = match about.contains("template") {
        true => "web-template:3",
        false => "web:7",
    };
    let with = |mut view: ServiceView| {
        change(&mut view);
        view
    };
    let mut before = with(service(before_name, Is::Before));
    before.current_deployment = Some("sd-old".to_owned());
    let seen = with(service(before_name, is));
    let goal = Goal {
        timeout: 100_000.0,
        template_family: Some("web-template".to_owned()),
        fail_after: Some(5),
        ..Goal::of_update(
            &before,
            &with(service(before_name, Is::Moving)),
            &arn("web:8"),
        )
    };
    let mut followed = Followed::new(goal, 0.0);
    let mut look = followed.first();
    for turn in 1..200 {
        let now = f64::from(turn) * 5.0;
        let answer = match look {
            Look::Service => Observation::Service(Box::new(seen.clone())),
            Look::Describe(arn) => Observation::Described(
                arn.clone(),
                Some(ServiceDeploymentView {
                    arn,
                    status: status.to_owned(),
                    target_revision: Some("rev".to_owned()),
                    ..ServiceDeploymentView::default()
                }),
            ),
            Look::Revision(revision) => Observation::Revision(revision, arn("web:8")),
            Look::Stopped => Observation::Stopped(Vec::new()),
            look => Observation::Trouble(look, Trouble::Passing, String::new()),
        };
        let next = step(&mut followed, answer, now);
        if next.verdict.is_some() {
            return next.verdict;
        }
        look = next.look;
    }
    None
}

/// What the table shows of it.
fn shown(verdict: Option<&Verdict>) -> String {
    let Some(verdict) = verdict else {
        return "goes on".to_owned();
    };
    let kind = match verdict.outcome {
        Outcome::Succeeded if verdict.proven => return "0".to_owned(),
        Outcome::Succeeded => return "0, not proven".to_owned(),
        Outcome::RolledBack => ErrorKind::RolledBack,
        Outcome::Failed => ErrorKind::Failed,
        Outcome::LostSight => ErrorKind::LostSight,
        Outcome::Superseded => ErrorKind::Superseded,
        Outcome::Reached => return "0, reached".to_owned(),
    };
    kind.exit_code().to_string()
}

fn table() -> String {
    let mut table = String::from("| status | the service |");
    for (name, _) in STRATEGIES {
        let _ = write!(table, " {name} |");
    }
    table.push_str(&format!("\n|{}\n", " --- |".repeat(STRATEGIES.len() + 2)));
    for (status, about, is) in STATUSES {
        let _ = write!(table, "| {status} | {about} |");
        for (_, change) in STRATEGIES {
            let _ = write!(
                table,
                " {} |",
                shown(verdict(status, about, is, change).as_ref())
            );
        }
        table.push('\n');
    }
    table
}

const START: &str = "<!-- the table -->\n";
const END: &str = "<!-- end of the table -->";

#[test]
fn the_table_of_statuses_strategies_and_exit_codes_is_what_is_decided() {
    let file = root().join("host/docs/verdicts.md");
    let page = std::fs::read_to_string(&file).expect("the page is there");
    let (before, rest) = page.split_once(START).expect("the table begins");
    let (shown, after) = rest.split_once(END).expect("the table ends");
    let now = table();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, format!("{before}{START}{now}{END}{after}")).expect("it is written");
        return;
    }
    assert_eq!(shown, now, "renew it with BLESS=1");
}

#[test]
fn only_successful_with_tasks_that_run_is_a_proven_success() {
    for (status, about, is) in STATUSES {
        for (name, change) in STRATEGIES {
            let verdict = verdict(status, about, is, change);
            let success = verdict.is_some_and(|v| v.outcome == Outcome::Succeeded && v.proven);
            let may = status == "SUCCESSFUL" && matches!(is, Is::Ours) && name != "desired count 0";
            assert_eq!(success, may, "{status} ({about}), {name}");
        }
    }
}

#[test]
fn every_status_of_the_sdk_is_in_the_table() {
    for status in aws_sdk_ecs::types::ServiceDeploymentStatus::values() {
        assert!(
            STATUSES.iter().any(|(known, ..)| known == status),
            "{status}"
        );
    }
    for strategy in aws_sdk_ecs::types::DeploymentStrategy::values() {
        assert!(
            STRATEGIES
                .iter()
                .any(|(name, _)| name.starts_with(strategy)),
            "{strategy}"
        );
    }
}

/// Whoever else deploys is recognised and refused before anything is changed.
#[test]
fn other_controllers_are_refused_with_what_to_do() {
    let others: [(Named<World>, &str); 4] = [
        (
            ("`web` is deployed by CodeDeploy", |w| {
                "CODE_DEPLOY".clone_into(&mut w.services[0].controller)
            }),
            "move the service to the controller `ECS`",
        ),
        (
            ("`web` is made of task sets", |w| {
                "EXTERNAL".clone_into(&mut w.services[0].controller)
            }),
            "`acetate register` makes the revision",
        ),
        (
            ("`web` is an Express service", |w| {
                w.services[0].members["resourceManagementType"] = "ECS".into()
            }),
            "`aws ecs update-express-gateway-service` deploys it",
        ),
        // DescribeServices knows no daemon: it is missing there.
        (
            ("`web` is a managed daemon and no service", |w| {
                w.services.clear();
                w.clusters.push("prod".to_owned());
                w.daemons.push("prod/web".to_owned());
            }),
            "`aws ecs update-daemon` deploys that",
        ),
    ];
    for ((words, change), way_out) in others {
        for verb in [&["deploy"][..], &["plan"], &["deploy", "--dry-run"]] {
            let mut world = world(&[]);
            change(&mut world);
            let practice = Practice::new(world, CONFIG);
            let arguments = [verb, &["--set", "image=app:1"]].concat();
            let ran = practice.place.run(&arguments).expect(4);
            let hint = ran.stderr.lines().find(|line| line.contains("hint: "));
            assert!(ran.stderr.contains(words), "{words}: {ran}");
            assert!(hint.is_some_and(|hint| hint.contains(way_out)), "{ran}");
            for operation in ["RegisterTaskDefinition", "UpdateService"] {
                assert_eq!(practice.count(operation), 0, "{operation}");
            }
        }
    }
}

/// Who may not list daemons, or has none of the name, is told what DescribeServices said.
#[test]
fn a_service_that_is_missing_is_no_daemon_by_itself() {
    let mut without = world(&[]);
    without.services.clear();
    without.clusters.push("prod".to_owned());
    without.daemons.push("prod/other".to_owned());
    let practice = Practice::new(without, CONFIG);
    let missing = "service `web` does not exist in cluster `prod`";
    let ran = practice.deploy("app:1", &[]).expect(1);
    assert!(ran.stderr.contains(missing), "{ran}");
    practice
        .endpoint
        .fault(Fault::once("ListDaemons", FaultKind::Denied));
    let ran = practice.deploy("app:1", &[]).expect(1);
    assert!(ran.stderr.contains(missing), "{ran}");
}
