//! `plugin inspect`: what a plugin is, imports and asks for, without compiling or running it.

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::given;
use crate::config::limits::{COMPONENT_BYTES, Limits};
use crate::error::Error;
use crate::output::{Output, escape};
use crate::overlay::meaning::{self, Meaning, Powers};
use crate::plugin::inspect::{Inspected, Served, inspect};
use crate::plugin::{INTERFACE_VERSION, PluginSource};

/// Tells what a plugin is, imports and asks for, without running it
#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 where this acetate would not load it.")]
pub struct InspectArgs {
    /// The plugin: FILE, `path:FILE` or `builtin:NAME`
    #[arg(value_name = "PLUGIN")]
    plugin: String,
}

#[derive(Serialize)]
struct Told {
    name: String,
    version: Option<String>,
    description: Option<String>,
    licence: Option<String>,
    homepage: Option<String>,
    kind: Option<&'static str>,
    interface: Option<String>,
    served_interface: &'static str,
    digest: String,
    size: usize,
    edits: Vec<String>,
    capabilities: Vec<Asked>,
    /// What it could do that was given all of it; of the built-in one nothing is to be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    powers: Option<Powers>,
    config: Vec<Setting>,
    imports: Vec<Imported>,
    wasi: Vec<String>,
    producers: Value,
    refusals: Vec<String>,
    disagreements: Vec<String>,
    acetate_toml: String,
}

#[derive(Serialize)]
struct Asked {
    name: String,
    why: String,
}

/// One key of its configuration.
#[derive(Serialize)]
struct Setting {
    key: String,
    takes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Serialize)]
struct Imported {
    interface: String,
    functions: Vec<String>,
}

/// Prints it.
///
/// # Errors
/// A file that cannot be read, or is no plugin that this build loads.
pub fn run(args: &InspectArgs, out: &mut Output) -> Result<(), Error> {
    let source = given::plugin(&args.plugin, COMPONENT_BYTES.most)?;
    let named = match &source {
        PluginSource::Builtin(name) => name.clone(),
        PluginSource::Component { name, .. }
        | PluginSource::File { name, .. }
        | PluginSource::Locked { name, .. } => given::stem(name),
    };
    let told = tell(inspect(source)?, named, &args.plugin);
    if out.is_json() {
        out.json(&told);
    } else {
        out.data(&text(&told));
    }
    match told.refusals.first() {
        None => Ok(()),
        Some(why) => Err(Error::new(
            crate::error::ErrorKind::Input,
            format!("`{}` is no plugin for this acetate: {why}", told.name),
        )),
    }
}

fn tell(inspected: Inspected, named: String, reference: &str) -> Told {
    let (refusals, disagreements) = (inspected.refusals(), inspected.disagreements());
    let is_builtin = reference.starts_with("builtin:");
    let acetate_toml = match is_builtin {
        true => "# at work wherever there is one of [containers], [sidecars], [tags]\n".to_owned(),
        false => lines(&inspected, &named, reference),
    };
    let manifest = inspected.manifest.as_ref();
    let powers = manifest.filter(|_| !is_builtin).map(|manifest| {
        let capabilities = manifest.capabilities.keys().map(String::as_str);
        meaning::wanted(&manifest.name, &manifest.edits, capabilities)
    });
    let text = |of: fn(&crate::plugin::manifest::Manifest) -> Option<String>| manifest.and_then(of);
    let of = |served: Served| inspected.imports.iter().filter(move |i| i.served == served);
    let asked = manifest.map(|manifest| &manifest.capabilities).into_iter();
    Told {
        name: text(|m| Some(m.name.clone())).unwrap_or(named),
        version: text(|m| Some(m.version.clone())),
        description: text(|m| m.description.clone()),
        licence: text(|m| m.licence.clone()),
        homepage: text(|m| m.homepage.clone()),
        kind: match inspected.kinds.as_slice() {
            [kind] => Some(kind.name()),
            _ => None,
        },
        interface: text(|m| Some(m.interface.clone())),
        served_interface: INTERFACE_VERSION,
        edits: manifest.map_or_else(Vec::new, |manifest| manifest.edits.clone()),
        capabilities: asked
            .flatten()
            .map(|(name, why)| Asked {
                name: name.clone(),
                why: why.clone(),
            })
            .collect(),
        powers,
        config: manifest
            .and_then(|manifest| manifest.config_schema.as_ref())
            .map_or_else(Vec::new, |schema| settings(&schema.root().to_value())),
        imports: of(Served::Yes)
            .chain(of(Served::No))
            .map(|import| Imported {
                interface: import.name.clone(),
                functions: import.functions.clone(),
            })
            .collect(),
        wasi: of(Served::Nothing).map(|i| i.name.clone()).collect(),
        producers: serde_json::to_value(&inspected.producers).unwrap_or_default(),
        digest: inspected.digest,
        size: inspected.size,
        refusals,
        disagreements,
        acetate_toml,
    }
}

/// The keys of the configuration, as far as a table of them says it.
fn settings(schema: &Value) -> Vec<Setting> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = |key: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|name| name == key))
    };
    let setting = |(key, property): (&String, &Value)| Setting {
        key: key.clone(),
        takes: takes(property),
        default: property.get("default").cloned(),
        required: required(key),
        description: property
            .get("description")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    properties.into_iter().flatten().map(setting).collect()
}

fn takes(property: &Value) -> String {
    let words = |value: &Value| match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" | "),
        other => plain(other),
    };
    let said = ["enum", "const", "type"].into_iter();
    let said = said.filter_map(|key| property.get(key)).map(words).next();
    said.unwrap_or_else(|| "see its schema".to_owned())
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The lines to paste into acetate.toml: everything that it says it wants.
fn lines(inspected: &Inspected, named: &str, reference: &str) -> String {
    let manifest = inspected.manifest.as_ref();
    let id = manifest.map_or(named, |manifest| manifest.name.as_str());
    let list = match inspected.kinds.as_slice() {
        [crate::plugin::Kind::Policy] => "policies",
        _ => "overlays",
    };
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let id = match id.chars().all(is_bare) && !id.is_empty() {
        true => id.to_owned(),
        false => toml::Value::from(id).to_string(),
    };
    let text = |value: &str| toml::Value::from(value).to_string();
    let plugin = match reference.split_once(':') {
        Some(("builtin" | "path", _)) => reference.to_owned(),
        _ => format!("path:{reference}"),
    };
    let mut lines = format!("[{list}.{id}]\nplugin = {}\n", text(&plugin));
    let edits = manifest
        .map(|manifest| &manifest.edits)
        .into_iter()
        .flatten();
    let places: Vec<String> = edits.map(|place| text(place)).collect();
    if list == "overlays" && !places.is_empty() {
        lines += &format!("allow  = [{}]\n", places.join(", "));
    }
    let asked: Vec<String> = match manifest {
        Some(manifest) => manifest.capabilities.keys().cloned().collect(),
        None => inspected
            .imported_capabilities()
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    let grants: Vec<String> = asked.iter().map(|name| format!("{name} = []")).collect();
    if !grants.is_empty() {
        let grants = grants.join(", ");
        lines += &format!("grant  = {{ {grants} }}    # name what it may see, by pattern\n");
    }
    let (size, usual) = (inspected.size as u64, Limits::default());
    if size > COMPONENT_BYTES.allowed(&usual) && size <= COMPONENT_BYTES.most {
        let room = size.next_multiple_of(1 << 20).min(COMPONENT_BYTES.most);
        lines += &format!("limits = {{ {} }}\n", COMPONENT_BYTES.line(room));
    }
    lines
}

fn text(told: &Told) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    let version = told.version.as_deref().unwrap_or("(no version)");
    rows.push(("plugin", format!("{} {version}", told.name)));
    let mut optional = |name, value: &Option<String>| {
        rows.extend(value.clone().map(|value| (name, value)));
    };
    optional("about", &told.description);
    optional("licence", &told.licence);
    optional("homepage", &told.homepage);
    optional("kind", &told.kind.map(str::to_owned));
    let serves = |version: &String| format!("{version} (this acetate serves {INTERFACE_VERSION})");
    optional("interface", &told.interface.as_ref().map(serves));
    optional("digest", &Some(format!("sha256:{}", told.digest)));
    optional("size", &Some(format!("{} bytes", told.size)));
    rows.extend(told.edits.iter().map(|place| ("edits", place.clone())));
    let asks = |asked: &Asked| ("asks for", format!("{}: {}", asked.name, asked.why));
    rows.extend(told.capabilities.iter().map(asks));
    rows.extend(told.powers.iter().flat_map(could));
    rows.extend(told.config.iter().map(|s| ("config", setting(s))));
    rows.extend(told.imports.iter().map(|i| ("imports", imported(i))));
    let nothing = |name: &String| ("empty WASI", format!("{name}: nothing of this machine"));
    rows.extend(told.wasi.iter().map(nothing));
    rows.extend(producers(&told.producers).map(|made| ("made by", made)));
    rows.extend(
        told.refusals
            .iter()
            .map(|why| ("does not load", why.clone())),
    );
    rows.extend(
        told.disagreements
            .iter()
            .map(|why| ("look at", why.clone())),
    );
    let agree = told.refusals.is_empty() && told.disagreements.is_empty();
    let agreement = agree.then(|| "manifest and imports agree".to_owned());
    rows.extend(agreement.map(|text| ("checked", text)));
    let mut last = "";
    let row = |(name, value): &(&'static str, String)| {
        let shown = if *name == last { "" } else { *name };
        last = name;
        format!("{shown:<18} {}\n", escape::line(value))
    };
    let table: String = rows.iter().map(row).collect();
    format!(
        "{table}\nto use it, in acetate.toml:\n\n{}",
        escape::lines(&told.acetate_toml)
    )
}

/// What all that it asks for comes to: the highest level, then a line each.
fn could(powers: &Powers) -> impl Iterator<Item = (&'static str, String)> {
    let level = powers.level.map(|level| ("level", level.to_string()));
    let means = |meaning: &Meaning| match meaning.level {
        Some(level) => format!("{} ({level}): {}", meaning.line, meaning.says),
        None => format!("{}: {}", meaning.line, meaning.says),
    };
    let lines = powers.may.iter().map(move |m| ("if granted", means(m)));
    level.into_iter().chain(lines)
}

fn setting(setting: &Setting) -> String {
    let mut text = format!("{}: {}", setting.key, setting.takes);
    if let Some(default) = &setting.default {
        text += &format!(", default {default}");
    }
    if setting.required {
        text += ", required";
    }
    if let Some(about) = &setting.description {
        text += &format!(" ({about})");
    }
    text
}

fn imported(import: &Imported) -> String {
    match import.functions.as_slice() {
        [] => import.interface.clone(),
        functions => format!("{}: {}", import.interface, functions.join(", ")),
    }
}

fn producers(producers: &Value) -> impl Iterator<Item = String> {
    let fields = producers.as_object().into_iter().flatten();
    fields.map(|(field, names)| {
        let names = names.as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        format!("{field} {}", names.join(", "))
    })
}
