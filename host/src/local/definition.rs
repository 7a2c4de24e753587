//! Task definitions: what ECS adds to what was registered, and where revisions are kept.

use serde_json::{Map, Value, json};

use super::answer::{list, text, time};
use super::state::{Definition, State};

/// Keeps a document as a family's next revision, or as `revision`; returns its ARN.
pub(crate) fn add(
    state: &mut State,
    family: &str,
    mut document: Value,
    revision: Option<i64>,
) -> String {
    let known = state
        .definitions
        .get(family)
        .and_then(|d| d.last())
        .map_or(0, |d| d.revision);
    let revision = revision.unwrap_or(known + 1);
    let arn = state.arn("ecs", &format!("task-definition/{family}:{revision}"));
    document["family"] = family.into();
    document["taskDefinitionArn"] = arn.clone().into();
    document["revision"] = revision.into();
    document["status"] = "ACTIVE".into();
    let added = Definition {
        arn: arn.clone(),
        revision,
        active: true,
        document,
    };
    let revisions = state.definitions.entry(family.to_owned()).or_default();
    revisions.retain(|d| d.revision != revision);
    revisions.push(added);
    revisions.sort_by_key(|d| d.revision);
    arn
}

/// Registers a document as it is sent: tags apart, ECS's own members and defaults added.
pub(crate) fn register(state: &mut State, mut document: Value, revision: Option<i64>) -> String {
    let family = text(&document, "family").unwrap_or_default().to_owned();
    let tags = document
        .as_object_mut()
        .and_then(|o| o.shift_remove("tags"));
    complete(&mut document);
    if state.reorder {
        reorder(&mut document);
    }
    document["registeredAt"] = time(state.now());
    document["registeredBy"] = state
        .arn("iam", "user/practice")
        .replace(&format!(":{}:", state.region), "::")
        .into();
    let arn = add(state, &family, document, revision);
    if let Some(Value::Array(tags)) = tags {
        state.tags.insert(arn.clone(), tags);
    }
    arn
}

/// Adds what ECS adds.
fn complete(document: &mut Value) {
    let network = text(document, "networkMode").unwrap_or("bridge").to_owned();
    for member in ["cpu", "memory"] {
        if let Some(size) = text(document, member).and_then(|s| in_units(s, member)) {
            document[member] = size.into();
        }
    }
    let Some(members) = document.as_object_mut() else {
        return;
    };
    for member in ["volumes", "placementConstraints"] {
        absent(members, member, json!([]));
    }
    if let Some(containers) = members
        .get_mut("containerDefinitions")
        .and_then(Value::as_array_mut)
    {
        containers
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(|c| complete_container(c, &network));
    }
    let (attributes, compatible) = (attributes(document), compatibilities(document, &network));
    document["requiresAttributes"] = attributes;
    document["compatibilities"] = compatible;
}

fn complete_container(container: &mut Map<String, Value>, network: &str) {
    absent(container, "cpu", json!(0));
    absent(container, "essential", json!(true));
    for member in [
        "portMappings",
        "environment",
        "mountPoints",
        "volumesFrom",
        "systemControls",
    ] {
        absent(container, member, json!([]));
    }
    for port in container
        .get_mut("portMappings")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let own = port
            .get("containerPort")
            .filter(|_| network != "bridge")
            .cloned();
        if let Some(port) = port
            .as_object_mut()
            .filter(|p| p.contains_key("containerPort"))
        {
            absent(port, "hostPort", own.unwrap_or_else(|| json!(0)));
            absent(port, "protocol", json!("tcp"));
        }
    }
    if let Some(check) = container
        .get_mut("healthCheck")
        .and_then(Value::as_object_mut)
    {
        absent(check, "interval", json!(30));
        absent(check, "timeout", json!(5));
        absent(check, "retries", json!(3));
    }
}

fn absent(members: &mut Map<String, Value>, name: &str, value: Value) {
    if !members.contains_key(name) {
        members.insert(name.to_owned(), value);
    }
}

/// `1 vCPU` as 1024, `2 GB` as 2048; none where it is a plain number already.
pub(crate) fn in_units(size: &str, member: &str) -> Option<String> {
    let plain: String = size
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let number = plain.strip_suffix(if member == "cpu" { "vcpu" } else { "gb" })?;
    let units = number.parse::<f64>().ok()? * 1024.0;
    Some(format!("{units:.0}"))
}

/// What a container instance must be capable of.
fn attributes(document: &Value) -> Value {
    let containers = list(document, "containerDefinitions");
    let mut names = vec!["com.amazonaws.ecs.capability.docker-remote-api.1.18".to_owned()];
    if text(document, "networkMode") == Some("awsvpc") {
        names.push("ecs.capability.task-eni".to_owned());
    }
    if text(document, "executionRoleArn").is_some_and(|r| !r.is_empty()) {
        names.push("ecs.capability.execution-role-ecr-pull".to_owned());
    }
    if text(document, "taskRoleArn").is_some_and(|r| !r.is_empty()) {
        names.push("com.amazonaws.ecs.capability.task-iam-role".to_owned());
    }
    for driver in containers
        .iter()
        .filter_map(|c| text(c.get("logConfiguration")?, "logDriver"))
    {
        names.push(format!(
            "com.amazonaws.ecs.capability.logging-driver.{driver}"
        ));
    }
    for secret in containers
        .iter()
        .flat_map(|c| list(c, "secrets"))
        .filter_map(|s| text(s, "valueFrom"))
    {
        let store = if secret.contains(":secretsmanager:") {
            "asm"
        } else {
            "ssm"
        };
        names.push(format!(
            "ecs.capability.secrets.{store}.environment-variables"
        ));
    }
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| json!({"name": name}))
        .collect()
}

fn compatibilities(document: &Value, network: &str) -> Value {
    let sized = text(document, "cpu").is_some() && text(document, "memory").is_some();
    match network {
        "awsvpc" if sized => json!(["EC2", "FARGATE", "MANAGED_INSTANCES"]),
        "awsvpc" => json!(["EC2"]),
        _ => json!(["EXTERNAL", "EC2"]),
    }
}

/// Gives lists whose order means nothing in another order.
fn reorder(document: &mut Value) {
    let containers = document
        .get_mut("containerDefinitions")
        .and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        for member in ["environment", "secrets"] {
            if let Some(entries) = container.get_mut(member).and_then(Value::as_array_mut) {
                entries.reverse();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{complete, in_units};
    use serde_json::json;

    #[test]
    fn sizes_become_plain_numbers() {
        let cases = [
            ("1 vCPU", "cpu", Some("1024")),
            (".5 vcpu", "cpu", Some("512")),
            ("256", "cpu", None),
        ];
        for (size, member, units) in cases {
            assert_eq!(in_units(size, member).as_deref(), units, "{size}");
        }
        assert_eq!(in_units("2GB", "memory").as_deref(), Some("2048"));
    }

    #[test]
    fn what_was_given_stays_and_what_was_not_gets_the_default() {
        let mut document = json!({"networkMode": "awsvpc", "cpu": "1 vCPU", "later": {"x": 1}, "containerDefinitions": [
            {"name": "a", "cpu": 7, "portMappings": [{"containerPort": 80}], "healthCheck": {"command": ["x"], "retries": 9}}]});
        complete(&mut document);
        let container = &document["containerDefinitions"][0];
        assert_eq!(document["cpu"], "1024");
        assert_eq!(document["later"], json!({"x": 1}));
        assert_eq!(container["cpu"], 7);
        assert_eq!(container["essential"], true);
        assert_eq!(
            container["portMappings"][0],
            json!({"containerPort": 80, "hostPort": 80, "protocol": "tcp"})
        );
        assert_eq!(
            container["healthCheck"],
            json!({"command": ["x"], "retries": 9, "interval": 30, "timeout": 5})
        );
    }
}
