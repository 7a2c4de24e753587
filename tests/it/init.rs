//! `acetate init`: from scratch, and from a service that the embedded endpoint plays.

use acetate::local::{KnownDefinition, Running, World as Played, start};

use crate::support::World;

const SERVICE: &str = r#"
[[task-definitions]]
[task-definitions.definition]
family = "web-template"
requiresCompatibilities = ["FARGATE"]
networkMode = "awsvpc"
cpu = "256"
memory = "512"
executionRoleArn = "arn:aws:iam::123456789012:role/web-execution"
[[task-definitions.definition.containerDefinitions]]
name = "app"
image = "busybox"
portMappings = [{ containerPort = 8080 }]
environment = [{ name = "LOG_LEVEL", value = "info" }, { name = "OLD", value = "1" }, { name = "PORT", value = "8080" }]

[[task-definitions]]
[task-definitions.definition]
family = "web"
requiresCompatibilities = ["FARGATE"]
networkMode = "awsvpc"
cpu = "0.25 vCPU"
memory = "512"
executionRoleArn = "arn:aws:iam::123456789012:role/web-execution"
[[task-definitions.definition.containerDefinitions]]
name = "app"
image = "acme/web:41"
portMappings = [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]
environment = [{ name = "PORT", value = "8080" }, { name = "LOG_LEVEL", value = "warn" }, { name = "GREETING", value = "it costs ${5}\n" }]
secrets = [{ name = "API_KEY", valueFrom = "arn:aws:ssm:us-east-1:123456789012:parameter/prod/web/api-key" }, { name = "OTHER", valueFrom = "arn:aws:ssm:us-east-1:123456789012:parameter/prod/web/other" }]
command = ["serve", "--port", "8080"]
dockerLabels = { "com.acme.team" = "shop" }

[[services]]
name = "web"
cluster = "prod"
task-definition = "web"

[[services]]
name = "site"
cluster = "prod"
task-definition = "web-template"

[[services]]
name = "full"
cluster = "prod"
task-definition = "full"
launch-type = "EC2"

[parameters]
"/prod/web/api-key" = { type = "SecureString", value = "practice-key" }
"#;

const FULL_TEMPLATE: &str = r#"{
  "family": "full-template", "requiresCompatibilities": ["EC2"], "networkMode": "bridge",
  "executionRoleArn": "arn:aws:iam::123456789012:role/web-execution",
  "containerDefinitions": [{
    "name": "app", "image": "busybox", "memory": 128, "user": "1000",
    "environment": [{ "name": "BECOMES_SECRET", "value": "x" }],
    "secrets": [{ "name": "BECOMES_PLAIN", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/p" }, { "name": "GOES", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/g" }],
    "dockerLabels": { "a": "1", "b": "1" },
    "ulimits": [{ "name": "core", "softLimit": 1, "hardLimit": 1 }],
    "healthCheck": { "command": ["CMD-SHELL", "true"] },
    "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "g", "awslogs-region": "us-east-1", "mode": "blocking" } }
  }]
}"#;

const FULL: &str = r#"{
  "family": "full", "requiresCompatibilities": ["EC2"], "networkMode": "bridge",
  "executionRoleArn": "arn:aws:iam::123456789012:role/web-execution",
  "tags": [{ "key": "team", "value": "shop" }],
  "containerDefinitions": [{
    "name": "app", "image": "acme/web:1", "memory": 256, "memoryReservation": 128, "cpu": 10, "stopTimeout": 30,
    "environment": [{ "name": "BECOMES_PLAIN", "value": "y" }],
    "secrets": [{ "name": "BECOMES_SECRET", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/p" }],
    "dockerLabels": { "a": "2", "c": "1" },
    "ulimits": [{ "name": "core", "softLimit": 1, "hardLimit": 2 }, { "name": "nofile", "softLimit": 5, "hardLimit": 5 }],
    "portMappings": [{ "containerPort": 80, "hostPort": 8080, "protocol": "tcp" }],
    "linuxParameters": { "initProcessEnabled": true, "tmpfs": [{ "containerPath": "/t", "size": 5, "mountOptions": ["rw"] }] },
    "entryPoint": ["sh"], "workingDirectory": "/w", "readonlyRootFilesystem": true,
    "extraHosts": [{ "hostname": "h", "ipAddress": "10.0.0.1" }],
    "dependsOn": [{ "containerName": "log", "condition": "START" }],
    "healthCheck": { "command": ["CMD", "x"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 7 },
    "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "h", "awslogs-region": "us-east-1" } }
  }, {
    "name": "log", "image": "acme/log:1", "memory": 64, "command": ["run"],
    "environment": [{ "name": "A", "value": "1" }],
    "portMappings": [{ "containerPort": 24224, "hostPort": 0, "protocol": "udp" }],
    "volumesFrom": [{ "sourceContainer": "app", "readOnly": true }],
    "logConfiguration": { "logDriver": "json-file" }
  }]
}"#;

/// An endpoint with the services of [`SERVICE`], and a folder whose runs talk to it.
fn world() -> (Running, World) {
    let mut played: Played = toml::from_str(SERVICE).expect("a world");
    for text in [FULL_TEMPLATE, FULL] {
        let definition = Some(serde_json::from_str(text).expect("JSON"));
        played.task_definitions.push(KnownDefinition {
            definition,
            ..KnownDefinition::default()
        });
    }
    let endpoint = start(played, ([127, 0, 0, 1], 0).into());
    let endpoint = endpoint.expect("it starts");
    let variables = endpoint.environment();
    let world = variables.iter().fold(World::new(), |world, (name, value)| {
        world.variable(name, value)
    });
    (endpoint, world)
}

#[test]
fn from_scratch() {
    let world = World::new();
    let done = world.run(&["init"]).expect(0);
    assert_eq!(
        (done.stdout.as_str(), done.stderr.as_str()),
        ("", "note: wrote `acetate.toml`; fill it in\n")
    );
    assert!(world.read("acetate.toml").contains("\n[containers.app] "));
    let again = world.run(&["init"]).expect(1);
    let stderr = "error: `acetate.toml` is there already\nhint: `--force` overwrites it, `-c FILE` names another\n";
    assert_eq!(again.stderr, stderr);
    let world = world.file("acetate.toml", "mine");
    world.run(&["init"]).expect(1);
    assert_eq!(world.read("acetate.toml"), "mine");
    world.run(&["init", "--force"]).expect(0);
    assert!(
        world
            .read("acetate.toml")
            .starts_with("# acetate.toml: how")
    );
    world.run(&["init", "-c", "other.toml", "-q"]).expect(0);
    assert_eq!(world.read("other.toml"), world.read("acetate.toml"));
}

#[test]
fn from_a_service_with_the_template_at_hand() {
    let (_endpoint, world) = world();
    let template = ["--template", "ecs:web-template"];
    let done = world
        .run(
            &[
                &["init", "--cluster", "prod", "--service", "web"],
                &template[..],
            ]
            .concat(),
        )
        .expect(0);
    assert_eq!(
        done.stderr,
        "note: wrote `acetate.toml`; `acetate diff` should find no difference\n"
    );
    let expected = r#"# Written by `acetate init` from service `web`, which ran `web:1`.
# Infrastructure code owns the template; acetate registers into the family.
cluster = "prod"
service = "web"
account = "123456789012"
region = "us-east-1"
template = "ecs:web-template"
family = "web"

[inputs]
image = { description = "image of `app`", default = "running:app" }

[containers.app]
image = "${inputs.image}"
command = ["serve", "--port", "8080"]
labels = { "com.acme.team" = "shop" }
env = { GREETING = "it costs $${5}\n", LOG_LEVEL = "warn" }
remove-env = ["OLD"]
secrets = { API_KEY = "ssm:/prod/web/api-key", OTHER = "arn:aws:ssm:us-east-1:123456789012:parameter/prod/web/other" }
"#;
    assert_eq!(world.read("acetate.toml"), expected);
}

/// Everything that differs between [`FULL_TEMPLATE`] and [`FULL`] can be said, sidecar included.
#[test]
fn the_first_diff_is_empty() {
    for (service, template) in [
        ("web", "web-template"),
        ("site", "web-template"),
        ("full", "full-template"),
    ] {
        let (_endpoint, world) = world();
        let template = format!("ecs:{template}");
        let arguments = [
            "init",
            "--cluster",
            "prod",
            "--service",
            service,
            "--template",
            &template,
        ];
        let done = world.run(&arguments).expect(0);
        assert!(!done.stderr.contains("not taken over"), "{done}");
        let diff = world.run(&["diff", "--exit-code"]);
        assert_eq!(diff.code, Some(0), "{diff}\n{}", world.read("acetate.toml"));
    }
}

#[test]
fn explain_names_the_layer_of_what_was_taken_over() {
    let (_endpoint, world) = world();
    let template = ["--template", "ecs:web-template"];
    world
        .run(
            &[
                &["init", "--cluster", "prod", "--service", "web"],
                &template[..],
            ]
            .concat(),
        )
        .expect(0);
    let explained = world.run(&["explain"]).expect(0).stdout;
    for place in [
        "image",
        "command",
        "dockerLabels/com.acme.team",
        "environment/GREETING/value",
        "environment/OLD",
        "secrets/API_KEY/valueFrom",
    ] {
        let line = format!("standard  /containerDefinitions/app/{place} ");
        assert!(
            explained.lines().any(|told| told.starts_with(&line)),
            "{place}: {explained}"
        );
    }
}

#[test]
fn from_a_service_on_infrastructures_own_family() {
    let (_endpoint, world) = world();
    let done = world
        .run(&["init", "--cluster", "prod", "--service", "site"])
        .expect(0);
    assert!(
        done.stderr
            .contains("`web-template` is the template's own family"),
        "{done}"
    );
    assert!(
        done.stderr.contains("ignore_changes = [task_definition]"),
        "{done}"
    );
    let text = world.read("acetate.toml");
    assert!(
        text.contains("template = \"ecs:web-template\"\nfamily = \"site\"\n"),
        "{text}"
    );
}

#[test]
fn what_is_not_there() {
    let (_endpoint, world) = world();
    let done = world
        .run(&["init", "--cluster", "prod", "--service", "wbe"])
        .expect(1);
    assert!(
        done.stderr
            .starts_with("error: service `wbe` does not exist in cluster `prod`\n"),
        "{done}"
    );
    let done = world
        .run(&[
            "init",
            "--cluster",
            "prod",
            "--service",
            "web",
            "--template",
            "ecs:none",
        ])
        .expect(1);
    assert!(done.stderr.contains("`ecs:none`"), "{done}");
    assert!(!world.path().join("acetate.toml").exists());
    world.run(&["init", "--cluster", "prod"]).expect(2);
    world
        .run(&["init", "--service", "web", "--template", "web"])
        .expect(2);
}

#[test]
fn from_another_tools_configuration() {
    let world = World::new()
        .file(
            "deploy/ecspresso.yml",
            "region: eu-west-1\ncluster: prod\nservice: web\ntask_definition: task.json\n",
        )
        .file(
            "deploy/task.json",
            r#"{ "family": "web", "containerDefinitions": [{ "name": "app", "image": "a" }] }"#,
        )
        .file("other.yml", "a: 1\n");
    let done = world
        .run(&["init", "--from", "deploy/ecspresso.yml"])
        .expect(0);
    assert_eq!(
        done.stderr,
        "note: wrote `acetate.toml`; look it over, then try `acetate diff`\n"
    );
    assert!(
        world
            .read("acetate.toml")
            .contains("template = \"file:deploy/task.json\"\nfamily = \"web\"\n")
    );
    let done = world
        .run(&["init", "--force", "--from", "other.yml"])
        .expect(1);
    let stderr = "error: `other.yml` is no configuration that can be taken over: neither ecspresso's (`service`, `task_definition`) nor ecs-deploy-cli's (`serviceName`, `taskDefinition`)\n";
    assert_eq!(done.stderr, stderr);
    let done = world
        .run(&["init", "--force", "--from", "none.yml"])
        .expect(1);
    assert!(
        done.stderr
            .starts_with("error: could not read `none.yml`\n"),
        "{done}"
    );
}

/// A service with more memory than its template: the deploy that follows would take it away.
#[test]
fn what_is_not_taken_over_is_what_diff_will_show() {
    let mut played: Played = toml::from_str(SERVICE).expect("a world");
    let definition = played.task_definitions[1].definition.as_mut();
    definition.expect("it has one")["memory"] = "1024".into();
    played.services.retain(|service| service.name == "web");
    let endpoint = start(played, ([127, 0, 0, 1], 0).into()).expect("it starts");
    let variables = endpoint.environment();
    let world = variables.iter().fold(World::new(), |world, (name, value)| {
        world.variable(name, value)
    });
    let arguments = "init --cluster prod --service web --template ecs:web-template";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let done = world.run(&arguments).expect(0);
    for told in [
        "warning: a deploy would lower `/memory`: `\"512\"` in the template, `\"1024\"` in what runs",
        "`acetate diff` should find a difference at `/memory`, and no other",
    ] {
        assert!(done.stderr.contains(told), "{told}: {done}");
    }
    let diff = world.run(&["diff", "--exit-code"]).expect(3);
    assert!(diff.stdout.contains("memory"), "{diff}");
}
