//! Which plugins a configuration names, over all its services and environments, and what each of
//! them is given.

use std::collections::{BTreeMap, BTreeSet};

use super::layers;
use super::node::{Data, Node, Table};
use super::problem::Findings;
use super::variables::{self, Variable};
use super::{PluginRef, Settings};

/// A plugin that some service has in some environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The plugin, with environment and service filled in.
    pub plugin: PluginRef,
    /// What it is given, as written, by entry: `overlays.NAME` or `policies.NAME`.
    pub granted: BTreeMap<String, BTreeSet<String>>,
}

/// Lists of entries.
pub const LISTS: [&str; 2] = ["overlays", "policies"];

/// Every plugin but the built-in one, in order. A file whose name depends on an input is left out:
/// it is whatever the run says.
pub fn all(root: &Table, findings: &mut Findings) -> Vec<Use> {
    let mut found: BTreeMap<PluginRef, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (service, environment) in choices(root) {
        let merged = layers::merged(root, service, environment);
        let written = merged.text("service");
        let value = |variable: &Variable| match variable {
            Variable::Env => environment.map(str::to_owned),
            Variable::Service => service.or(written).map(str::to_owned),
            Variable::Input(_) => None,
        };
        for list in LISTS {
            for (field, entry) in merged.tables(list) {
                let Some(node) = entry.get("plugin") else {
                    continue;
                };
                if let Some(plugin) = plugin(node, &value, findings) {
                    let granted = found.entry(plugin).or_default();
                    let entries = granted.entry(format!("{list}.{}", field.name));
                    entries.or_default().extend(self::granted(entry));
                }
            }
        }
    }
    let one = |(plugin, granted)| Use { plugin, granted };
    found.into_iter().map(one).collect()
}

fn plugin(
    node: &Node,
    value: &dyn Fn(&Variable) -> Option<String>,
    findings: &mut Findings,
) -> Option<PluginRef> {
    let text = node.text()?;
    let filled = variables::fill(text, value);
    let depends = variables::used(text)
        .iter()
        .any(|variable| value(variable).is_none());
    let plugin: PluginRef = filled.parse().ok()?;
    match &plugin {
        PluginRef::Builtin(_) => None,
        PluginRef::Path(_) if depends => None,
        PluginRef::Oci(_) if depends => {
            let hint = "name it in full; `${env}` and `${service}` may stand in it".to_owned();
            let message = format!("plugin `{text}` depends on an input, and cannot be locked");
            findings.add(&node.place, message, Some(hint));
            None
        }
        PluginRef::Path(_) | PluginRef::Oci(_) => Some(plugin),
    }
}

/// Every service in every environment, as far as there are some.
fn choices(root: &Table) -> Vec<(Option<&str>, Option<&str>)> {
    let names = |list: &str| -> Vec<Option<&str>> {
        let names: Vec<_> = root
            .tables(list)
            .map(|(f, _)| Some(f.name.as_str()))
            .collect();
        match names.is_empty() {
            true => vec![None],
            false => names,
        }
    };
    let (services, environments) = (names("services"), names("environments"));
    let each = |service| {
        environments
            .iter()
            .map(move |environment| (service, *environment))
    };
    services.into_iter().flat_map(each).collect()
}

impl Settings {
    /// What an entry is given, as written: of `overlays` or `policies`, by its name.
    #[must_use]
    pub fn granted(&self, list: &str, id: &str) -> BTreeSet<String> {
        let entry = self.source.merged.table(list).and_then(|all| all.table(id));
        entry.map(granted).unwrap_or_default()
    }
}

/// What an entry is given, a line each, as written.
fn granted(entry: &Table) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (key, word) in [
        ("allow", "allow"),
        ("override", "override"),
        ("inputs", "input"),
    ] {
        let texts = entry.get(key).map(Node::texts).unwrap_or_default();
        lines.extend(texts.into_iter().map(|text| format!("{word} {text}")));
    }
    for field in entry
        .table("grant")
        .into_iter()
        .flat_map(|grant| &grant.fields)
    {
        let name = &field.name;
        match &field.value.data {
            Data::Boolean(true) => drop(lines.insert(format!("grant {name} (all)"))),
            _ => lines.extend(
                field
                    .value
                    .texts()
                    .iter()
                    .map(|text| format!("grant {name} {text}")),
            ),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::tests::SEVERAL;
    use super::*;

    fn uses(text: &str) -> Vec<String> {
        let all = Config::parse(text, "f").expect("it is good").plugins();
        let lines = |granted: &BTreeMap<String, BTreeSet<String>>| {
            let one = |(entry, lines): (&String, &BTreeSet<String>)| {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                format!("{entry}: {}", lines.join(", "))
            };
            granted.iter().map(one).collect::<Vec<_>>().join("; ")
        };
        match all {
            Ok(all) => all
                .iter()
                .map(|u| format!("{} [{}]", u.plugin, lines(&u.granted)))
                .collect(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn all_services_and_environments_are_looked_through() {
        assert_eq!(
            uses(SEVERAL),
            [
                "oci:ghcr.io/acme/baseline:1.4.0 [policies.baseline: ]",
                "oci:ghcr.io/acme/otel:1.2.0 [overlays.otel: allow sidecars, grant parameters /${env}/web/*]",
            ]
        );
        let text = r#"
            template = "file:t"
            family = "f-${env}"
            [overlays.a]
            plugin = "oci:r.io/a:${env}"
            allow = ["env:app:A"]
            grant = { images = true, files = false }
            inputs = ["x"]
            override = ["env:app:B"]
            [overlays.b]
            plugin = "path:${service}.wasm"
            [inputs.x]
            [services.web]
            [services.worker]
            overlays.b.plugin = "path:${inputs.x}"
            [environments.one]
            [environments.two]
            overlays.a.allow = ["env:app:C"]
            shared-family = true
            [environments.three]
            shared-family = true
            overlays.a.plugin = "oci:r.io/a:one"
        "#;
        let text = text.replace("family = \"f-${env}\"", "family = \"f-${env}-${service}\"");
        assert_eq!(
            uses(&text),
            [
                "path:web.wasm [overlays.b: ]",
                "oci:r.io/a:one [overlays.a: allow env:app:A, grant images (all), input x, override env:app:B]",
                "oci:r.io/a:two [overlays.a: allow env:app:C, grant images (all), input x, override env:app:B]",
            ]
        );
    }

    #[test]
    fn a_registrys_plugin_that_depends_on_an_input_cannot_be_locked() {
        let text = "template = \"file:t\"\nfamily = \"f\"\n[overlays.a]\nplugin = \"oci:r.io/a:${inputs.v}\"\n";
        let told = "f:4:10: plugin `oci:r.io/a:${inputs.v}` depends on an input, and cannot be locked (key `overlays.a.plugin`)";
        assert_eq!(uses(text), [told]);
    }
}
