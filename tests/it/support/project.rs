//! A small project, the same for every verb's test.

use super::World;

/// A template with one container, and an overlay on it.
pub fn small() -> World {
    World::new()
        .file("acetate.toml", CONFIGURATION)
        .file("template.json", TEMPLATE)
}

/// The configuration of [`small`].
pub const CONFIGURATION: &str = r#"cluster  = "prod"
service  = "web"
template = "file:template.json"
family   = "web"

[containers.app]
image = "${inputs.image}"
env   = { LOG_LEVEL = "info", EMPTY = "" }
remove-env = ["LEGACY"]
"#;

/// The template of [`small`]: with members and numbers that no SDK knows.
pub const TEMPLATE: &str = r#"{
  "family": "web-template",
  "futureMember": { "b": 1.0, "a": 1e3 },
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "256",
  "memory": "512",
  "containerDefinitions": [
    { "name": "app", "image": "app:0", "essential": true,
      "environment": [{ "name": "LEGACY", "value": "1" }, { "name": "KEPT", "value": "" }] }
  ]
}
"#;
