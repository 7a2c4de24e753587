//! The CDK example: synthesised with no network and no account, its task definition registered
//! as template, and deployed from there with the example's own configuration.

use std::process::Command;
use std::sync::LazyLock;

use acetate::local;
use serde_json::{Value, json};

use super::{document, example};
use crate::support::boto::{Moto, call};
use crate::support::{World, root, skip};

/// The synthesised CloudFormation template; `None`, said aloud, where there is no CDK.
static SYNTHESISED: LazyLock<Option<Value>> = LazyLock::new(|| {
    let Some(modules) = std::env::var_os("ACETATE_TEST_CDK") else {
        skip(
            "the CDK example: ACETATE_TEST_CDK names no node_modules with aws-cdk-lib (tests/run sets it)",
            false,
        );
        return None;
    };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let ended = Command::new("node")
        .arg(root().join("examples/cdk-template/app.js"))
        .env("NODE_PATH", modules)
        .env("CDK_OUTDIR", folder.path())
        // It is synthesised for the account that app.js names, and asks nobody.
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .output()
        .expect("node starts");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let text = std::fs::read_to_string(folder.path().join("Shop.template.json"));
    Some(serde_json::from_str(&text.expect("the stack is written")).expect("it is JSON"))
});

/// What CloudFormation registers.
fn registered(moto: &Moto) -> Option<Value> {
    let template = SYNTHESISED.as_ref()?;
    Some(moto.script("cdk.py", &[], template))
}

fn of_kind<'a>(template: &'a Value, kind: &str) -> &'a Value {
    let resources = template["Resources"].as_object().expect("resources");
    let mut found = resources
        .values()
        .filter(|resource| resource["Type"] == kind);
    let properties = &found.next().expect(kind)["Properties"];
    assert!(found.next().is_none(), "there is one {kind}");
    properties
}

const IMAGE: &str = "image=public.ecr.aws/docker/library/nginx:1.29";

/// `BLESS=1` writes it down instead.
#[test]
fn the_examples_template_is_what_the_app_gives() {
    let Some(moto) = Moto::shared() else { return };
    let Some(given) = registered(&moto) else {
        return;
    };
    if std::env::var_os("BLESS").is_some() {
        let path = root().join("examples/cdk-template/template.json");
        let text = serde_json::to_string_pretty(&given).expect("JSON can be written");
        std::fs::write(path, text + "\n").expect("template.json can be written");
    }
    assert_eq!(document("cdk-template/template.json"), given);
}

#[test]
fn the_examples_configuration_is_for_the_apps_service() {
    let Some(template) = SYNTHESISED.as_ref() else {
        return;
    };
    let configuration: toml::Table = example("cdk-template/acetate.toml")
        .parse()
        .expect("it is TOML");
    let of = |name: &str| configuration[name].as_str().expect("text");
    let service = of_kind(template, "AWS::ECS::Service");
    assert_eq!(service["ServiceName"], of("service"));
    let cluster = of_kind(template, "AWS::ECS::Cluster");
    assert_eq!(cluster["ClusterName"], of("cluster"));
    let family = &of_kind(template, "AWS::ECS::TaskDefinition")["Family"];
    assert_eq!(
        of("template"),
        format!("ecs:{}", family.as_str().expect("text"))
    );
    assert_ne!(family, of("family"));
    let breaker = &service["DeploymentConfiguration"]["DeploymentCircuitBreaker"];
    assert_eq!(breaker, &json!({ "Enable": true, "Rollback": true }));
}

/// The registered revision is the app's task definition with the overlay of acetate.toml.
fn assert_overlaid(revision: &Value, of_app: &Value) {
    let container = &revision["containerDefinitions"][0];
    let app = &of_app["containerDefinitions"][0];
    assert_eq!(container["image"], IMAGE.trim_start_matches("image="));
    let mut environment = app["environment"].as_array().expect("a list").clone();
    assert!(environment.contains(&json!({ "name": "EMPTY", "value": "" })));
    environment.push(json!({ "name": "LOG_LEVEL", "value": "info" }));
    assert_eq!(container["environment"], Value::from(environment));
    assert_eq!(container["logConfiguration"], app["logConfiguration"]);
    for member in [
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "networkMode",
    ] {
        assert_eq!(revision[member], of_app[member], "{member}");
    }
}

#[test]
fn a_deploy_from_it_registers_on_moto_and_is_no_success_there() {
    let Some(moto) = Moto::shared() else { return };
    let Some(given) = registered(&moto) else {
        return;
    };
    let service = json!({
        "cluster": "shop", "serviceName": "shop", "taskDefinition": "shop-template", "desiredCount": 2,
    });
    let told = moto.calls(&[
        call("ecs", "create_cluster", json!({ "clusterName": "shop" })),
        call("ecs", "register_task_definition", given.clone()),
        call("ecs", "create_service", service),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
    let world = moto.world().copy("examples/cdk-template");
    // Its roles and log groups are the stack's other resources, which moto was told nothing of.
    let ran = world.run(&["deploy", "--set", IMAGE]).expect(5);
    assert!(ran.stderr.contains("[verify-"), "{ran}");
    let arguments = ["--timeout", "4s", "--skip-check", "all"];
    let deploy = [&["deploy", "--set", IMAGE][..], &arguments].concat();
    world.run(&deploy).expect(8);
    let described = moto.described("shop");
    assert_overlaid(&described["taskDefinition"], &given);
    let services = json!({ "cluster": "shop", "services": ["shop"] });
    let found = moto.ok("ecs", "describe_services", services);
    let runs = found["services"][0]["taskDefinition"]
        .as_str()
        .expect("text");
    assert!(runs.ends_with("shop:1"), "{runs}");
}

#[test]
fn a_deploy_from_it_succeeds_on_the_embedded_endpoint() {
    let Some(moto) = Moto::shared() else { return };
    let Some(given) = registered(&moto) else {
        return;
    };
    let mut world = local::World::read(&root().join("examples/cdk-template/world.toml"))
        .expect("the world is read");
    world.task_definitions[0].definition = Some(given.clone());
    let running = local::start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let mut place = World::new().copy("examples/cdk-template");
    for (name, value) in running.environment() {
        place = place.variable(name, &value);
    }
    place.run(&["deploy", "--set", IMAGE]).expect(0);
    let rendered = place.run(&["render", "--set", IMAGE]).expect(0).json();
    assert_overlaid(&rendered, &given);
    place
        .run(&["diff", "--set", IMAGE, "--exit-code"])
        .expect(0);
}
