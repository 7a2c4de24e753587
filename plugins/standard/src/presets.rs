//! Sidecars that many teams add, with what their makers recommend.
//!
//! A preset is nothing but settings that the user's own settings are merged into. Images are
//! pinned as far as their publisher has moving tags for a major version; where it has none, to
//! the release that was current.

use serde_json::{Map, Value};

use crate::settings::merge;

/// Name, settings.
const PRESETS: &[(&str, &str)] = &[
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html>
    (
        "firelens",
        r#"{
            "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
            "essential": true,
            "memory-reservation": 50,
            "firelens": { "type": "fluentbit" },
            "ready": "START"
        }"#,
    ),
    // <https://aws-otel.github.io/docs/setup/ecs>
    (
        "adot",
        r#"{
            "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0",
            "memory-reservation": 128,
            "command": ["--config=/etc/ecs/ecs-default-config.yaml"],
            "ready": "START"
        }"#,
    ),
    // <https://docs.datadoghq.com/integrations/ecs_fargate/>
    (
        "datadog",
        r#"{
            "image": "public.ecr.aws/datadog/agent:7",
            "memory-reservation": 256,
            "env": { "ECS_FARGATE": "true" },
            "health-check": {
                "command": "agent health",
                "interval": 30, "timeout": 5, "retries": 3, "start-period": 15
            },
            "ready": "START"
        }"#,
    ),
    // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Generation_CloudWatch_Agent.html>
    (
        "cloudwatch-agent",
        r#"{
            "image": "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300059.0b1207",
            "memory-reservation": 128,
            "ready": "START"
        }"#,
    ),
];

/// A variable that a preset's program does not work without.
const NEEDS: &[(&str, &str, &str)] = &[
    ("datadog", "DD_API_KEY", "under `secrets`: the agent's key"),
    (
        "cloudwatch-agent",
        "CW_CONFIG_CONTENT",
        "under `secrets` or `env`: the agent's configuration",
    ),
];

/// The preset with the sidecar's own settings over it; an unknown name gives the known ones.
pub(crate) fn with_preset(settings: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let Some(name) = settings.get("preset").and_then(Value::as_str) else {
        return Ok(settings.clone());
    };
    let Some((_, text)) = PRESETS.iter().find(|(preset, _)| *preset == name) else {
        let known: Vec<_> = PRESETS
            .iter()
            .map(|(preset, _)| format!("`{preset}`"))
            .collect();
        return Err(format!(
            "there is no `{name}`; the presets are {}",
            known.join(", ")
        ));
    };
    let mut merged: Map<String, Value> = serde_json::from_str(text).expect("presets are JSON");
    // A configuration of one's own is read instead of the built-in file.
    if gives(settings, "AOT_CONFIG_CONTENT") {
        merged.remove("command");
    }
    merge(&mut merged, settings);
    Ok(merged)
}

/// What a preset needs and these settings do not give: a name, and where it goes.
pub(crate) fn missing(settings: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    let preset = settings.get("preset")?.as_str()?;
    let (_, name, place) = NEEDS.iter().find(|(of, ..)| *of == preset)?;
    let elsewhere = [
        "secrets-from",
        "dotenv",
        "environment-files",
        "mounts",
        "command",
    ];
    let given = gives(settings, name) || elsewhere.iter().any(|key| settings.contains_key(*key));
    (!given).then_some((*name, *place))
}

fn gives(settings: &Map<String, Value>, variable: &str) -> bool {
    ["env", "secrets"].iter().any(|table| {
        settings
            .get(*table)
            .is_some_and(|t| t.get(variable).is_some())
    })
}
