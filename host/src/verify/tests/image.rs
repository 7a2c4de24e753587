//! Rules about images.

use serde_json::{Value, json};

use super::{FAULT, WARNING, definition, home, reference, worst};
use crate::event::Severity;
use crate::verify::image::{
    Absent, Ecr, Platform, fits, missing, missing_in_ecr, platform, platforms,
};
use crate::verify::reference::{Image, Reference};

#[test]
fn images_of_ecr_are_known_by_their_host() {
    let ecr = |image: &str| Ecr::parse(image).map(|e| (e.region, e.repository, e.tag, e.digest));
    let some = |region: &str, tag: Option<&str>, digest: Option<&str>| {
        let (tag, digest) = (tag.map(str::to_owned), digest.map(str::to_owned));
        Some((region.to_owned(), "a/b".to_owned(), tag, digest))
    };
    let host = "111111111111.dkr.ecr";
    for (image, expected) in [
        (
            format!("{host}.eu-west-1.amazonaws.com/a/b"),
            some("eu-west-1", Some("latest"), None),
        ),
        (
            format!("{host}.cn-north-1.amazonaws.com.cn/a/b:1"),
            some("cn-north-1", Some("1"), None),
        ),
        (
            format!("{host}-fips.us-east-1.amazonaws.com/a/b@sha256:0"),
            some("us-east-1", None, Some("sha256:0")),
        ),
        (
            format!("{host}.us-east-1.amazonaws.com/a/b:1@sha256:0"),
            some("us-east-1", Some("1"), Some("sha256:0")),
        ),
        (
            "111111111111.dkr-ecr.us-east-1.on.aws/a/b:1".to_owned(),
            some("us-east-1", Some("1"), None),
        ),
        ("public.ecr.aws/a/b:1".to_owned(), None),
        ("nginx".to_owned(), None),
        ("x.dkr.ecr.us-east-1.amazonaws.com/a/b".to_owned(), None),
    ] {
        assert_eq!(ecr(&image), expected, "{image}");
    }
}

#[test]
fn the_platform_is_that_of_the_task_or_fargates_own() {
    let of = |runtime: Value, compatible: &str, launch_type: Option<&str>| {
        let document =
            json!({ "runtimePlatform": runtime, "requiresCompatibilities": [compatible] });
        platform(&definition(document), launch_type).map(|p| p.name)
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(of(Value::Null, "FARGATE", None), some("linux/amd64"));
    assert_eq!(of(Value::Null, "FARGATE", Some("EC2")), None);
    assert_eq!(of(Value::Null, "EC2", Some("FARGATE")), some("linux/amd64"));
    assert_eq!(of(Value::Null, "EC2", None), None);
    assert_eq!(
        of(json!({ "cpuArchitecture": "ARM64" }), "EC2", None),
        some("linux/arm64")
    );
    let windows = json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" });
    assert_eq!(of(windows, "FARGATE", None), some("windows/amd64"));
    assert_eq!(
        of(json!({ "cpuArchitecture": "RISC" }), "FARGATE", None),
        None
    );
}

#[test]
fn an_index_tells_its_platforms_and_no_attestations() {
    let entry = |os: &str, architecture: &str| json!({ "platform": { "os": os, "architecture": architecture } });
    let index =
        json!({ "manifests": [entry("linux", "amd64"), entry("unknown", "unknown"), json!({})] });
    assert_eq!(platforms(&index), Some(vec!["linux/amd64".to_owned()]));
    assert_eq!(platforms(&json!({ "config": {} })), None);
}

fn image(has_credentials: bool) -> Reference<Image> {
    reference(Image {
        name: "app:1".to_owned(),
        has_credentials,
    })
}

#[test]
fn what_is_not_sure_to_fail_is_a_warning() {
    let fargate = |is_fargate| Platform {
        name: "linux/amd64".to_owned(),
        is_fargate,
    };
    let arm = ["linux/arm64".to_owned()];
    assert_eq!(
        worst(fits(&image(false), Some(&fargate(true)), &arm)),
        FAULT
    );
    assert_eq!(
        worst(fits(&image(false), Some(&fargate(false)), &arm)),
        WARNING
    );
    assert_eq!(worst(fits(&image(false), Some(&fargate(true)), &[])), None);
    assert_eq!(worst(fits(&image(false), None, &arm)), None);
    assert_eq!(missing(&image(false), true).severity, Severity::Error);
    assert_eq!(missing(&image(true), true).severity, Severity::Warning);
    assert_eq!(missing(&image(false), false).severity, Severity::Warning);
    let ecr = |account: &str| {
        Ecr::parse(&format!("{account}.dkr.ecr.r.amazonaws.com/hub/app:1")).expect("one")
    };
    let of = |account: &str, rules: Option<&[String]>| {
        missing_in_ecr(&image(false), &ecr(account), Absent::Image, &home(), rules).severity
    };
    let (none, hub, hubs) = ([], ["hub".to_owned()], ["hu".to_owned()]);
    assert_eq!(of("111111111111", Some(&none)), Severity::Error);
    assert_eq!(of("111111111111", Some(&hubs)), Severity::Error);
    assert_eq!(of("111111111111", Some(&hub)), Severity::Warning);
    assert_eq!(of("111111111111", None), Severity::Warning);
    assert_eq!(of("222222222222", Some(&none)), Severity::Warning);
}
