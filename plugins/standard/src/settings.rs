//! Which settings hold for which container: `[containers."web,worker"]` speaks of both.

use serde_json::{Map, Value};

use crate::run::Run;

type Table = Map<String, Value>;

/// The settings by container, in the order of the configuration.
///
/// A key with fewer names wins over one with more; two keys of as many names that say different
/// things of one container are a fault.
pub(crate) fn by_container(run: &Run, section: &Table) -> Vec<(String, Table)> {
    let mut keys: Vec<(Vec<&str>, &str, &Table)> = Vec::new();
    for (key, value) in section {
        let names: Vec<&str> = key.split(',').map(str::trim).collect();
        match value.as_object() {
            Some(table) => keys.push((names, key, table)),
            None => run.error(
                "bad-setting",
                &["containers.", key].concat(),
                "must be a table",
                None,
            ),
        }
    }
    let mut found: Vec<(String, Table)> = Vec::new();
    for name in keys.iter().flat_map(|(names, _, _)| names) {
        if !found.iter().any(|(known, _)| known == name) {
            found.push(((*name).to_owned(), of_container(run, name, &keys)));
        }
    }
    found
}

fn of_container(run: &Run, name: &str, keys: &[(Vec<&str>, &str, &Table)]) -> Table {
    let longest = keys
        .iter()
        .map(|(names, ..)| names.len())
        .max()
        .unwrap_or(0);
    let mut settings = Table::new();
    for length in (1..=longest).rev() {
        let mut same = Table::new();
        let level = keys.iter().filter(|(names, ..)| names.len() == length);
        for (_, key, table) in level.filter(|(names, ..)| names.contains(&name)) {
            if let Some(setting) = contradiction(&same, table) {
                let text = format!("another list of containers sets `{setting}` of `{name}` too");
                run.error(
                    "ambiguous",
                    &["containers.\"", key, "\""].concat(),
                    &text,
                    None,
                );
            }
            merge(&mut same, table);
        }
        merge(&mut settings, &same);
    }
    settings
}

/// Tables are merged key by key, anything else is replaced.
pub(crate) fn merge(base: &mut Table, over: &Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            _ => drop(base.insert(key.clone(), value.clone())),
        }
    }
}

/// The first setting that both have with a different value.
fn contradiction(a: &Table, b: &Table) -> Option<String> {
    b.iter()
        .find_map(|(key, value)| match (a.get(key)?, value) {
            (Value::Object(a), Value::Object(b)) => {
                contradiction(a, b).map(|inner| [key, ".", &inner].concat())
            }
            (a, b) => (a != b).then(|| key.clone()),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::host;

    #[test]
    fn a_key_may_name_several_containers() {
        let config = json!({ "containers": {
            "app": { "user": "1", "labels": { "b": "2" } },
            "app, worker": { "image": "i:1", "user": "2", "labels": { "a": "1" } },
        } });
        assert_eq!(
            host(config).edits(),
            [
                "set-image app i:1",
                "set-json app/user \"1\"",
                "set-label app a 1",
                "set-label app b 2",
                "set-image worker i:1",
                "set-json worker/user \"2\"",
                "set-label worker a 1",
            ]
        );
    }

    #[test]
    fn two_lists_may_not_contradict() {
        let config = json!({ "containers": {
            "app,worker": { "env": { "A": "1", "B": "2" } },
            "worker,app": { "env": { "A": "1", "B": "3" } },
        } });
        assert_eq!(
            host(config).faults(),
            ["app", "worker"].map(|name| format!(
                "error ambiguous containers.\"worker,app\": \
                 another list of containers sets `env.B` of `{name}` too"
            ))
        );
    }
}
