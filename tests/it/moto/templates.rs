//! Templates from `ecs:`, `ssm:` and `s3:`, pinned to what was read.

use serde_json::{Value, json};

use crate::support::boto::{Moto, call};
use crate::support::{Ran, World};

fn definition(image: &str) -> Value {
    json!({
        "family": "whatever",
        "containerDefinitions": [{
            "name": "app",
            "image": image,
            "memory": 64,
            "environment": [{ "name": "EMPTY", "value": "" }],
        }],
    })
}

fn configured(moto: &Moto, template: &str, family: &str) -> World {
    let text = format!("template = \"{template}\"\nfamily = \"{family}\"\n");
    moto.world().file("acetate.toml", &text)
}

/// Renders; the image, and the exact reference that the stamp holds.
fn rendered(world: &World) -> (String, String) {
    let document = world.run(&["render"]).expect(0).json();
    assert_eq!(
        document["containerDefinitions"][0]["environment"],
        json!([{ "name": "EMPTY", "value": "" }])
    );
    let tags = document["tags"].as_array().expect("tags");
    let stamp = tags
        .iter()
        .find(|tag| tag["key"] == "acetate:template-ref")
        .expect("a stamp");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (
        text(&document["containerDefinitions"][0]["image"]),
        text(&stamp["value"])
            .replace("=3F", "?")
            .replace("=3D", "="),
    )
}

fn refused(world: &World, words: &[&str]) -> Ran {
    let ran = world.run(&["render"]).expect(1);
    for word in words {
        assert!(ran.stderr.contains(word), "no `{word}`:\n{ran}");
    }
    assert_eq!(ran.stdout, "", "{ran}");
    ran
}

#[test]
fn a_family_is_read_at_its_newest_or_at_a_named_revision() {
    let Some(moto) = Moto::shared() else { return };
    let register = |image: &str| {
        let mut document = definition(image);
        document["family"] = json!("read-me");
        call("ecs", "register_task_definition", document)
    };
    let told = moto.calls(&[register("app:1"), register("app:2"), register("app:3")]);
    let arn = |at: usize| {
        let arn = &told[at].ok()["taskDefinition"]["taskDefinitionArn"];
        arn.as_str().expect("an ARN").to_owned()
    };
    let newest = configured(&moto, "ecs:read-me", "read");
    assert_eq!(rendered(&newest), ("app:3".to_owned(), arn(2)));
    let revision = arn(1)
        .rsplit_once(':')
        .expect("an ARN ends in a revision")
        .1
        .to_owned();
    let named = configured(&moto, &format!("ecs:read-me:{revision}"), "read");
    assert_eq!(rendered(&named), ("app:2".to_owned(), arn(1)));

    newest.run(&["register"]).expect(0);
    let described = moto.described("read");
    let environment = &described["taskDefinition"]["containerDefinitions"][0]["environment"];
    assert_eq!(environment, &json!([{ "name": "EMPTY", "value": "" }]));
}

#[test]
fn a_family_that_is_not_there_is_named() {
    let Some(moto) = Moto::shared() else { return };
    refused(
        &configured(&moto, "ecs:no-such-family", "x"),
        &["`ecs:no-such-family` does not exist", "hint:"],
    );
    refused(
        &configured(&moto, "ecs:no-such-family:7", "x"),
        &["`ecs:no-such-family:7` does not exist"],
    );
}

#[test]
fn a_parameter_is_read_plain_secure_and_advanced_and_by_version() {
    let Some(moto) = Moto::shared() else { return };
    let put = |name: &str, kind: &str, tier: &str, document: &Value| {
        let with = json!({
            "Name": name, "Type": kind, "Tier": tier, "Value": document.to_string(), "Overwrite": true,
        });
        call("ssm", "put_parameter", with)
    };
    // Above the 4 KB of the standard tier, with a value in Describe's shape.
    let mut large = definition("large:1");
    large["containerDefinitions"][0]["dockerLabels"] = json!({ "much": "x".repeat(5000) });
    let large = json!({ "taskDefinition": large });
    let told = moto.calls(&[
        put("/tpl/plain", "String", "Standard", &definition("plain:1")),
        put("/tpl/plain", "String", "Standard", &definition("plain:2")),
        put(
            "/tpl/secure",
            "SecureString",
            "Standard",
            &definition("secure:1"),
        ),
        put("/tpl/large", "String", "Advanced", &large),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
    for (reference, image, exact) in [
        ("ssm:/tpl/plain", "plain:2", "ssm:/tpl/plain:2"),
        ("ssm:/tpl/plain:1", "plain:1", "ssm:/tpl/plain:1"),
        ("ssm:/tpl/secure", "secure:1", "ssm:/tpl/secure:1"),
        ("ssm:/tpl/large", "large:1", "ssm:/tpl/large:1"),
    ] {
        let world = configured(&moto, reference, "from-ssm");
        let (image, exact) = (image.to_owned(), exact.to_owned());
        assert_eq!(rendered(&world), (image, exact), "{reference}");
    }
    refused(
        &configured(&moto, "ssm:/tpl/none", "x"),
        &["`ssm:/tpl/none` does not exist", "hint:"],
    );
    refused(
        &configured(&moto, "ssm:/tpl/plain:9", "x"),
        &["`ssm:/tpl/plain:9` does not exist"],
    );
}

#[test]
fn a_parameter_that_is_no_task_definition_says_where() {
    let Some(moto) = Moto::shared() else { return };
    let text = "{\n  \"family\": \"a\",\n  \"family\": \"b\"\n}";
    moto.ok(
        "ssm",
        "put_parameter",
        json!({ "Name": "/tpl/twice", "Type": "String", "Value": text }),
    );
    refused(
        &configured(&moto, "ssm:/tpl/twice", "x"),
        &["`ssm:/tpl/twice:1`", "line 3", "`/family`"],
    );
}

#[test]
fn an_object_is_read_at_its_newest_or_at_a_version() {
    let Some(moto) = Moto::shared() else { return };
    let put = |bucket: &str, image: &str| {
        let with = json!({
            "Bucket": bucket, "Key": "a/template.json", "Body": definition(image).to_string(),
        });
        call("s3", "put_object", with)
    };
    let bucket = |name: &str| {
        let with = json!({
            "Bucket": name,
            "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" },
        });
        call("s3", "create_bucket", with)
    };
    let versioned = json!({
        "Bucket": "tpl-versions", "VersioningConfiguration": { "Status": "Enabled" },
    });
    let told = moto.calls(&[
        bucket("tpl-versions"),
        call("s3", "put_bucket_versioning", versioned),
        put("tpl-versions", "object:1"),
        put("tpl-versions", "object:2"),
        bucket("tpl-plain"),
        put("tpl-plain", "object:3"),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
    let version = |at: usize| told[at].ok()["VersionId"].as_str().expect("a version");
    let (first, second) = (version(2), version(3));
    for (query, image, exact) in [
        ("tpl-versions", "object:2", format!("?versionId={second}")),
        ("first", "object:1", format!("?versionId={first}")),
        ("tpl-plain", "object:3", String::new()),
    ] {
        let (bucket, query) = match query {
            "first" => ("tpl-versions", format!("?versionId={first}")),
            bucket => (bucket, String::new()),
        };
        let at = format!("s3://{bucket}/a/template.json");
        let world = configured(&moto, &format!("{at}{query}"), "from-s3");
        let exact = format!("{at}{exact}");
        assert_eq!(rendered(&world), (image.to_owned(), exact), "{at}{query}");
    }
    for (absent, word) in [
        ("s3://tpl-plain/none.json", "does not exist"),
        ("s3://tpl-no-bucket/a.json", "does not exist"),
    ] {
        refused(&configured(&moto, absent, "x"), &[absent, word, "hint:"]);
    }
}
