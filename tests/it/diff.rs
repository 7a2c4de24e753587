//! `acetate diff`: by meaning, each line with its layer, and its exit codes.

use acetate::local::{World, start};
use insta::assert_snapshot;

use crate::support;

fn quick_start() -> (acetate::local::Running, support::World) {
    let world = World::read(&support::root().join("examples/quick-start/world.toml"))
        .expect("the world is read");
    let running = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let place = support::World::new()
        .copy("examples/quick-start")
        .variable("AWS_ENDPOINT_URL", &running.url());
    (running, place)
}

#[test]
fn before_the_first_deploy_all_is_yours() {
    let (_running, place) = quick_start();
    assert_snapshot!(place.run(&["diff", "--set", "image=app:1"]), @r#"
    --- arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:1
    +++ web from arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:1
    by you
      + /containerDefinitions/app/environment/LOG_LEVEL/value  "info"
      ~ /containerDefinitions/app/image  "public.ecr.aws/docker/library/busybox:stable" → "app:1"
      + /containerDefinitions/app/secrets/API_KEY/valueFrom  "arn:aws:ssm:eu-west-1:111111111111:parameter/prod/web/api-key"
      + /containerDefinitions/app/secrets/DATABASE_URL/valueFrom  "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/web/db-ZxYPxG:url::"
    "#);
}

#[test]
fn exit_codes_are_given_where_they_are_asked_for() {
    let (_running, place) = quick_start();
    let code = |arguments: &[&str]| place.run(arguments).code;
    assert_eq!(code(&["diff", "--set", "image=app:1"]), Some(0));
    assert_eq!(
        code(&["diff", "--set", "image=app:1", "--exit-code"]),
        Some(3)
    );
    assert_eq!(
        code(&["diff", "--set", "image=app:1", "--detailed-exitcode"]),
        Some(2)
    );
    assert_eq!(
        code(&["diff", "--detailed-exitcode"]),
        Some(1),
        "an error, as Terraform has it"
    );
    assert_eq!(code(&["diff"]), Some(1));
}

#[test]
fn is_told_to_machines_as_one_document() {
    let (_running, place) = quick_start();
    let told = place
        .run(&["diff", "--set", "image=app:1", "--format", "json"])
        .expect(0)
        .json();
    let image = told["lines"].as_array().expect("lines").iter();
    let image = image
        .filter(|line| line["address"] == "/containerDefinitions/app/image")
        .collect::<Vec<_>>();
    assert_eq!(image.len(), 1, "{told}");
    assert_eq!(image[0]["layer"], "you");
    assert_eq!(image[0]["new"], "app:1");
}
