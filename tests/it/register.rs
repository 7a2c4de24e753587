//! `acetate register`: the ARN on stdout, and no service is touched.

use acetate::local::{World, start};

use crate::support;

#[test]
fn prints_the_arn_and_registers_nothing_twice() {
    let endpoint =
        start(World::practice(), ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let config = "template = \"ecs:web-template\"\nfamily = \"job\"\n[containers.app]\nimage = \"${inputs.image}\"\n";
    let place = support::World::new()
        .file("acetate.toml", config)
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    let arn = |n: u32| format!("arn:aws:ecs:us-east-1:123456789012:task-definition/job:{n}\n");
    let register = |image: &str| place.run(&["register", "--set", image]).expect(0);
    let first = register("image=app:1");
    assert_eq!(
        (first.stdout, first.stderr),
        (arn(1), "registered job:1\n".to_owned())
    );
    let again = register("image=app:1");
    assert_eq!(again.stdout, arn(1));
    assert_eq!(
        again.stderr,
        "using job:1 again: the latest revision has the same content\n"
    );
    assert_eq!(register("image=app:2").stdout, arn(2));
    let told = place
        .run(&["register", "--set", "image=app:3", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(told["arn"], arn(3).trim_end());
    assert!(endpoint.journal().of("UpdateService").is_empty());
    // A configuration without a service has nothing to deploy, and says so.
    let refused = place.run(&["deploy", "--set", "image=app:1"]).expect(1);
    assert!(refused.stderr.contains("names no service"), "{refused}");
}

#[test]
fn the_templates_own_family_is_refused_before_any_call() {
    let endpoint =
        start(World::practice(), ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let place = support::World::new()
        .file(
            "acetate.toml",
            "template = \"ecs:web-template\"\nfamily = \"web-template\"\n",
        )
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    place.run(&["register"]).expect(4);
    assert!(endpoint.journal().entries.is_empty());
}

/// What it refers to may come later: a revision starts nothing.
#[test]
fn nothing_is_verified() {
    let mut world = World::practice();
    world.log_groups = Some(Vec::new());
    let endpoint = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let config = "template = \"ecs:web-template\"\nfamily = \"job\"\n";
    let place = support::World::new()
        .file("acetate.toml", config)
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    place.run(&["register"]).expect(0);
    assert!(endpoint.journal().of("DescribeLogGroups").is_empty());
    let told = place.run(&["verify"]).expect(5);
    assert!(told.stderr.contains("there is no log group"), "{told}");
    let help = place.run(&["register", "--help"]).expect(0);
    assert!(help.stdout.contains("Nothing is verified"), "{help}");
}
