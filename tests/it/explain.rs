//! `acetate explain`: who set what.

use insta::assert_snapshot;

use crate::support::project::{CONFIGURATION, small};

#[test]
fn lists_every_overlaid_place_with_its_layer() {
    assert_snapshot!(small().run(&["explain", "--set", "image=app:1"]), @r#"
    standard  /containerDefinitions/app/image  "app:1"  (was "app:0")
    standard  /containerDefinitions/app/environment/LEGACY  (removed)  (was {"name":"LEGACY","value":"1"})
    standard  /containerDefinitions/app/environment/EMPTY/value  ""
    standard  /containerDefinitions/app/environment/LOG_LEVEL/value  "info"
    "#);
}

#[test]
fn tells_one_place_and_all_below_it() {
    let ran = small().run(&[
        "explain",
        "--set",
        "image=app:1",
        "--pointer",
        "/containerDefinitions/app/environment",
    ]);
    assert_snapshot!(ran, @r#"
    template  /containerDefinitions/app/environment/KEPT/value  ""
    standard  /containerDefinitions/app/environment/EMPTY/value  ""
    standard  /containerDefinitions/app/environment/LOG_LEVEL/value  "info"
    "#);
}

#[test]
fn an_index_or_an_absent_place_is_an_error() {
    let world = small();
    assert_snapshot!(world.run(&["explain", "--set", "image=a", "--pointer", "/containerDefinitions/0/image"]), @r"
    ------- stderr -------
    error: elements of `/containerDefinitions` go by their `name`, never by an index such as `0`
    hint: `acetate explain` lists the addresses of what is overlaid
    [exit code 1]
    ");
    assert_snapshot!(world.run(&["explain", "--set", "image=a", "--pointer", "/containerDefinitions/app/user"]), @r"
    ------- stderr -------
    error: nothing is at `/containerDefinitions/app/user` in the rendered task definition
    hint: `acetate render` prints it whole
    [exit code 1]
    ");
}

#[test]
fn what_looks_like_a_credential_is_masked() {
    let text = CONFIGURATION.replace("LOG_LEVEL = \"info\"", "API_TOKEN = \"hunter2hunter2\"");
    let world = small().file("acetate.toml", &text);
    let ran = world.run(&["explain", "--set", "image=a"]).expect(0);
    assert!(!ran.to_string().contains("hunter2"), "{ran}");
    let ran = world
        .run(&["explain", "--set", "image=a", "--format", "json"])
        .expect(0);
    assert!(!ran.to_string().contains("hunter2"), "{ran}");
}
