//! What a container beside the others can do, whatever is in it.

use serde_json::Value;

use super::Scene;
use crate::task_definition::TaskDefinition;

/// The image of a container in the document.
pub(super) fn image<'a>(scene: Scene<'a>, container: &str) -> Option<&'a str> {
    scene.document?.container(container)?.get("image")?.as_str()
}

/// What a container beside the others can do, whatever is in it.
pub(super) fn adds(what: &str, container: Option<&String>, scene: Scene<'_>) -> String {
    let Some(document) = scene.document else {
        return format!("{what}: it can do what the application can");
    };
    let top = |member: &str| document.value().get(member).and_then(Value::as_str);
    let mut can: Vec<String> = Vec::new();
    if let Some(role) = top("taskRoleArn").filter(|role| !role.is_empty()) {
        let name = role.rsplit_once('/').map_or(role, |(_, name)| name);
        can.push(format!("use task role `{name}`"));
    }
    if shares_network(document) {
        can.push("reach localhost".to_owned());
    }
    let definition = container.and_then(|name| document.container(name));
    can.extend(definition.map(mounts).unwrap_or_default());
    match top("pidMode") {
        Some("task") => can.push("read other containers' environment".to_owned()),
        Some("host") => can.push("read the environment of everything on the host".to_owned()),
        _ => {}
    }
    if matches!(top("ipcMode"), Some("task" | "host")) {
        can.push("share memory with the others".to_owned());
    }
    match can.split_last() {
        None => what.to_owned(),
        Some((only, [])) => format!("{what}: it can {only}"),
        Some((last, [first])) => format!("{what}: it can {first} and {last}"),
        Some((last, rest)) => format!("{what}: it can {}, and {last}", rest.join(", ")),
    }
}

/// Whether the containers of a task are one another's localhost. ECS takes `awsvpc` for Fargate,
/// and `bridge` otherwise, where no mode is named.
fn shares_network(document: &TaskDefinition) -> bool {
    let value = document.value();
    let fargate = value
        .get("requiresCompatibilities")
        .and_then(Value::as_array);
    let fargate = fargate.is_some_and(|list| list.iter().any(|kind| kind == "FARGATE"));
    match value.get("networkMode").and_then(Value::as_str) {
        Some(mode) => matches!(mode, "awsvpc" | "host"),
        None => fargate,
    }
}

/// The volumes of a container, its own and those of another.
fn mounts(definition: &Value) -> Vec<String> {
    let list = |member: &str| {
        let list = definition.get(member).and_then(Value::as_array);
        list.map_or(&[][..], Vec::as_slice)
    };
    let volumes = list("mountPoints")
        .iter()
        .map(|m| ("sourceVolume", "volume", m));
    let others = list("volumesFrom")
        .iter()
        .map(|m| ("sourceContainer", "all volumes of", m));
    let told = volumes.chain(others).filter_map(|(member, what, mount)| {
        let name = mount.get(member)?.as_str()?;
        let does = match mount.get("readOnly").and_then(Value::as_bool) {
            Some(true) => "read",
            _ => "read and write",
        };
        Some(format!("{does} {what} `{name}`"))
    });
    told.collect()
}
