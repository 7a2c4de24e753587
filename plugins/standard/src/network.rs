//! Ports, volumes and mounts of one container.

use serde_json::{Map, Value, json};

use crate::containers::number;
use crate::run::{Place, escape};

/// Adds what the settings name.
pub(crate) fn apply(place: &Place, settings: &Map<String, Value>) {
    match settings.get("ports") {
        None => {}
        Some(Value::Array(ports)) => ports.iter().for_each(|port| add_port(place, port)),
        Some(_) => place.bad("ports", "a list"),
    }
    for (name, definition) in place.run.table(settings, &place.key, "volumes") {
        let outcome = place.run.host.add_volume(&name, &definition.to_string());
        place
            .run
            .check(outcome, &place.setting(&["volumes.", &name].concat()), None);
    }
    let mounts = place.run.table(settings, &place.key, "mounts");
    if !mounts.is_empty() {
        let volumes = place.run.host.volumes();
        for (path, mount) in &mounts {
            add_mount(place, path, mount, &volumes);
        }
    }
}

fn add_port(place: &Place, value: &Value) {
    let Some(mapping) = mapping(value) else {
        return place.bad(
            "ports",
            "numbers, texts such as `8125/udp`, or tables with `port`",
        );
    };
    let of = |member| {
        mapping
            .get(member)
            .map(|v: &Value| v.as_str().map_or(v.to_string(), str::to_owned))
    };
    let port = of("containerPort")
        .or_else(|| of("containerPortRange"))
        .unwrap_or_default();
    let key = format!("{port}/{}", of("protocol").unwrap_or_default());
    let path = ["portMappings/", &escape(&key)].concat();
    place.set("ports", &path, &Value::Object(mapping));
}

/// ECS's port mapping of `8080`, `"8125/udp"`, `"8000-8010"` or a table.
fn mapping(value: &Value) -> Option<Map<String, Value>> {
    let mut mapping = Map::new();
    let port = match value {
        Value::Object(table) => table.get("port")?,
        plain => plain,
    };
    let text = port
        .as_str()
        .map_or_else(|| port.to_string(), str::to_owned);
    let (port, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    match port.split_once('-') {
        Some((first, last)) if first.parse::<u16>().is_ok() && last.parse::<u16>().is_ok() => {
            mapping.insert("containerPortRange".to_owned(), Value::from(port));
        }
        _ => {
            mapping.insert(
                "containerPort".to_owned(),
                Value::from(port.parse::<u16>().ok()?),
            );
        }
    }
    mapping.insert("protocol".to_owned(), Value::from(protocol));
    for (key, value) in value.as_object().into_iter().flatten() {
        match key.as_str() {
            "port" => {}
            "protocol" => drop(mapping.insert("protocol".to_owned(), value.clone())),
            "host-port" => drop(mapping.insert("hostPort".to_owned(), number(value)?)),
            "name" => drop(mapping.insert("name".to_owned(), value.clone())),
            "app-protocol" => drop(mapping.insert("appProtocol".to_owned(), value.clone())),
            _ => return None,
        }
    }
    Some(mapping)
}

/// `"volume"`, `"volume:ro"`, or `{ volume = …, read-only = … }`.
fn add_mount(place: &Place, path: &str, mount: &Value, volumes: &[String]) {
    let setting = ["mounts.\"", path, "\""].concat();
    let (volume, read_only) = match mount {
        Value::String(text) => match text.strip_suffix(":ro") {
            Some(volume) => (volume, true),
            None => (text.as_str(), false),
        },
        _ => {
            let read_only = mount.get("read-only").is_some_and(|v| *v == json!(true));
            (
                mount
                    .get("volume")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
                read_only,
            )
        }
    };
    if !volumes.iter().any(|known| known == volume) {
        let text = format!("no volume `{volume}` in the task; `volumes` can add it");
        return place
            .run
            .error("unknown-volume", &place.setting(&setting), &text, None);
    }
    let outcome = place
        .run
        .host
        .add_mount(place.name, volume, path, read_only);
    place.run.check(outcome, &place.setting(&setting), None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::app;

    #[test]
    fn ports() {
        for (port, edit) in [
            (
                json!(8080),
                r#"8080~1tcp {"containerPort":8080,"protocol":"tcp"}"#,
            ),
            (
                json!("8125/udp"),
                r#"8125~1udp {"containerPort":8125,"protocol":"udp"}"#,
            ),
            (
                json!("80-90"),
                r#"80-90~1tcp {"containerPortRange":"80-90","protocol":"tcp"}"#,
            ),
            (
                json!({ "port": 80, "name": "web", "app-protocol": "http", "host-port": 8080 }),
                r#"80~1tcp {"containerPort":80,"protocol":"tcp","name":"web","appProtocol":"http","hostPort":8080}"#,
            ),
            (
                json!({ "port": 53, "protocol": "udp" }),
                r#"53~1udp {"containerPort":53,"protocol":"udp"}"#,
            ),
        ] {
            let edit = format!("set-json app/portMappings/{edit}");
            assert_eq!(app(json!({ "ports": [port] })).edits(), [edit]);
        }
        for port in [
            json!("web"),
            json!(70000),
            json!({}),
            json!({ "port": 1, "x": 1 }),
        ] {
            let faults = app(json!({ "ports": [port] })).faults();
            assert_eq!(faults.len(), 1, "{faults:?}");
        }
    }

    #[test]
    fn volumes_and_mounts() {
        let settings = json!({
            "volumes": { "scratch": {} },
            "mounts": { "/a": "scratch", "/b": "scratch:ro",
                        "/c": { "volume": "scratch", "read-only": true } },
        });
        assert_eq!(
            app(settings).edits(),
            [
                "add-volume scratch {}",
                "add-mount app scratch /a rw",
                "add-mount app scratch /b ro",
                "add-mount app scratch /c ro",
            ]
        );
        assert_eq!(
            app(json!({ "mounts": { "/a": "data" } })).faults(),
            ["error unknown-volume containers.app.mounts.\"/a\": \
              no volume `data` in the task; `volumes` can add it"]
        );
    }
}
