//! `history prune`: only revisions that acetate registered, that nothing refers to, and only
//! where everybody could be asked.

use acetate::local::{Fault, FaultKind, KnownDefinition, Outcome, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::deploy::trouble::always;
use crate::deploy::{CONFIG, Practice, world};
use crate::support::boto::Moto;
use crate::support::{self, Ran};

/// A revision of a family, stamped or not.
fn revision(family: &str, stamped: bool) -> KnownDefinition {
    let container = json!({ "name": "app", "image": "app:1", "memory": 64 });
    let tags = match stamped {
        true => json!([{ "key": "acetate:template-digest", "value": "x" }]),
        false => json!([]),
    };
    let definition = json!({ "family": family, "containerDefinitions": [container], "tags": tags });
    KnownDefinition {
        definition: Some(definition),
        ..KnownDefinition::default()
    }
}

/// `web:1` is not stamped, `web:2` to `web:9` are, the service is on `web:9`.
fn past(change: impl FnOnce(&mut World)) -> Practice {
    let mut world = world(&[Outcome::Ok]);
    let definitions = &mut world.task_definitions;
    definitions.push(revision("web", false));
    definitions.extend((2..=9).map(|_| revision("web", true)));
    definitions.push(revision("web-other", true));
    world.services[0].task_definition = "web:9".to_owned();
    change(&mut world);
    Practice::new(world, CONFIG)
}

fn prune(practice: &Practice, more: &[&str]) -> Ran {
    practice
        .place
        .run(&[&["history", "prune", "--keep", "2"], more].concat())
}

fn active(practice: &Practice) -> Vec<String> {
    let list = json!({ "familyPrefix": "web", "status": "ACTIVE" });
    let answer = support::wire::ecs(&practice.endpoint.url(), "ListTaskDefinitions", &list);
    let arns = answer["taskDefinitionArns"]
        .as_array()
        .expect("ARNs")
        .iter();
    let name = |arn: &Value| {
        arn.as_str()
            .and_then(|a| a.rsplit('/').next())
            .map(str::to_owned)
    };
    arns.filter_map(name)
        .filter(|name| name.starts_with("web:"))
        .collect()
}

#[test]
fn what_nothing_refers_to_goes() {
    let practice = past(|_| {});
    let ran = prune(&practice, &["--dry-run"]).expect(0);
    assert_snapshot!(ran.stdout, @r"
    web:2  would go
    web:3  would go
    web:4  would go
    web:5  would go
    web:6  would go
    web:7  would go
    ");
    assert_eq!(practice.count("DeregisterTaskDefinition"), 0);
    prune(&practice, &[]).expect(0);
    let mut left = active(&practice);
    left.sort();
    assert_eq!(
        left,
        ["web:1", "web:8", "web:9"],
        "what is not stamped stays"
    );
    assert_eq!(practice.count("DeregisterTaskDefinition"), 6);
    let ran = prune(&practice, &[]).expect(0);
    assert!(
        ran.stderr.contains("nothing of `web` is to be pruned"),
        "{ran}"
    );
}

#[test]
fn what_is_referred_to_stays_whoever_refers_to_it() {
    let arn = |n: u32| format!("arn:aws:ecs:us-east-1:123456789012:task-definition/web:{n}");
    let cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/prod";
    let practice = past(|world| {
        let mut other = world.services[0].clone();
        other.name = "elsewhere".to_owned();
        other.cluster = "staging".to_owned();
        other.task_definition = "web:2".to_owned();
        world.services.push(other);
        let target =
            |n| json!({ "Arn": cluster, "EcsParameters": { "TaskDefinitionArn": arn(n) } });
        let call = "arn:aws:scheduler:::aws-sdk:ecs:runTask";
        let input = json!({ "TaskDefinition": "web:5" }).to_string();
        world.schedules = [
            ("default/nightly".to_owned(), target(3)),
            (
                "mine/call".to_owned(),
                json!({ "Arn": call, "Input": input }),
            ),
        ]
        .into();
        world.rules = [("bus/on-upload".to_owned(), vec![target(4)])].into();
        world.runs = vec![acetate::local::RunScript {
            stuck: true,
            ..acetate::local::RunScript::default()
        }];
    });
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"] } });
    let task =
        json!({ "cluster": "prod", "taskDefinition": "web:6", "networkConfiguration": network });
    support::wire::ecs(&practice.endpoint.url(), "RunTask", &task);
    let ran = prune(&practice, &["--format", "json"]).expect(0).json();
    assert_eq!(ran["deregistered"], json!([arn(7)]), "{ran:#}");
    let why = |n: u32| ran["kept"][arn(n)].as_str().unwrap_or_default().to_owned();
    assert_eq!(why(2), "service `elsewhere` refers to it");
    assert_eq!(why(3), "schedule `default/nightly` refers to it");
    assert_eq!(why(4), "rule `bus/on-upload` refers to it");
    assert_eq!(why(5), "schedule `mine/call` refers to it");
    assert!(why(6).starts_with("task `"), "{}", why(6));
    assert_eq!(why(9), "one of the newest 2");
}

#[test]
fn where_it_may_not_look_it_refuses() {
    for operation in [
        "ListClusters",
        "DescribeServices",
        "ListTasks",
        "ListSchedules",
        "ListRules",
        "ListServiceDeployments",
    ] {
        let practice = past(|_| {});
        practice
            .endpoint
            .fault(always(operation, FaultKind::Denied));
        let ran = prune(&practice, &[]).expect(4);
        assert!(ran.stderr.contains(&format!(":{operation}`")), "{ran}");
        assert!(ran.stderr.contains("nothing was deregistered"), "{ran}");
        assert_eq!(practice.count("DeregisterTaskDefinition"), 0);
    }
}

#[test]
fn what_a_rollback_goes_to_stays() {
    let practice = past(|_| {});
    for image in ["app:2", "app:3", "app:4", "app:5"] {
        practice.deploy(image, &["--timeout", "60s"]).expect(0);
    }
    // Going back makes what it went back from the newest, and not a target.
    practice.place.run(&["rollback"]).expect(0);
    let keep = ["history", "prune", "--keep", "1", "--format", "json"];
    let ran = practice.place.run(&keep).expect(0).json();
    let arn = |n: u32| format!("arn:aws:ecs:us-east-1:123456789012:task-definition/web:{n}");
    assert_eq!(ran["kept"][arn(11)], "a rollback goes to it", "{ran:#}");
    practice.place.run(&["rollback"]).expect(0);
    assert_eq!(practice.runs(), "web:11");
}

#[test]
fn a_refusal_on_the_way_says_how_far_it_came() {
    let practice = past(|_| {});
    practice.endpoint.fault(Fault {
        after: 2,
        ..always("DeregisterTaskDefinition", FaultKind::Denied)
    });
    let ran = prune(&practice, &[]).expect(11);
    assert!(
        ran.stderr
            .contains("2 of 6 old revisions of `web` are deregistered"),
        "{ran}"
    );
    practice
        .place
        .run(&["history", "prune", "--keep", "0"])
        .expect(2);
    practice.place.run(&["history", "prune"]).expect(2);
}

#[test]
fn a_first_answer_that_is_lost_may_have_changed_something() {
    let mut practice = past(|_| {});
    practice
        .endpoint
        .fault(always("DeregisterTaskDefinition", FaultKind::Lost));
    practice.place = practice.place.variable("AWS_MAX_ATTEMPTS", "2");
    let ran = prune(&practice, &[]).expect(11);
    assert!(
        ran.stderr.contains("AWS may have done it all the same"),
        "{ran}"
    );
    assert_eq!(active(&practice).len(), 8, "one of nine is gone");
    practice.endpoint.forget_faults();
    prune(&practice, &[]).expect(0);
}

#[test]
fn where_aws_does_not_answer_it_is_aws_that_refuses() {
    let practice = past(|_| {});
    practice
        .endpoint
        .fault(always("ListTasks", FaultKind::Expired));
    let ran = prune(&practice, &[]).expect(10);
    for told in ["nothing was deregistered", "get new credentials"] {
        assert!(ran.stderr.contains(told), "no {told}: {ran}");
    }
}

#[test]
fn its_policy_names_each_call() {
    let practice = past(|world| {
        let target = json!({ "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/prod" });
        world.schedules = [("default/a".to_owned(), target.clone())].into();
        world.rules = [("default/b".to_owned(), vec![target])].into();
    });
    prune(&practice, &[]).expect(0);
    let asked = practice.operations();
    let policy = practice
        .place
        .run(&["permissions", "--for", "prune"])
        .expect(0)
        .stdout;
    for operation in asked {
        assert!(
            policy.contains(&format!(":{operation}\"")),
            "{operation}: {policy}"
        );
    }
}

#[test]
fn moto_is_asked_the_same_and_refused_for_what_it_does_not_know() {
    let Some(moto) = Moto::shared() else { return };
    let container = json!({ "name": "app", "image": "app:1", "memory": 64 });
    for _ in 0..3 {
        let stamp = json!([{ "key": "acetate:template-digest", "value": "x" }]);
        let with = json!({ "family": "prune", "containerDefinitions": [container], "tags": stamp });
        moto.ok("ecs", "register_task_definition", with);
    }
    let config = "template = \"file:t.json\"\nfamily = \"prune\"\n";
    let ran = moto
        .world()
        .file("acetate.toml", config)
        .run(&["history", "prune", "--keep", "1"])
        .expect(0);
    assert!(ran.stdout.contains("prune:1  deregistered"), "{ran}");
    let described = moto.described("prune:1");
    assert_eq!(described["taskDefinition"]["status"], "INACTIVE");
    assert_eq!(
        moto.described("prune:3")["taskDefinition"]["status"],
        "ACTIVE"
    );
}
