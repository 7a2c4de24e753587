//! The policy that `permissions` prints, on a server that checks permissions.
//!
//! moto knows no resources but `*` and no conditions (S3 aside), so the policy is widened to its
//! actions here; resources and conditions are compared with real requests by
//! `every_call_is_allowed_by_the_policy`. What moto checks in no way is [`UNCHECKED`]; the embedded
//! endpoint checks it, by resources and conditions too, in `tests/it/permissions/denied.rs`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::signed::check_from_now_on;
use super::verbs::subnet;
use crate::support::World;
use crate::support::boto::{Moto, REGION, call};

const CONFIG: &str = r#"
cluster = "prod"
service = "web"
template = "ecs:web-template"
family = "web"
[containers.app]
image = "app:1"
secrets = { URL = "secretsmanager:prod/db", KEY = "ssm:/prod/key" }
secrets-from = ["ssm:/prod/web/"]
[before.migrate]
container = "app"
"#;

/// A deploy without each of these statements: the exit code, and the permission that is named.
const NEEDED: [(&str, i32, &str); 9] = [
    ("ReadTaskDefinitions", 10, "ecs:DescribeTaskDefinition"),
    ("LookUpParameters", 10, "ssm:GetParameters"),
    ("ListParameters", 10, "ssm:GetParametersByPath"),
    ("LookUpSecrets", 10, "secretsmanager:DescribeSecret"),
    ("ReadServices", 10, "ecs:DescribeServices"),
    ("RegisterTaskDefinition", 10, "ecs:RegisterTaskDefinition"),
    ("RunTask", 11, "ecs:RunTask"),
    ("ReadTasks", 11, "ecs:DescribeTasks"),
    ("UpdateService", 11, "ecs:UpdateService"),
];

/// What moto does not check (tags and roles when a task definition is registered), does not have
/// (service deployments, by which alone a deployment can be steered, and tasks that fail), or is not
/// needed unless somebody interrupts a task.
const UNCHECKED: [&str; 5] = [
    "TagTaskDefinition",
    "PassRoles",
    "ListTasks",
    "SteerDeployments",
    "StopTask",
];

/// What only following needs: without it nothing fails, and it is said.
const SIGHT: &str = "ReadDeployments";

/// What only `verify` needs: without it nothing fails, and it is said.
const ROLES: &str = "VerifyRoles";

fn infrastructure(moto: &Moto) {
    let container = json!({ "name": "app", "image": "placeholder", "memory": 64 });
    let template = json!({
        "family": "web-template",
        "executionRoleArn": "arn:aws:iam::123456789012:role/ecs",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [container],
    });
    let network = json!({ "subnets": [subnet(moto)], "securityGroups": [] });
    let service = json!({
        "cluster": "prod",
        "serviceName": "web",
        "taskDefinition": "web-template",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": { "awsvpcConfiguration": network },
    });
    let parameter = |name: &str| json!({ "Name": name, "Type": "SecureString", "Value": "hush" });
    let told = moto.calls(&[
        call("ecs", "create_cluster", json!({ "clusterName": "prod" })),
        call("ecs", "register_task_definition", template),
        call("ecs", "create_service", service),
        role("ecs", "ecs-tasks.amazonaws.com"),
        call("ssm", "put_parameter", parameter("/prod/key")),
        call("ssm", "put_parameter", parameter("/prod/web/token")),
        call(
            "secretsmanager",
            "create_secret",
            json!({ "Name": "prod/db", "SecretString": "hush" }),
        ),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
}

/// Makes a role that a service may assume.
pub fn role(name: &str, service: &str) -> Value {
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" });
    let trust = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    call(
        "iam",
        "create_role",
        json!({ "RoleName": name, "AssumeRolePolicyDocument": trust }),
    )
}

/// The statements without one, for every resource and on no condition.
fn widened(policy: &Value, without: &str) -> Value {
    let statements = policy["Statement"].as_array().expect("a list").iter();
    let kept = statements.filter(|statement| statement["Sid"] != *without);
    let wide = kept.map(
        |statement| json!({ "Effect": "Allow", "Action": statement["Action"], "Resource": "*" }),
    );
    json!({ "Version": "2012-10-17", "Statement": wide.collect::<Vec<_>>() })
}

/// Key and secret of a user for each statement, who has all others; and of one who has all.
fn users(moto: &Moto, policy: &Value) -> BTreeMap<String, (String, String)> {
    let statements = policy["Statement"].as_array().expect("a list").iter();
    let sids = statements.map(|statement| statement["Sid"].as_str().expect("text"));
    let names: Vec<&str> = sids.chain(["nothing"]).collect();
    let calls = names.iter().flat_map(|name| {
        let document = widened(policy, name).to_string();
        [
            call("iam", "create_user", json!({ "UserName": name })),
            call(
                "iam",
                "put_user_policy",
                json!({ "UserName": name, "PolicyName": "p", "PolicyDocument": document }),
            ),
            call("iam", "create_access_key", json!({ "UserName": name })),
        ]
    });
    let told = moto.calls(&calls.collect::<Vec<_>>());
    let key = |at: usize| {
        let key = &told[at * 3 + 2].ok()["AccessKey"];
        let text = |name: &str| key[name].as_str().expect("text").to_owned();
        (text("AccessKeyId"), text("SecretAccessKey"))
    };
    let named = names.iter().enumerate();
    named
        .map(|(at, name)| ((*name).to_owned(), key(at)))
        .collect()
}

#[test]
fn the_policy_is_enough_and_nothing_in_it_too_much() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    let printed = moto
        .world()
        .file("acetate.toml", CONFIG)
        .run(&["permissions"])
        .expect(0);
    println!("{printed}");
    let policy = printed.json();
    let users = users(&moto, &policy);
    let known = NEEDED
        .iter()
        .map(|(sid, ..)| *sid)
        .chain(UNCHECKED)
        .chain([SIGHT, ROLES, "nothing"]);
    let known: std::collections::BTreeSet<&str> = known.collect();
    let there: std::collections::BTreeSet<&str> = users.keys().map(String::as_str).collect();
    assert_eq!(
        there, known,
        "each statement is tried, or said to be unchecked"
    );
    check_from_now_on(&moto);
    let world = |without: &str| {
        let (key, secret) = &users[without];
        World::new()
            .variable("AWS_ENDPOINT_URL", moto.url())
            .variable("AWS_REGION", REGION)
            .variable("AWS_ACCESS_KEY_ID", key)
            .variable("AWS_SECRET_ACCESS_KEY", secret)
            .file("acetate.toml", CONFIG)
    };
    let deploy = ["deploy", "--wait-until", "accepted"];
    for (sid, code, permission) in NEEDED {
        let ran = world(sid).run(&deploy);
        println!("without {sid}: {ran}");
        assert_eq!(ran.code, Some(code), "without {sid}: {ran}");
        let hint = format!("allow `{permission}`");
        assert!(
            ran.stderr.contains(&hint),
            "without {sid} no `{hint}`:\n{ran}"
        );
    }
    let ran = world(SIGHT).run(&["history"]).expect(0);
    let said =
        "deployments cannot be seen, only revisions: `ecs:ListServiceDeployments` was denied";
    assert!(ran.stderr.contains(said), "{ran}");
    let ran = world(ROLES).run(&deploy).expect(0);
    assert!(ran.stderr.contains("allow `iam:GetRole`"), "{ran}");
    for sid in UNCHECKED.into_iter().chain(["nothing"]) {
        let ran = world(sid).run(&["deploy", "--wait-until", "accepted", "--force"]);
        ran.expect(0);
    }
}
