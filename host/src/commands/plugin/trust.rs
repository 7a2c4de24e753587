//! `plugin trust`: who must have signed what, and whose word that is. Asks nobody.

use clap::Args;
use serde::Serialize;

use super::super::prepare::{Project, locked};
use crate::cli::Global;
use crate::error::Error;
use crate::output::{Output, escape};
use crate::overlay::level::Level;
use crate::sharing;
use crate::trust::{Rules, Trust};

/// Tells who must have signed what, and whose word that is
#[derive(Debug, Args)]
pub struct TrustArgs {}

#[derive(Serialize)]
struct Told {
    files: Vec<File>,
    plugins: Vec<Asked>,
}

#[derive(Serialize)]
struct File {
    file: String,
    keys: Vec<Key>,
    rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_level: Option<Level>,
}

#[derive(Serialize)]
struct Key {
    name: String,
    fingerprint: String,
}

#[derive(Serialize)]
struct Rule {
    references: String,
    asks_for: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_level: Option<Level>,
}

/// What is asked for one plugin of acetate.toml; nothing where it is refused.
#[derive(Serialize)]
struct Asked {
    plugin: String,
    asked: Vec<String>,
}

/// Prints it.
///
/// # Errors
/// One of the files cannot be read, or there are faults in it.
pub fn run(_: &TrustArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let trust = project.sharing(&crate::store::of_this_user())?.trust;
    let mut plugins = Vec::new();
    for of in project.plugins(out)? {
        if let Some(reference) = locked::reference(&of.plugin)? {
            plugins.push(Asked {
                plugin: of.plugin.to_string(),
                asked: asked(&trust, &sharing::name(&reference)),
            });
        }
    }
    let told = Told {
        files: trust.files.iter().map(file).collect(),
        plugins,
    };
    if out.is_json() {
        out.json(&told);
    } else {
        out.data(&text(&told));
    }
    Ok(())
}

fn asked(trust: &Trust, name: &str) -> Vec<String> {
    let rules = trust.rules_for(name).into_iter();
    let told = |(file, rule): (&Rules, &crate::trust::Rule)| {
        let (pattern, file) = (&rule.pattern, &file.file);
        format!("{}, by `{pattern}` of {file}", rule.asked())
    };
    rules.map(told).collect()
}

fn file(rules: &Rules) -> File {
    let key = |(name, key): (&String, &crate::trust::PublicKey)| Key {
        name: name.clone(),
        fingerprint: key.fingerprint(),
    };
    let rule = |rule: &crate::trust::Rule| Rule {
        references: rule.pattern.to_string(),
        asks_for: rule.asked(),
        max_level: rule.max_level,
    };
    File {
        file: rules.file.clone(),
        keys: rules.keys.iter().map(key).collect(),
        rules: rules.rules.iter().map(rule).collect(),
        max_level: rules.max_level,
    }
}

fn text(told: &Told) -> String {
    let mut lines = Vec::new();
    let capped = |level: Option<Level>| {
        level.map_or_else(String::new, |level| format!(", no more than level {level}"))
    };
    for file in &told.files {
        lines.push(format!("{}{}", file.file, capped(file.max_level)));
        let key = |key: &Key| format!("  key {} is {}", key.name, key.fingerprint);
        lines.extend(file.keys.iter().map(key));
        let rule = |rule: &Rule| {
            let (references, asks) = (&rule.references, &rule.asks_for);
            format!("  {references} needs {asks}{}", capped(rule.max_level))
        };
        lines.extend(file.rules.iter().map(rule));
    }
    if told.files.is_empty() {
        lines.push("no file says anything: every plugin of a registry is refused".to_owned());
    }
    for plugin in &told.plugins {
        let asked = match plugin.asked.is_empty() {
            true => "no rule is for it: it is refused".to_owned(),
            false => plugin.asked.join("; and "),
        };
        lines.push(format!("{}: {asked}", plugin.plugin));
    }
    let line = |line: &String| format!("{}\n", escape::line(line));
    lines.iter().map(line).collect()
}
