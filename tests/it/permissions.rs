//! `acetate permissions`: the policy beside what the verbs really call.

/// Each statement taken away, on an endpoint that holds calls to the policy.
mod denied;
mod iam;

use std::collections::BTreeSet;

use acetate::local::{Entry, Outcome, RunScript};
use serde_json::{Value, json};

use iam::{Asked, allowed};

use crate::deploy::{CONFIG, Practice, world};
use crate::support::World;

fn asked(entry: &Entry) -> Vec<Asked> {
    iam::asked(&entry.operation, &entry.request)
}

/// All that the endpoint was asked for is allowed; the ids of the statements that do it.
pub fn covered(practice: &Practice, policy: &Value) -> BTreeSet<String> {
    let journal = practice.endpoint.journal();
    let asked = journal.entries.iter().flat_map(asked);
    let by = |asked: Asked| match allowed(policy, &asked) {
        Some(sid) => sid.to_owned(),
        None => panic!("{asked:?} is not allowed by {policy:#}"),
    };
    asked.map(by).collect()
}

fn policy(practice: &Practice, arguments: &[&str]) -> Value {
    let region = ["permissions", "--region", "us-east-1"];
    let ran = practice.place.run(&[&region, arguments].concat()).expect(0);
    practice.endpoint.clear_journal();
    ran.json()
}

fn sids(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().expect("a list").iter();
    let sid = |statement: &Value| statement["Sid"].as_str().expect("text").to_owned();
    statements.map(sid).collect()
}

#[test]
fn every_call_is_allowed_by_the_policy() {
    let mut world = world(&[Outcome::Ok, Outcome::Crash, Outcome::Ok]);
    world.services[0].circuit_breaker = false;
    world.runs = vec![
        RunScript {
            exit: Some(0),
            ..RunScript::default()
        };
        3
    ];
    let more = "[deploy]\npublish = \"ssm:/prod/web/task-definition\"\n[before.migrate]\ncontainer = \"app\"\n";
    let practice = Practice::new(world, &format!("{CONFIG}\n{more}"));
    let policy = policy(&practice, &[]);
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.advance(60.0);
    // It fails, why is asked for, and it is rolled back.
    practice.deploy("app:2", &["--timeout", "60s"]).expect(6);
    practice.place.run(&["history"]).expect(0);
    let used = covered(&practice, &policy);
    let unused: BTreeSet<String> = sids(&policy).difference(&used).cloned().collect();
    // Only an interrupted `run` stops a task; and these images are not of ECR.
    let rest = ["StopTask", "VerifyImages", "VerifyPullThrough"];
    assert_eq!(unused, rest.map(str::to_owned).into(), "{policy:#}");
    // Less is not enough: each statement by itself is missed.
    for sid in used {
        let mut less = policy.clone();
        let statements = less["Statement"].as_array_mut().expect("a list");
        statements.retain(|statement| statement["Sid"] != *sid);
        let journal = practice.endpoint.journal();
        let mut asked = journal.entries.iter().flat_map(asked);
        assert!(asked.any(|asked| allowed(&less, &asked).is_none()), "{sid}");
    }
}

/// What steers a deployment by hand needs no more than a deploy, and no less.
#[test]
fn continue_and_abort_need_what_the_policy_gives() {
    for (verb, action) in [
        ("continue", "ecs:ContinueServiceDeployment"),
        ("abort", "ecs:StopServiceDeployment"),
    ] {
        let mut world = world(&[]);
        "BLUE_GREEN".clone_into(&mut world.services[0].strategy);
        world.services[0].pause_at = vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()];
        let practice = Practice::new(world, CONFIG);
        let policy = policy(&practice, &[]);
        practice.deploy("app:1", &["--timeout", "5s"]).expect(8);
        practice.endpoint.clear_journal();
        let ran = practice.place.run(&[verb]);
        assert!(matches!(ran.code, Some(0 | 7)), "{ran}");
        assert!(covered(&practice, &policy).contains("SteerDeployments"));
        let mut less = policy.clone();
        for statement in less["Statement"].as_array_mut().expect("a list") {
            if let Some(actions) = statement["Action"].as_array_mut() {
                actions.retain(|given| given != action);
            } else if statement["Action"] == action {
                statement["Action"] = json!([]);
            }
        }
        let journal = practice.endpoint.journal();
        let mut asked = journal.entries.iter().flat_map(asked);
        assert!(
            asked.any(|asked| allowed(&less, &asked).is_none()),
            "{verb}"
        );
    }
}

#[test]
fn who_only_looks_needs_no_more_than_the_policy_for_plan() {
    let practice = Practice::new(world(&[Outcome::Ok]), CONFIG);
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.advance(60.0);
    let policy = policy(&practice, &["--for", "plan"]);
    let image = ["--set", "image=app:2"];
    for verb in ["show", "render", "diff", "plan", "status"] {
        practice
            .place
            .run(&[&[verb][..], &image].concat())
            .expect(0);
    }
    practice.place.run(&["history"]).expect(0);
    practice.place.run(&["wait"]).expect(0);
    covered(&practice, &policy);
    let changing = [
        "Register", "Update", "Run", "Stop", "Put", "Pass", "Tag", "Continue",
    ];
    let text = policy.to_string();
    for word in changing {
        assert!(!text.contains(&format!(":{word}")), "{text}");
    }
}

const TEMPLATE: &str = r#"{
  "family": "t",
  "taskRoleArn": "web-task",
  "executionRoleArn": "arn:aws:iam::222222222222:role/ecs",
  "containerDefinitions": [{ "name": "app", "image": "app:1", "memory": 64 }]
}"#;

const FROM_FILE: &str = r#"
cluster = "prod"
service = "web"
template = "file:t.json"
family = "web"
[containers.app]
image = "${inputs.image}"
secrets = { URL = "secretsmanager:${inputs.stage}/db#url", KEY = "ssm:/prod/key" }
secrets-from = ["ssm:/prod/web/"]
"#;

#[test]
fn what_is_not_known_is_a_star_and_is_said() {
    let place = World::new()
        .file("t.json", TEMPLATE)
        .file("acetate.toml", FROM_FILE);
    let ran = place.run(&["permissions", "--offline"]).expect(0);
    println!("{ran}");
    for word in [
        "no account is known",
        "`*` stands for inputs without a value: `image`, `stage`",
        "note: ReadTaskDefinitions: ",
        "note: `run` is not in it",
        "AWS takes no resource for these actions",
    ] {
        assert!(ran.stderr.contains(word), "no `{word}`:\n{ran}");
    }
    for arn in [
        "arn:aws:ecs:eu-west-1:*:service/prod/web",
        "arn:aws:iam::*:role/web-task",
        "arn:aws:iam::222222222222:role/ecs",
        "arn:aws:secretsmanager:eu-west-1:*:secret:*/db-??????",
        "arn:aws:ssm:eu-west-1:*:parameter/prod/key",
        "arn:aws:ssm:eu-west-1:*:parameter/prod/web/*",
    ] {
        assert!(
            ran.stdout.contains(&format!("\"{arn}\"")),
            "no `{arn}`:\n{ran}"
        );
    }
    // Machines get the same document.
    let json = place.run(&["permissions", "--offline", "--format", "json"]);
    assert_eq!(json.expect(0).json(), ran.json());
}

#[test]
fn roles_that_are_not_known_are_any_and_that_is_said() {
    let config = FROM_FILE.replace("file:t.json", "ecs:web-template");
    let place = World::new().file("acetate.toml", &config);
    let set = ["--set", "stage=prod", "--set", "image=a:1"];
    let ran = place
        .run(&[&["permissions", "--offline"][..], &set].concat())
        .expect(0);
    assert!(
        ran.stderr
            .contains("the template is not read with `--offline`"),
        "{ran}"
    );
    assert!(ran.stdout.contains("\"arn:aws:iam::*:role/*\""), "{ran}");
    let more = "[overlays.o]\nplugin = \"path:o.wasm\"\nallow = [\"json:/taskRoleArn\"]\n\
                grant = { secret-names = [\"team/*\"] }\n";
    let place = World::new()
        .file("t.json", TEMPLATE)
        .file("acetate.toml", &format!("{FROM_FILE}{more}"));
    let ran = place
        .run(&[&["permissions", "--offline"][..], &set].concat())
        .expect(0);
    assert!(ran.stderr.contains("an overlay may set roles"), "{ran}");
    assert!(ran.stdout.contains("secretsmanager:ListSecrets"), "{ran}");
    assert!(ran.stdout.contains(":secret:team/*\""), "{ran}");
}
