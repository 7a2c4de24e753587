//! `acetate init`: from scratch, and from a service that the embedded endpoint plays.

use acetate::local::{Running, start};

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

[parameters]
"/prod/web/api-key" = { type = "SecureString", value = "practice-key" }
"#;

/// An endpoint with the services of [`SERVICE`], and a folder whose runs talk to it.
fn world() -> (Running, World) {
    let endpoint = start(
        toml::from_str(SERVICE).expect("a world"),
        ([127, 0, 0, 1], 0).into(),
    );
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
