//! What `verify` finds of an image in its registry.

use std::sync::Arc;

use acetate::aws::{self, Connection};
use acetate::commands::verify::{Asks, image};
use acetate::event::Severity;
use acetate::verify::Home;
use acetate::verify::image::Platform;
use acetate::verify::reference::{Image, Reference};
use serde_json::json;

use super::stub::{Answer, Stub};
use super::{DIGEST, good};

/// A manifest for one platform; its configuration says which.
fn single() -> String {
    json!({ "schemaVersion": 2, "config": { "digest": DIGEST } }).to_string()
}

#[tokio::test]
async fn the_platforms_of_an_image_are_told_by_its_index_or_its_configuration() {
    let entry = |os: &str| json!({ "platform": { "os": os, "architecture": "arm64" } });
    let index = json!({ "manifests": [entry("linux"), entry("unknown")] }).to_string();
    for (manifest, platforms, requests) in [
        (index, vec!["linux/arm64", "unknown/arm64"], 1),
        (single(), vec!["linux/amd64"], 2),
        ("{}".to_owned(), vec![], 1),
    ] {
        let stub = Stub::start(move |asked, _| match asked.path.contains("/blobs/") {
            true => Answer::status(200).body(r#"{"os":"linux","architecture":"amd64"}"#),
            false => good().body(manifest.clone()),
        });
        let found = stub.registry(None).find(&stub.image(":1")).await;
        let found = found.expect("an answer").expect("an image");
        assert_eq!(found.digest, DIGEST);
        assert_eq!(found.platforms, platforms);
        assert_eq!(stub.asked().len(), requests);
    }
    let stub = Stub::start(|_, _| Answer::status(404));
    assert_eq!(stub.registry(None).find(&stub.image(":1")).await, Ok(None));
    let stub = Stub::start(|_, _| Answer::status(403));
    let failure = stub.registry(None).find(&stub.image(":1")).await;
    assert_eq!(failure.expect_err("no answer").code, "unavailable");
}

/// The check of an image in the stub, for a task on Fargate.
async fn checked(stub: &Stub) -> Vec<(Severity, String)> {
    // Something else stands for AWS only where that is said.
    let aws = aws::connect(&Connection {
        region: Some("eu-west-1".to_owned()),
        ..Connection::default()
    });
    let asks = Asks::new(Arc::new(aws.expect("settings")), stub.registry(None));
    let name = stub.image(":1");
    let reference = Reference {
        what: Image {
            name,
            has_credentials: false,
        },
        at: vec![],
    };
    let platform = Platform {
        name: "linux/amd64".to_owned(),
        is_fargate: true,
    };
    let home = Home::default();
    let found = image(&asks, &reference, &home, Some(&platform), true).await;
    found.into_iter().map(|f| (f.severity, f.message)).collect()
}

#[tokio::test]
async fn an_image_is_checked_in_its_registry() {
    let of = |architecture: &str| {
        let config = json!({ "os": "linux", "architecture": architecture }).to_string();
        Stub::start(move |asked, _| match asked.path.contains("/blobs/") {
            true => Answer::status(200).body(config.clone()),
            false => good().body(single()),
        })
    };
    assert_eq!(checked(&of("amd64")).await, []);
    let told = checked(&of("arm64")).await;
    assert_eq!(told[0].0, Severity::Error);
    assert!(
        told[0].1.contains("is not made for `linux/amd64`"),
        "{told:?}"
    );
    let told = checked(&Stub::start(|_, _| Answer::status(404))).await;
    assert_eq!(told[0].0, Severity::Error);
    assert!(told[0].1.starts_with("there is no image"), "{told:?}");
    for unsure in [401, 403, 429, 500] {
        let told = checked(&Stub::start(move |_, _| Answer::status(unsure))).await;
        assert_eq!(told[0].0, Severity::Warning, "{told:?}");
    }
    // A name that leads to an address of somebody's own network is not asked.
    let stub = of("amd64");
    stub.names.set("registry.test", &[&["10.0.0.1"]]);
    let told = checked(&stub).await;
    assert_eq!(told[0].0, Severity::Warning);
    assert!(told[0].1.contains("only public ones are asked"), "{told:?}");
}
