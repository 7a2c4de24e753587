//! With exactly the policy that is printed everything passes; without any one of its actions the
//! exit code and the message are the right ones.

use std::collections::BTreeSet;

use acetate::local::{KnownRole, Lacking, Outcome, RunScript, World};
use serde_json::{Value, json};

use super::iam::{allowed, asked, texts};
use super::policy;
use crate::deploy::{Practice, world};
use crate::support::Ran;

const REGISTRY: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

const CONFIG: &str = r#"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[deploy]
publish = "ssm:/prod/web/task-definition"

[inputs]
image = { default = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1" }

[containers.app]
image = "${inputs.image}"
secrets = { DB = "secretsmanager:prod/web/db#url", KEY = "ssm:/prod/web/api-key" }
secrets-from = ["ssm:/prod/web/env/"]

[before.migrate]
container = "app"
"#;

/// What is done, and in which world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// A deploy that goes well.
    Deploy,
    /// A second deploy, whose tasks fail, with nobody but acetate to roll it back.
    Failing,
    /// `continue` for a deployment that paused.
    Continue,
    /// `history` after a deploy.
    History,
    /// `verify`.
    Verify,
    /// `verify` of an image that only a pull-through rule may bring.
    Absent,
    /// `run --stop-on-interrupt`, interrupted.
    Interrupted,
}
use Scene::{Absent, Continue, Deploy, Failing, History, Interrupted, Verify};

const SCENES: [Scene; 7] = [
    Deploy,
    Failing,
    Continue,
    History,
    Verify,
    Absent,
    Interrupted,
];

/// The practice world with everything in it listed.
fn estate(scene: Scene) -> World {
    let mut world = world(match scene {
        Failing => &[Outcome::Ok, Outcome::Crash, Outcome::Ok],
        _ => &[Outcome::Ok],
    });
    let role = |name: &str| (name.to_owned(), KnownRole::default());
    world.roles = Some([role("web-execution"), role("web-task")].into());
    world.log_groups = Some(vec!["/prod/web".to_owned()]);
    let image = |name: &str| (name.to_owned(), vec!["linux/amd64".to_owned()]);
    world.images = Some([image("web:1"), image("web:2")].into());
    world.pull_through = vec!["cache".to_owned()];
    world.objects = [("config/web.env".to_owned(), "A=1".to_owned())].into();
    let definition = world.task_definitions[0].definition.as_mut();
    let app = &mut definition.expect("a document")["containerDefinitions"][0];
    app["environmentFiles"] = json!([{ "type": "s3", "value": "arn:aws:s3:::config/web.env" }]);
    let service = &mut world.services[0];
    service.log = vec!["it went wrong".to_owned()];
    service.circuit_breaker = scene != Failing;
    if scene == Continue {
        "BLUE_GREEN".clone_into(&mut service.strategy);
        service.pause_at = vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()];
    }
    let run = RunScript {
        exit: (scene != Interrupted).then_some(0),
        stuck: scene == Interrupted,
        ..RunScript::default()
    };
    world.runs = vec![run; 3];
    world
}

impl Scene {
    /// The world as it is before the verb that is tried.
    fn practice(self) -> Practice {
        let practice = Practice::new(estate(self), CONFIG);
        match self {
            Continue => drop(practice.place.run(&["deploy", "--timeout=5s"]).expect(8)),
            History | Failing => drop(practice.place.run(&["deploy"]).expect(0)),
            Deploy | Verify | Absent | Interrupted => {}
        }
        practice.endpoint.clear_journal();
        practice
    }

    fn run(self, practice: &Practice) -> Ran {
        let run = |arguments: &[&str]| practice.place.run(arguments);
        let image = self.image();
        match self {
            Deploy => run(&["deploy"]),
            Failing => run(&["deploy", "--timeout=60s", &image]),
            Continue => run(&["continue"]),
            History => run(&["history"]),
            Verify => run(&["verify"]),
            Absent => run(&["verify", &image]),
            Interrupted => Ran {
                code: Some(130),
                stdout: String::new(),
                stderr: crate::run::interrupted(practice, &["--stop-on-interrupt"]),
            },
        }
    }

    /// The image that it is about.
    fn image(self) -> String {
        let name = match self {
            Failing => "web:2",
            Absent => "cache/app:1",
            Deploy | Continue | History | Verify | Interrupted => "web:1",
        };
        format!("--set=image={REGISTRY}/{name}")
    }

    /// The exit code where nothing is lacking.
    const fn code(self) -> i32 {
        match self {
            Failing => 6,
            Interrupted => 130,
            Deploy | Continue | History | Verify | Absent => 0,
        }
    }
}

/// A statement and one of its actions; what is done without it, the exit code, and what is said
/// besides the action's name.
type Case = (&'static str, &'static str, Scene, i32, &'static str);

/// In the words of a refusal.
const ALLOW: &str = "in the caller's IAM policy";

const CASES: &[Case] = &[
    (
        "ReadTaskDefinitions",
        "ecs:DescribeTaskDefinition",
        Deploy,
        10,
        ALLOW,
    ),
    (
        "ReadTaskDefinitions",
        "ecs:ListTaskDefinitions",
        History,
        10,
        ALLOW,
    ),
    ("ReadServices", "ecs:DescribeServices", Deploy, 10, ALLOW),
    (
        "ReadDeployments",
        "ecs:DescribeServiceDeployments",
        Deploy,
        0,
        "judged by the service's `deployments`",
    ),
    (
        "ReadDeployments",
        "ecs:DescribeServiceRevisions",
        Deploy,
        0,
        "judged by the service's `deployments`",
    ),
    (
        "ReadDeployments",
        "ecs:ListServiceDeployments",
        History,
        0,
        "deployments cannot be seen, only revisions",
    ),
    (
        "ReadTasks",
        "ecs:DescribeTasks",
        Deploy,
        11,
        "of `migrate` cannot be seen",
    ),
    (
        "ListTasks",
        "ecs:ListTasks",
        Failing,
        6,
        "why tasks stopped cannot be seen",
    ),
    (
        "ReadLogs",
        "logs:GetLogEvents",
        Failing,
        6,
        "the log of `app` is not shown",
    ),
    (
        "LookUpParameters",
        "ssm:GetParameters",
        Deploy,
        10,
        "containers.app.secrets.KEY",
    ),
    (
        "ListParameters",
        "ssm:GetParametersByPath",
        Deploy,
        10,
        "containers.app.secrets-from",
    ),
    (
        "LookUpSecrets",
        "secretsmanager:DescribeSecret",
        Deploy,
        10,
        "containers.app.secrets.DB",
    ),
    (
        "VerifySecretKeys",
        "secretsmanager:GetSecretValue",
        Verify,
        0,
        ALLOW,
    ),
    ("VerifyImages", "ecr:BatchGetImage", Verify, 0, ALLOW),
    (
        "VerifyPullThrough",
        "ecr:DescribePullThroughCacheRules",
        Absent,
        0,
        "whether a pull-through rule fetches it is not known",
    ),
    ("VerifyRoles", "iam:GetRole", Verify, 0, ALLOW),
    (
        "VerifyRoles",
        "iam:SimulatePrincipalPolicy",
        Verify,
        0,
        ALLOW,
    ),
    (
        "VerifyLogGroups",
        "logs:DescribeLogGroups",
        Verify,
        0,
        ALLOW,
    ),
    ("VerifyEnvFiles", "s3:GetObject", Verify, 0, ALLOW),
    (
        "RegisterTaskDefinition",
        "ecs:RegisterTaskDefinition",
        Deploy,
        10,
        ALLOW,
    ),
    ("TagTaskDefinition", "ecs:TagResource", Deploy, 10, ALLOW),
    ("PassRoles", "iam:PassRole", Deploy, 10, ALLOW),
    ("RunTask", "ecs:RunTask", Deploy, 11, ALLOW),
    (
        "StopTask",
        "ecs:StopTask",
        Interrupted,
        130,
        "it could not be stopped",
    ),
    ("UpdateService", "ecs:UpdateService", Deploy, 11, ALLOW),
    (
        "SteerDeployments",
        "ecs:ContinueServiceDeployment",
        Continue,
        10,
        ALLOW,
    ),
    (
        "SteerDeployments",
        "ecs:StopServiceDeployment",
        Failing,
        7,
        "did not bring it back",
    ),
    (
        "Publish",
        "ssm:PutParameter",
        Deploy,
        11,
        "is not published",
    ),
];

/// What is not missed where it lacks: the parameter is then written without a look at it.
const HARMLESS: (&str, &str) = ("Publish", "ssm:GetParameters");

/// What is asked of AWS alone: where a layer is to be fetched from leads out of any other endpoint.
const OF_AWS_ALONE: (&str, &str) = ("VerifyImages", "ecr:GetDownloadUrlForLayer");

/// Holds calls to a policy from now on.
fn hold(practice: &Practice, policy: &Value) {
    let policy = policy.clone();
    practice.endpoint.guard(move |operation, request| {
        let lacking = asked(operation, request)
            .into_iter()
            .find(|asked| allowed(&policy, asked).is_none())?;
        Some(Lacking {
            action: lacking.action.to_owned(),
            resource: lacking.resource,
        })
    });
}

/// The policy without one action of one statement.
fn without(policy: &Value, sid: &str, action: &str) -> Value {
    let mut less = policy.clone();
    let statements = less["Statement"].as_array_mut().expect("a list");
    let statement = statements.iter_mut().find(|one| one["Sid"] == *sid);
    let statement = statement.expect("the statement");
    let mut actions = texts(&statement["Action"]);
    actions.retain(|given| *given != action);
    statement["Action"] = json!(actions);
    less
}

#[test]
fn with_exactly_this_policy_everything_passes() {
    for scene in SCENES {
        let practice = scene.practice();
        hold(&practice, &policy(&practice, &[&scene.image()]));
        let ran = scene.run(&practice).expect(scene.code());
        assert!(!ran.stderr.contains("not authorized"), "{ran}");
    }
}

#[test]
fn each_action_of_each_statement_is_tried() {
    let printed = policy(&Deploy.practice(), &[]);
    let statements = printed["Statement"].as_array().expect("a list").iter();
    let all: BTreeSet<(&str, &str)> = statements
        .flat_map(|one| {
            let sid = one["Sid"].as_str().expect("text");
            let actions = texts(&one["Action"]).into_iter();
            actions.map(move |action| (sid, action))
        })
        .collect();
    let tried = CASES.iter().map(|(sid, action, ..)| (*sid, *action));
    let tried = tried.chain([HARMLESS, OF_AWS_ALONE]).collect();
    assert_eq!(all, tried);
}

/// Takes each action away with which this is done.
fn take_away(is_meant: impl Fn(Scene) -> bool) {
    for (sid, action, scene, code, words) in CASES.iter().filter(|case| is_meant(case.2)) {
        let practice = scene.practice();
        let printed = policy(&practice, &[&scene.image()]);
        hold(&practice, &without(&printed, sid, action));
        let ran = scene.run(&practice);
        assert_eq!(ran.code, Some(*code), "without {action} of {sid}: {ran}");
        for words in [words, action] {
            let said = ran.stderr.contains(words);
            assert!(said, "without {action} of {sid} no `{words}`: {ran}");
        }
    }
}

#[test]
fn a_deploy_without_any_one_action_says_so() {
    take_away(|scene| scene == Deploy);
    let practice = Deploy.practice();
    let printed = policy(&practice, &[]);
    hold(&practice, &without(&printed, HARMLESS.0, HARMLESS.1));
    let ran = Deploy.run(&practice).expect(0);
    assert!(ran.stderr.contains("published `web:1`"), "{ran}");
}

#[test]
fn all_else_without_any_one_action_says_so() {
    take_away(|scene| scene != Deploy);
}
