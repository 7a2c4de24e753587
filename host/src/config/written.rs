//! The configuration of an entry as it was written: what its plugin finds wrong with it is told
//! with file, line and key, as everything else is.

use serde_json::Value;

use super::Settings;
use super::node::{Data, Node, Table, read};
use super::problem::{Findings, Place, Problem};
use super::settings::{STANDARD, STANDARD_TABLES};
use crate::task_definition::address::unescaped;

/// A place in the configuration of an entry.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// RFC 6901 pointer to a value.
    Value(&'a str),
    /// RFC 6901 pointer to a member of a table, of which the key is meant.
    Key(&'a str),
    /// Dotted, with no quotes: `containers.app.env.A.B`.
    Dotted(&'a str),
}

/// The configuration of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    file: String,
    node: Node,
}

impl Written {
    /// The same as JSON, variables as they were written.
    #[must_use]
    pub fn json(&self) -> Value {
        self.node.json()
    }

    /// Something that is wrong at a place of it: at the last place on the way there that was
    /// written, where it was not itself.
    #[must_use]
    pub fn problem(&self, at: At<'_>, message: &str, hint: Option<String>) -> Problem {
        let place = match at {
            At::Value(pointer) => value(&self.node, pointer),
            At::Key(pointer) => key(&self.node, pointer),
            At::Dotted(key) => dotted(&self.node, key),
        };
        let mut findings = Findings::new(&self.file);
        findings.add(place, message, hint);
        findings.all().remove(0)
    }
}

impl Settings {
    /// The configuration of the entry of `overlays` or `policies` that has this name.
    #[must_use]
    pub fn written(&self, list: &str, id: &str) -> Written {
        let merged = &self.source.merged;
        let nothing = Node {
            data: Data::Table(Table::default()),
            place: Place::default(),
        };
        let entry = || merged.table(list)?.get(id);
        let node = match (list, id) {
            ("overlays", STANDARD) => standard(merged),
            _ => entry()
                .map(|entry| {
                    let config = entry.table().and_then(|table| table.get("config"));
                    config.unwrap_or(entry).clone()
                })
                .unwrap_or(nothing),
        };
        Written {
            file: self.source.file.clone(),
            node,
        }
    }
}

/// What each layer of a file says to the built-in plugin: the file's own tables and those of each
/// service and environment, one by one. Nothing of a file that is no TOML.
#[must_use]
pub fn standard_of_each_layer(text: &str, file: &str) -> Vec<Written> {
    let mut findings = Findings::new(file);
    let root = read(text, &mut findings);
    if !findings.is_empty() {
        return Vec::new();
    }
    let below = |table: &Table, list: &str| -> Vec<Table> {
        let tables = table.tables(list).map(|(_, table)| table.clone());
        tables.collect()
    };
    let (services, environments) = (below(&root, "services"), below(&root, "environments"));
    let theirs: Vec<Table> = environments
        .iter()
        .flat_map(|table| below(table, "services"))
        .collect();
    std::iter::once(&root)
        .chain(&services)
        .chain(&environments)
        .chain(&theirs)
        .map(|layer| Written {
            file: file.to_owned(),
            node: standard(layer),
        })
        .collect()
}

/// The tables that are the built-in plugin's configuration.
fn standard(layer: &Table) -> Node {
    let fields = layer
        .fields
        .iter()
        .filter(|field| STANDARD_TABLES.contains(&field.name.as_str()));
    Node {
        data: Data::Table(Table {
            fields: fields.cloned().collect(),
        }),
        place: Place::default(),
    }
}

fn names(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(unescaped)
}

fn value<'a>(root: &'a Node, pointer: &str) -> &'a Place {
    let mut node = root;
    for name in names(pointer) {
        let below = match &node.data {
            Data::Table(table) => table.get(&name),
            Data::List(items) => name.parse().ok().and_then(|at: usize| items.get(at)),
            _ => None,
        };
        match below {
            Some(below) => node = below,
            None => break,
        }
    }
    &node.place
}

fn key<'a>(root: &'a Node, pointer: &str) -> &'a Place {
    let (table, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let name = unescaped(name);
    let mut node = root;
    for step in names(table) {
        match node.table().and_then(|table| table.get(&step)) {
            Some(below) => node = below,
            None => return value(root, table),
        }
    }
    let field = node
        .table()
        .and_then(|table| table.fields.iter().find(|field| field.name == name));
    field.map_or(&node.place, |field| &field.place)
}

/// A name may have dots of its own: at each table the longest that fits is taken.
fn dotted<'a>(root: &'a Node, key: &str) -> &'a Place {
    let (mut place, mut node, mut rest) = (&root.place, root, key);
    while let Some(table) = node.table() {
        let fits = |name: &str| match rest.strip_prefix(name) {
            Some("") => true,
            Some(after) => after.starts_with('.'),
            None => false,
        };
        let fitting = table.fields.iter().filter(|field| fits(&field.name));
        let Some(field) = fitting.max_by_key(|field| field.name.len()) else {
            break;
        };
        (place, node) = (&field.place, &field.value);
        rest = rest[field.name.len()..].trim_start_matches('.');
        if rest.is_empty() {
            break;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Selection};
    use super::*;

    const TEXT: &str = r#"template = "file:t"
family = "f"
[containers.app]
imgae = "x"
cpu = "much"
env = { "A.B" = "1", A = "2" }
[overlays.o]
plugin = "builtin:x"
config.list = [1, "two"]
[environments.prod.containers.app]
cpu = "more"
ports = [
  1,
  "x",
]
"#;

    fn written(environment: Option<&str>, id: &str) -> Written {
        let config = Config::parse(TEXT, "a.toml").expect("it is good");
        let selection = Selection {
            service: None,
            environment,
            set: &[],
            env: &|_| None,
        };
        let settings = config.settings(&selection).expect("they are good");
        settings.written("overlays", id)
    }

    fn told(written: &Written, at: At<'_>) -> String {
        written.problem(at, "wrong", None).to_string()
    }

    #[test]
    fn a_place_is_that_of_the_last_layer_that_says_something_there() {
        let written = written(Some("prod"), STANDARD);
        for (at, expected) in [
            (
                At::Key("/containers/app/imgae"),
                "a.toml:4:1: wrong (key `containers.app.imgae`)",
            ),
            (
                At::Value("/containers/app/cpu"),
                "a.toml:11:7: wrong (key `environments.prod.containers.app.cpu`)",
            ),
            (
                At::Value("/containers/app/ports/1"),
                "a.toml:14:3: wrong (key `environments.prod.containers.app.ports`)",
            ),
            (
                At::Dotted("containers.app.env.A.B"),
                "a.toml:6:9: wrong (key `containers.app.env.\"A.B\"`)",
            ),
            (
                At::Dotted("containers.app.env.C"),
                "a.toml:6:1: wrong (key `containers.app.env`)",
            ),
            (At::Dotted("nothing"), "a.toml: wrong"),
        ] {
            assert_eq!(told(&written, at), expected);
        }
    }

    #[test]
    fn the_configuration_of_a_plugin_has_its_places_too() {
        let written = written(Some("prod"), "o");
        let expected = "a.toml:9:19: wrong (key `overlays.o.config.list`)";
        assert_eq!(told(&written, At::Value("/list/1")), expected);
        assert_eq!(written.json(), serde_json::json!({ "list": [1, "two"] }));
    }

    #[test]
    fn each_layer_is_looked_at_by_itself() {
        let all = standard_of_each_layer(TEXT, "a.toml");
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].json()["containers"]["app"]["cpu"], "more");
        assert_eq!(standard_of_each_layer("a = ", "a.toml"), []);
    }
}
