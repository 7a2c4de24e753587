//! `plugin push`: a component into a registry. The same bytes give the same digest: there is no clock
//! in what is sent.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::given;
use crate::cli::Global;
use crate::config::PluginRef;
use crate::config::limits::COMPONENT_BYTES;
use crate::error::{Error, ErrorKind};
use crate::output::{Output, escape};
use crate::plugin::inspect::{Inspected, inspect};
use crate::plugin::manifest::Manifest;
use crate::plugin::{self, Limits, PluginSource};
use crate::registry::{IMAGE, Reference};
use crate::sharing::{self, LAYERS};
use crate::store::Digest;

const CONFIG: &str = "application/vnd.wasm.config.v0+json";

/// Sends a plugin to a registry
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is signed by it: `cosign sign --key KEY REFERENCE@DIGEST` does that. The same component gives \
the same digest each time."
)]
pub struct PushArgs {
    /// The component: FILE, or `path:FILE`
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Where to, with a tag: `oci:REGISTRY/REPOSITORY:TAG`
    #[arg(value_name = "REFERENCE")]
    to: String,
}

#[derive(Serialize)]
struct Told {
    reference: String,
    digest: String,
    component: String,
}

/// Sends it.
///
/// # Errors
/// No plugin, or none that this acetate would load; a registry that does not take it.
pub async fn run(args: &PushArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let to = target(&args.to)?;
    if global.offline {
        return Err(Error::new(
            ErrorKind::Usage,
            "nothing can be sent with `--offline`",
        ));
    }
    let bytes = component(&args.plugin)?;
    let name = args.plugin.clone();
    let inspected = inspect(PluginSource::Component {
        name,
        bytes: bytes.clone(),
    })?;
    let said = fit(&args.plugin, &inspected)?;
    let (config, manifest) = written(said, &inspected, &bytes);
    let blobs: [&[u8]; 2] = [&config, &bytes];
    let sent = sharing::registry()?.push(&to, &blobs, &manifest).await;
    let told = Told {
        reference: to.to_string(),
        digest: sent.map_err(sharing::told)?,
        component: format!("sha256:{}", inspected.digest),
    };
    if out.is_json() {
        out.json(&told);
    } else {
        out.data(&format!(
            "{}@{}",
            escape::line(&sharing::name(&to)),
            told.digest
        ));
        out.note("it is not signed; `cosign sign --key KEY` and the reference above do that");
    }
    Ok(())
}

fn target(text: &str) -> Result<Reference, Error> {
    let wrong = |why: &str| {
        let message = format!("`{text}` is no place to send a plugin to: {why}");
        Err(Error::new(ErrorKind::Usage, message).hint("write `oci:REGISTRY/REPOSITORY:TAG`"))
    };
    let Ok(PluginRef::Oci(reference)) = text.parse() else {
        return wrong("it does not begin with `oci:`");
    };
    match reference.parse::<Reference>() {
        Ok(to) if to.digest.is_none() => Ok(to),
        Ok(_) => wrong("a digest is what comes of it"),
        Err(why) => wrong(&why),
    }
}

fn component(named: &str) -> Result<Vec<u8>, Error> {
    let limits = Limits {
        component_bytes: usize::try_from(COMPONENT_BYTES.most).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    match given::plugin(named, COMPONENT_BYTES.most)? {
        PluginSource::File { name, file } => Ok(plugin::read(&name, &file, &limits)?),
        PluginSource::Component { bytes, .. } => Ok(bytes),
        PluginSource::Builtin(_) | PluginSource::Locked { .. } => Err(Error::new(
            ErrorKind::Usage,
            format!("`{named}` is no file, and only files are sent"),
        )),
    }
}

/// What nobody could run is not sent.
fn fit<'a>(named: &str, inspected: &'a Inspected) -> Result<&'a Manifest, Error> {
    let refused = |why: String| Error::new(ErrorKind::Input, format!("plugin `{named}`: {why}"));
    if let Some(why) = inspected.refusals().first() {
        return Err(refused(escape::line(why).into_owned()));
    }
    let manifest = inspected.manifest.as_ref();
    manifest.ok_or_else(|| {
        refused(
            "it has no manifest, and without one it is refused wherever it is locked".to_owned(),
        )
    })
}

/// Configuration and manifest, by the layout for components in registries.
fn written(said: &Manifest, inspected: &Inspected, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let layer = format!("sha256:{}", inspected.digest);
    let imports: Vec<&String> = inspected.imports.iter().map(|i| &i.name).collect();
    let exports: Vec<String> = inspected
        .kinds
        .iter()
        .map(|kind| format!("acetate:plugin/{}@{}", kind.name(), said.interface))
        .collect();
    let config = json!({
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer],
        "component": { "exports": exports, "imports": imports },
    });
    let config = config.to_string().into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": { "mediaType": CONFIG, "digest": format!("sha256:{}", Digest::of(&config)), "size": config.len() },
        "layers": [{
            "mediaType": LAYERS[0], "digest": layer, "size": bytes.len(),
            "annotations": { "org.opencontainers.image.title": format!("{}.wasm", said.name) },
        }],
        "annotations": annotations(said),
    });
    (config, manifest.to_string().into_bytes())
}

fn annotations(said: &Manifest) -> Map<String, Value> {
    let all = [
        ("title", Some(&said.name)),
        ("version", Some(&said.version)),
        ("description", said.description.as_ref()),
        ("licenses", said.licence.as_ref()),
        ("url", said.homepage.as_ref()),
    ];
    let given = all
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)));
    let pair = |(name, text): (&str, &String)| {
        let name = format!("org.opencontainers.image.{name}");
        (name, Value::from(text.replace('\n', " ")))
    };
    given.map(pair).collect()
}
