//! What RegisterTaskDefinition refuses, in ECS's words where they are known.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::{Refusal, list, text};
use super::definition::in_units;

/// Largest task definition, in bytes of compact JSON.
const LARGEST: usize = 65_536;

/// Refuses what ECS refuses.
pub(crate) fn check(request: &Value) -> Result<(), Refusal> {
    family(request)?;
    let length = request.to_string().len();
    if length > LARGEST {
        let told = format!("Actual length: '{length}'. Max allowed length is '{LARGEST}' bytes.");
        return Err(Refusal::client(told));
    }
    for role in ["taskRoleArn", "executionRoleArn"] {
        if text(request, role).is_some_and(|r| r.is_empty() || r.contains(char::is_whitespace)) {
            return Err(Refusal::client("Role is not valid"));
        }
    }
    tags(request)?;
    let containers = list(request, "containerDefinitions");
    if containers.is_empty() {
        return Err(Refusal::client("Container list cannot be empty."));
    }
    if containers.len() > 10 {
        return Err(Refusal::client("Too many containers."));
    }
    names(containers)?;
    for container in containers {
        references(request, containers, container)?;
        environment(request, container)?;
    }
    if containers
        .iter()
        .all(|c| c.get("essential") == Some(&Value::Bool(false)))
    {
        return Err(Refusal::client(
            "At least one container must be marked as essential.",
        ));
    }
    if list(request, "requiresCompatibilities")
        .iter()
        .any(|c| c == "FARGATE")
    {
        return fargate(request);
    }
    memory(request, containers)
}

fn family(request: &Value) -> Result<(), Refusal> {
    let family = text(request, "family").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if family.is_empty() {
        return Err(Refusal::client("Family should not be null or empty."));
    }
    if family.len() > 255 || !family.chars().all(plain) {
        return Err(Refusal::client("Family contains invalid characters."));
    }
    Ok(())
}

fn tags(request: &Value) -> Result<(), Refusal> {
    let Some(tags) = request.get("tags") else {
        return Ok(());
    };
    let tags = tags.as_array().map_or(&[][..], Vec::as_slice);
    if tags.is_empty() {
        return Err(Refusal::invalid("Tags can not be empty."));
    }
    let keys: BTreeSet<&str> = tags.iter().filter_map(|t| text(t, "key")).collect();
    if keys.len() < tags.len() {
        return Err(Refusal::invalid(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ));
    }
    if tags.len() > 50 {
        return Err(Refusal::invalid("The maximum number of tags is 50."));
    }
    if keys
        .iter()
        .any(|k| k.to_ascii_lowercase().starts_with("aws:"))
    {
        return Err(Refusal::invalid(
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let good = |t: &Value, member, length| {
        let value = text(t, member).unwrap_or_default();
        value.chars().count() <= length && value.chars().all(allowed)
    };
    if tags
        .iter()
        .all(|t| good(t, "key", 128) && good(t, "value", 256))
    {
        return Ok(());
    }
    Err(Refusal::invalid(
        "Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @",
    ))
}

fn names(containers: &[Value]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for container in containers {
        for member in ["name", "image"] {
            if text(container, member).unwrap_or_default().is_empty() {
                return Err(Refusal::client(format!(
                    "Container.{member} should not be null or empty."
                )));
            }
        }
        if !seen.insert(text(container, "name")) {
            return Err(Refusal::client(
                "Container names must be unique within a task definition.",
            ));
        }
    }
    Ok(())
}

/// Other containers and volumes that a container names must be there.
fn references(request: &Value, containers: &[Value], container: &Value) -> Result<(), Refusal> {
    let name = text(container, "name").unwrap_or_default();
    for other in list(container, "dependsOn")
        .iter()
        .filter_map(|d| text(d, "containerName"))
    {
        if !containers.iter().any(|c| text(c, "name") == Some(other)) {
            let told = format!(
                "Invalid 'dependsOn' setting for container '{name}': container '{other}' does not exist."
            );
            return Err(Refusal::client(told));
        }
    }
    for volume in list(container, "mountPoints")
        .iter()
        .filter_map(|m| text(m, "sourceVolume"))
    {
        if !list(request, "volumes")
            .iter()
            .any(|v| text(v, "name") == Some(volume))
        {
            return Err(Refusal::client(format!("Unknown volume '{volume}'.")));
        }
    }
    Ok(())
}

fn environment(request: &Value, container: &Value) -> Result<(), Refusal> {
    let secrets = list(container, "secrets");
    let plain: BTreeSet<&str> = list(container, "environment")
        .iter()
        .filter_map(|e| text(e, "name"))
        .collect();
    if let Some(both) = secrets
        .iter()
        .filter_map(|s| text(s, "name"))
        .find(|n| plain.contains(n))
    {
        return Err(Refusal::client(format!(
            "The secret name must be unique and not shared with any new or existing environment variables set on \
             the container, such as '{both}'."
        )));
    }
    if !secrets.is_empty() && text(request, "executionRoleArn").is_none() {
        let told = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
        return Err(Refusal::client(told));
    }
    Ok(())
}

fn memory(request: &Value, containers: &[Value]) -> Result<(), Refusal> {
    if text(request, "memory").is_some() {
        return Ok(());
    }
    let without = |c: &&Value| c.get("memory").is_none() && c.get("memoryReservation").is_none();
    match containers
        .iter()
        .find(without)
        .and_then(|c| text(c, "name"))
    {
        None => Ok(()),
        Some(name) => Err(Refusal::client(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        ))),
    }
}

fn fargate(request: &Value) -> Result<(), Refusal> {
    if text(request, "networkMode") != Some("awsvpc") {
        return Err(Refusal::client(
            "Fargate only supports network mode ‘awsvpc’.",
        ));
    }
    let size = |member: &str| -> Result<i64, Refusal> {
        let told = || {
            Refusal::client(format!(
                "Fargate requires that '{member}' be defined at the task level."
            ))
        };
        let size = text(request, member).ok_or_else(told)?;
        in_units(size, member)
            .unwrap_or_else(|| size.to_owned())
            .parse()
            .map_err(|_| told())
    };
    let (cpu, memory) = (size("cpu")?, size("memory")?);
    let step = |low: i64, high: i64, by: i64| {
        (low * 1024..=high * 1024).contains(&memory) && memory % (by * 1024) == 0
    };
    let exists = match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => step(1, 4, 1),
        1024 => step(2, 8, 1),
        2048 => step(4, 16, 1),
        4096 => step(8, 30, 1),
        8192 => step(16, 60, 4),
        16_384 => step(32, 120, 8),
        32_768 => step(60, 244, 4),
        _ => false,
    };
    if exists {
        return Ok(());
    }
    Err(Refusal::client(format!(
        "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    )))
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::{Value, json};

    fn good() -> Value {
        json!({"family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
            "memory": "512", "containerDefinitions": [{"name": "a", "image": "i"}]})
    }

    #[test]
    fn a_good_one_passes() {
        check(&good()).unwrap();
    }

    fn faults_of_the_task() -> Vec<(&'static str, Value, &'static str)> {
        vec![
            (
                "family",
                json!("bad family!"),
                "Family contains invalid characters.",
            ),
            ("family", json!(""), "Family should not be null or empty."),
            ("taskRoleArn", json!(""), "Role is not valid"),
            ("tags", json!([]), "Tags can not be empty."),
            (
                "tags",
                json!([{"key": "aws:x", "value": "1"}]),
                "aws: prefixed",
            ),
            (
                "tags",
                json!([{"key": "x", "value": "a#b"}]),
                "invalid characters",
            ),
            (
                "memory",
                json!("9999"),
                "No Fargate configuration exists for given values: 256 CPU, 9999 memory.",
            ),
            (
                "networkMode",
                json!("bridge"),
                "Fargate only supports network mode",
            ),
            ("requiresCompatibilities", json!(["EC2"]), ""),
            (
                "ipcMode",
                json!("x".repeat(65_536)),
                "Max allowed length is '65536' bytes.",
            ),
        ]
    }

    fn faults_of_containers() -> Vec<(Value, &'static str)> {
        let container = |member: &str, value: Value| {
            let mut container = json!({"name": "a", "image": "i"});
            container[member] = value;
            json!([container])
        };
        vec![
            (json!([]), "Container list cannot be empty."),
            (json!([{"name": "a"}]), "Container.image should not be null"),
            (
                json!([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]),
                "unique",
            ),
            (
                Value::Array(vec![json!({"name": "a", "image": "i"}); 11]),
                "Too many containers.",
            ),
            (
                container("dependsOn", json!([{"containerName": "b"}])),
                "'b' does not exist",
            ),
            (
                container("mountPoints", json!([{"sourceVolume": "v"}])),
                "Unknown volume 'v'.",
            ),
            (container("essential", json!(false)), "essential"),
            (
                container("secrets", json!([{"name": "S", "valueFrom": "x"}])),
                "executionRoleArn",
            ),
        ]
    }

    #[test]
    fn each_fault_is_told_in_its_words() {
        let containers = faults_of_containers().into_iter();
        let containers = containers.map(|(value, words)| ("containerDefinitions", value, words));
        for (member, value, words) in faults_of_the_task().into_iter().chain(containers) {
            let mut request = good();
            request[member] = value;
            match check(&request) {
                Ok(()) => assert_eq!(words, "", "{member}: {request} was taken"),
                Err(told) => assert!(
                    !words.is_empty() && told.message.contains(words),
                    "{}",
                    told.message
                ),
            }
        }
    }

    #[test]
    fn a_name_is_plain_or_secret() {
        let mut request = good();
        request["executionRoleArn"] = json!("arn:aws:iam::1:role/x");
        request["containerDefinitions"][0]["secrets"] = json!([{"name": "A", "valueFrom": "x"}]);
        check(&request).unwrap();
        request["containerDefinitions"][0]["environment"] = json!([{"name": "A", "value": ""}]);
        assert!(check(&request).unwrap_err().message.contains("such as 'A'"));
    }
}
