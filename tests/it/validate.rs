//! `acetate validate`: all faults at once, with addresses.

use insta::assert_snapshot;

use crate::support::project::{TEMPLATE, small};

#[test]
fn a_valid_document_is_said_to_be_valid() {
    assert_snapshot!(small().run(&["validate", "--set", "image=app:1"]), @r"
    ------- stderr -------
    warning: `futureMember` is not a member that this version knows; it is kept as it is [unknown-member]
      at /futureMember
    note: `web` is valid
    ");
}

#[test]
fn all_faults_are_told_at_once() {
    let text = TEMPLATE
        .replace("\"memory\": \"512\"", "\"memory\": \"9999\"")
        .replace("\"essential\": true,", "\"essential\": true, \"dependsOn\": [{ \"containerName\": \"none\", \"condition\": \"HEALTHY\" }],");
    let world = small().file("template.json", &text);
    assert_snapshot!(world.run(&["validate", "--set", "image=app:1"]), @r"
    ------- stderr -------
    warning: `futureMember` is not a member that this version knows; it is kept as it is [unknown-member]
      at /futureMember
    error: there is no container `none` [unknown-container]
      at /containerDefinitions/app/dependsOn/none/containerName
    error: Fargate has no size of 256 CPU units with 9999 MiB [fargate-size]
      at /memory
      hint: with 256 CPU units the memory is 512, 1024 or 2048 MiB
    error: the task definition has 2 faults
    [exit code 5]
    ");
    let ran = world
        .run(&["validate", "--set", "image=app:1", "--format", "json"])
        .expect(5);
    assert!(
        ran.stdout
            .contains("/containerDefinitions/app/dependsOn/none"),
        "{ran}"
    );
}

#[test]
fn an_image_that_nobody_can_pull_is_told_without_aws() {
    let ran = small().run(&["validate", "--set", "image=bad image"]);
    let ran = ran.expect(5);
    for told in [
        "error: `bad image` is no reference of an image: ECS allows no ' ' in it [image-reference]",
        "at /containerDefinitions/app/image",
        "hint: write it as `[HOST[:PORT]/]PATH[:TAG][@sha256:DIGEST]`",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
}
