//! The verbs that are put under faults, each in a world of its own, and what is true of that world
//! when they have ended.

use std::collections::BTreeSet;

use acetate::local::{ClockKind, Entry, KnownDefinition, Outcome, World};
use serde_json::{Value, json};

use crate::deploy::Practice;
use crate::support::{Ran, wire};

/// How long a run may follow: long beside the two seconds that it takes, so that a busy machine
/// makes no difference.
const TIMEOUT: &str = "15s";

/// A deploy with all that it may call.
const DEPLOY: &str = r#"
account  = "123456789012"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[before.migrate]
container = "app"
command = ["bin/migrate"]

[after.smoke]
container = "app"
command = ["bin/smoke"]

[deploy]
timeout = "15s"
on-failure = "leave"
publish = "ssm:/prod/web/task-definition"

[containers.app]
image = "app:2"
secrets = { KEY = "ssm:/prod/web/api-key", URL = "secretsmanager:prod/web/db#url" }
secrets-from = ["ssm:/prod/web/env/"]
"#;

/// The smallest, with room for one more key.
const PLAIN: &str = r#"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[containers.app]
image = "app:2"
"#;

/// The same, published.
const PUBLISHED: &str = r#"
cluster  = "prod"
service  = "web"
template = "ecs:web-template"
family   = "web"

[deploy]
publish = "ssm:/prod/web/task-definition"

[containers.app]
image = "app:2"
"#;

/// A verb, the world that it finds, and what a success leaves.
#[derive(Clone, Copy)]
pub struct Scene {
    /// What tables call it.
    pub name: &'static str,
    /// The command line.
    pub arguments: &'static [&'static str],
    /// acetate.toml.
    pub config: &'static str,
    /// What becomes of the world before the verb begins.
    pub set: fn(&mut World),
    /// What happened before.
    pub before: fn(&Practice),
    /// Exit code without a fault.
    pub good: i32,
    /// Task definition that the service is on then.
    pub on: &'static str,
    /// Deployments that it starts, and one-off tasks.
    pub starts: (usize, usize),
    /// Revisions that it deregisters.
    pub gone: usize,
    /// What is published then.
    pub publishes: Option<&'static str>,
    /// Operations that no other scene has: only these are put under faults. All where there is none.
    pub only: &'static [&'static str],
}

/// A verb that deploys nothing.
const LOOK: Scene = Scene {
    name: "",
    arguments: &[],
    config: PLAIN,
    set: |_| {},
    before: |_| {},
    good: 0,
    on: "web:1",
    starts: (0, 0),
    gone: 0,
    publishes: None,
    only: &[],
};

/// All of them.
pub const SCENES: [Scene; 14] = [
    Scene {
        name: "deploy",
        arguments: &["deploy", "--timeout", TIMEOUT],
        config: DEPLOY,
        on: "web:2",
        starts: (1, 2),
        publishes: Some("web:2"),
        ..LOOK
    },
    Scene {
        name: "deploy that fails",
        arguments: &["deploy", "--timeout", TIMEOUT],
        set: |world| {
            world.services[0].circuit_breaker = false;
            world.services[0].outcome = vec![Outcome::Crash];
        },
        good: 6,
        starts: (1, 0),
        only: &[
            "ListServiceDeployments",
            "ListTasks",
            "DescribeTasks",
            "StopServiceDeployment",
            "GetLogEvents",
        ],
        ..LOOK
    },
    Scene {
        name: "deploy from SSM",
        arguments: &["deploy", "--timeout", TIMEOUT],
        config: "cluster = \"prod\"\nservice = \"web\"\nfamily = \"web\"\ntemplate = \"ssm:/web/template\"\n[containers.app]\nimage = \"app:2\"",
        on: "web:2",
        starts: (1, 0),
        only: &["GetParameter", "GetParameters"],
        ..LOOK
    },
    Scene {
        name: "deploy from S3",
        arguments: &["deploy", "--timeout", TIMEOUT],
        config: "cluster = \"prod\"\nservice = \"web\"\nfamily = \"web\"\ntemplate = \"s3://infra/web.json\"\n[containers.app]\nimage = \"app:2\"",
        on: "web:2",
        starts: (1, 0),
        only: &["GetObject"],
        ..LOOK
    },
    Scene {
        name: "wait",
        arguments: &["wait", "--timeout", TIMEOUT],
        config: PUBLISHED,
        before: |practice| update(practice, "app:2"),
        on: "web:2",
        publishes: Some("web:2"),
        ..LOOK
    },
    Scene {
        name: "run",
        arguments: &["run", "--timeout", TIMEOUT, "--", "bin/report"],
        starts: (0, 1),
        ..LOOK
    },
    Scene {
        name: "rollback",
        arguments: &["rollback", "--timeout", TIMEOUT],
        config: DEPLOY,
        before: updated_a_while_ago,
        starts: (1, 0),
        publishes: Some("web:1"),
        ..LOOK
    },
    Scene {
        name: "continue",
        arguments: &["continue", "--timeout", TIMEOUT],
        config: PUBLISHED,
        publishes: Some("web:2"),
        set: paused,
        before: updated_a_while_ago,
        on: "web:2",
        ..LOOK
    },
    Scene {
        name: "abort",
        arguments: &["abort", "--timeout", TIMEOUT],
        set: paused,
        before: updated_a_while_ago,
        ..LOOK
    },
    Scene {
        name: "history",
        arguments: &["history"],
        ..LOOK
    },
    Scene {
        name: "history prune",
        arguments: &["history", "prune", "--keep", "1"],
        set: with_old_revisions,
        gone: 2,
        ..LOOK
    },
    Scene {
        name: "register",
        arguments: &["register"],
        ..LOOK
    },
    Scene {
        name: "status",
        arguments: &["status"],
        before: updated_a_while_ago,
        on: "web:2",
        ..LOOK
    },
    Scene {
        name: "plan",
        arguments: &["plan"],
        config: DEPLOY,
        ..LOOK
    },
];

/// Stamped revisions after the one that runs, of which two have had their time; and others that
/// may refer to them.
fn with_old_revisions(world: &mut World) {
    let mut stamped = content("app:0");
    stamped["tags"] = json!([{ "key": "acetate:template-digest", "value": "x" }]);
    let old = KnownDefinition {
        definition: Some(stamped),
        ..KnownDefinition::default()
    };
    world
        .task_definitions
        .extend([old.clone(), old.clone(), old]);
    "web:1".clone_into(&mut world.services[0].task_definition);
    let target = json!({ "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/prod" });
    world.schedules = [("default/a".to_owned(), target.clone())].into();
    world.rules = [("default/b".to_owned(), vec![target])].into();
}

fn paused(world: &mut World) {
    "BLUE_GREEN".clone_into(&mut world.services[0].strategy);
    world.services[0].pause_at = vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()];
}

/// An update whose deployment is as far as it gets.
fn updated_a_while_ago(practice: &Practice) {
    update(practice, "app:2");
    practice.endpoint.advance(600.0);
}

/// Somebody registers this image and updates the service to it.
fn update(practice: &Practice, image: &str) {
    let url = practice.endpoint.url();
    wire::ecs(&url, "RegisterTaskDefinition", &content(image));
    let request = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web" });
    wire::ecs(&url, "UpdateService", &request);
}

/// The practice template with this image, in acetate's family.
fn content(image: &str) -> Value {
    let practice = World::practice();
    let template = practice.task_definitions[0].definition.clone();
    let mut content = template.expect("the practice world has it");
    content["family"] = "web".into();
    content["containerDefinitions"][0]["image"] = image.into();
    content
}

impl Scene {
    /// Sets the scene: a service on `web:1`, and what comes next.
    pub fn set(&self) -> Practice {
        self.set_with(|_| {})
    }

    /// The same in a world that is changed before it begins.
    pub fn set_with(&self, change: impl FnOnce(&mut World)) -> Practice {
        let mut world = World::practice();
        let template = world.task_definitions[0].definition.clone();
        let template = template.expect("the practice world has it").to_string();
        world.parameters.insert(
            "/web/template".to_owned(),
            acetate::local::KnownParameter::Plain(template.clone()),
        );
        world.objects.insert("infra/web.json".to_owned(), template);
        world.task_definitions.push(KnownDefinition {
            definition: Some(content("app:1")),
            ..KnownDefinition::default()
        });
        "web".clone_into(&mut world.services[0].task_definition);
        world.clock = ClockKind::Looks;
        world.look_seconds = 60.0;
        world.list_lag = 0.0;
        (self.set)(&mut world);
        change(&mut world);
        let mut practice = Practice::new(world, self.config);
        // Fewer attempts show the same as many, sooner.
        practice.place = practice.place.variable("AWS_MAX_ATTEMPTS", "3");
        (self.before)(&practice);
        practice.endpoint.clear_journal();
        practice
    }

    /// What is true now, beside what was true when the scene was set.
    pub fn truth(&self, practice: &Practice, before: &Truth) -> Truth {
        let now = Truth::of(practice);
        Truth {
            revisions: now.revisions - before.revisions,
            deployments: now.deployments - before.deployments,
            ..now
        }
    }
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Revisions of acetate's family.
    pub revisions: usize,
    /// Deployments of the service.
    pub deployments: usize,
    /// One-off tasks.
    pub tasks: usize,
    /// Whether a deployment was stopped, or let go on.
    pub steered: bool,
    /// Revisions that were deregistered.
    pub gone: usize,
    /// Task definition that is published.
    pub published: Option<String>,
    /// Task definition that the service is on.
    pub on: String,
}

impl Truth {
    /// All that there is now.
    pub fn of(practice: &Practice) -> Self {
        let journal = practice.endpoint.journal();
        let done = |operation: &str| -> Vec<&Entry> {
            let all = journal.entries.iter();
            let of = all.filter(|entry| entry.operation == operation);
            of.filter(|entry| entry.done).collect()
        };
        let tokens = done("RunTask").into_iter();
        let tokens: BTreeSet<&str> = tokens
            .filter_map(|entry| entry.request["clientToken"].as_str())
            .collect();
        Self {
            revisions: practice.endpoint.revisions("web").len(),
            deployments: practice.endpoint.deployments("prod", "web").len(),
            tasks: tokens.len(),
            steered: ["StopServiceDeployment", "ContinueServiceDeployment"]
                .iter()
                .any(|operation| !done(operation).is_empty()),
            gone: done("DeregisterTaskDefinition")
                .into_iter()
                .map(|entry| entry.request["taskDefinition"].to_string())
                .collect::<BTreeSet<_>>()
                .len(),
            published: done("PutParameter")
                .last()
                .and_then(|entry| entry.request["Value"].as_str())
                .and_then(|arn| arn.rsplit('/').next())
                .map(str::to_owned),
            on: practice.runs(),
        }
    }
}

/// Whether a run's words name what it registered, started or sent.
pub fn says(ran: &Ran, words: &[&str]) -> bool {
    let all = format!("{}{}", ran.stdout, ran.stderr);
    words.iter().any(|word| all.contains(word))
}
