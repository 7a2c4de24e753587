//! `acetate permissions`: the policy beside what the verbs really call.

use std::collections::BTreeSet;

use acetate::local::{Entry, Outcome, RunScript};
use serde_json::{Value, json};

use crate::deploy::{CONFIG, Practice, world};
use crate::support::World;

/// Account and region of the embedded endpoint.
const OF_ENDPOINT: &str = "us-east-1:123456789012";

/// Whether a text is of this pattern of IAM's: `*` is any text, `?` any character.
fn is_of(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let (rest, mut tails) = (
        &pattern[1..],
        text.char_indices().map(|(at, _)| &text[at..]),
    );
    match first {
        '*' => tails.any(|tail| is_of(rest, tail)) || is_of(rest, ""),
        '?' => text
            .chars()
            .next()
            .is_some_and(|c| is_of(rest, &text[c.len_utf8()..])),
        c => text.strip_prefix(c).is_some_and(|text| is_of(rest, text)),
    }
}

/// A text or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// What a call asks IAM: an action on a resource, with the values of condition keys.
#[derive(Debug, Clone)]
struct Asked {
    action: &'static str,
    resource: String,
    context: Value,
}

/// The statement that allows it.
fn allowed<'a>(policy: &'a Value, asked: &Asked) -> Option<&'a str> {
    let is_met = |condition: &Value| {
        let operators = condition.as_object().expect("an object").values();
        let mut keys = operators.flat_map(|keys| keys.as_object().expect("an object"));
        keys.all(|(key, values)| texts(values).iter().any(|v| asked.context[key] == **v))
    };
    let statements = policy["Statement"].as_array().expect("a list");
    let found = statements.iter().find(|statement| {
        texts(&statement["Action"]).contains(&asked.action)
            && texts(&statement["Resource"])
                .iter()
                .any(|pattern| is_of(pattern, &asked.resource))
            && statement.get("Condition").is_none_or(is_met)
    });
    found.and_then(|statement| statement["Sid"].as_str())
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{OF_ENDPOINT}:{resource}")
}

/// What one request asks IAM, as the service authorization reference says.
fn asked(entry: &Entry) -> Vec<Asked> {
    let request = &entry.request;
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let cluster = json!({ "ecs:cluster": arn("ecs", &format!("cluster/{}", text("cluster"))) });
    let service = |name: &str| arn("ecs", &format!("service/{}/{name}", text("cluster")));
    let owned = |name: &str| {
        texts(&request[name])
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let parameter = |name: &str| {
        arn(
            "ssm",
            &format!("parameter/{}", name.trim_start_matches('/')),
        )
    };
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let (action, resources): (_, Vec<String>) = match entry.operation.as_str() {
        // AWS lets every caller ask who they are.
        "GetCallerIdentity" => return Vec::new(),
        "DescribeTaskDefinition" => ("ecs:DescribeTaskDefinition", vec!["*".to_owned()]),
        "ListTaskDefinitions" => ("ecs:ListTaskDefinitions", vec!["*".to_owned()]),
        "ListTasks" => ("ecs:ListTasks", vec!["*".to_owned()]),
        "RegisterTaskDefinition" => {
            let family = arn("ecs", &format!("task-definition/{}:7", text("family")));
            return registered(request, family);
        }
        "DescribeServices" => {
            let names = texts(&request["services"]).into_iter().map(service);
            ("ecs:DescribeServices", names.collect())
        }
        "UpdateService" => ("ecs:UpdateService", vec![service(&text("service"))]),
        "ListServiceDeployments" => (
            "ecs:ListServiceDeployments",
            vec![service(&text("service"))],
        ),
        "DescribeServiceDeployments" => (
            "ecs:DescribeServiceDeployments",
            owned("serviceDeploymentArns"),
        ),
        "DescribeServiceRevisions" => {
            ("ecs:DescribeServiceRevisions", owned("serviceRevisionArns"))
        }
        "StopServiceDeployment" => ("ecs:StopServiceDeployment", owned("serviceDeploymentArn")),
        "ContinueServiceDeployment" => (
            "ecs:ContinueServiceDeployment",
            owned("serviceDeploymentArn"),
        ),
        "RunTask" => ("ecs:RunTask", owned("taskDefinition")),
        "DescribeTasks" => ("ecs:DescribeTasks", owned("tasks")),
        "GetParameters" => {
            let names = texts(&request["Names"]).into_iter().map(parameter);
            ("ssm:GetParameters", names.collect())
        }
        "GetLogEvents" => {
            let (group, stream) = (text("logGroupName"), text("logStreamName"));
            let stream = format!("log-group:{group}:log-stream:{stream}");
            ("logs:GetLogEvents", vec![arn("logs", &stream)])
        }
        "GetRole" => ("iam:GetRole", vec![role(&text("RoleName"))]),
        "SimulatePrincipalPolicy" => ("iam:SimulatePrincipalPolicy", owned("PolicySourceArn")),
        "DescribeLogGroups" => (
            "logs:DescribeLogGroups",
            vec![arn("logs", "log-group::log-stream:")],
        ),
        "BatchGetImage" => (
            "ecr:BatchGetImage",
            vec![arn(
                "ecr",
                &format!("repository/{}", text("repositoryName")),
            )],
        ),
        "DescribePullThroughCacheRules" => {
            ("ecr:DescribePullThroughCacheRules", vec!["*".to_owned()])
        }
        "DescribeSecret" => ("secretsmanager:DescribeSecret", owned("SecretId")),
        "GetSecretValue" => ("secretsmanager:GetSecretValue", owned("SecretId")),
        "HeadObject" => (
            "s3:GetObject",
            vec![format!("arn:aws:s3:::{}", text("path"))],
        ),
        "PutParameter" => ("ssm:PutParameter", vec![parameter(&text("Name"))]),
        other => panic!("`{other}` is called, and no policy was thought of for it"),
    };
    let one = |resource| Asked {
        action,
        resource,
        context: cluster.clone(),
    };
    resources.into_iter().map(one).collect()
}

/// Registering is also tagging, and handing roles over.
fn registered(request: &Value, family: String) -> Vec<Asked> {
    let mut all = vec![Asked {
        action: "ecs:RegisterTaskDefinition",
        resource: family.clone(),
        context: json!({}),
    }];
    if request.get("tags").is_some() {
        all.push(Asked {
            action: "ecs:TagResource",
            resource: family,
            context: json!({ "ecs:CreateAction": "RegisterTaskDefinition" }),
        });
    }
    for role in ["taskRoleArn", "executionRoleArn"] {
        all.extend(request[role].as_str().map(|role| Asked {
            action: "iam:PassRole",
            resource: role.to_owned(),
            context: json!({ "iam:PassedToService": "ecs-tasks.amazonaws.com" }),
        }));
    }
    all
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
