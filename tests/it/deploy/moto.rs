//! moto: deployments never move there, and it has no service deployments. What it shows must not
//! be taken for success.

use serde_json::json;

use super::CONFIG;
use crate::support::{self, wire};

#[test]
fn on_moto_a_deploy_is_never_a_success() {
    let Ok(url) = std::env::var("ACETATE_TEST_MOTO") else {
        return support::skip("a deploy on moto: `tests/run` starts it", false);
    };
    let call = |operation, request| wire::ecs(&url, operation, &request);
    call("CreateCluster", json!({ "clusterName": "never" }));
    let container = json!({ "name": "app", "image": "busybox", "memory": 64 });
    call(
        "RegisterTaskDefinition",
        json!({ "family": "never-template", "containerDefinitions": [container] }),
    );
    call(
        "CreateService",
        json!({ "cluster": "never", "serviceName": "never", "taskDefinition": "never-template", "desiredCount": 2 }),
    );
    let config = CONFIG
        .replace("prod", "never")
        .replace("\"web\"", "\"never\"")
        .replace("web-template", "never-template");
    let place = support::World::new()
        .file("acetate.toml", &config)
        .variable("AWS_REGION", "us-east-1")
        .variable("AWS_ENDPOINT_URL", &url);
    // The second run finds the service set to what it wants, and the deployment still the old one.
    for _ in 0..2 {
        let ran = place
            .run(&["deploy", "--set", "image=app:1", "--timeout", "8s"])
            .expect(8);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains("service deployments cannot be seen"),
            "{ran}"
        );
    }
}
