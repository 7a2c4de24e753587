//! `plugin pull`: what acetate.lock names is fetched, verified and compiled before it is needed.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::super::prepare::{Project, locked};
use super::locking;
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::lock::FILE;
use crate::output::{Output, escape};

/// Fetches what acetate.lock names, verifies it and compiles it
#[derive(Debug, Args)]
#[command(
    after_help = "Runs fetch what is missing themselves; after this they need no registry, and `--offline` works."
)]
pub struct PullArgs {}

#[derive(Serialize)]
struct Told {
    plugin: String,
    digest: String,
    bytes: usize,
    signers: Vec<String>,
}

/// Pulls.
///
/// # Errors
/// No lock, or whatever keeps a plugin from being had or trusted.
pub async fn run(_: &PullArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let lock = locked::read(project.folder())?.ok_or_else(no_lock)?;
    let store = crate::store::of_this_user();
    let sharing = project.sharing(&store)?;
    let mut told = Vec::new();
    for locked in &lock.plugins {
        let Some((reference, verified)) = locked::verify(&sharing, locked).await? else {
            continue;
        };
        let bytes = sharing.bytes(&reference, &verified).await?;
        told.push(Told {
            plugin: locked.plugin.clone(),
            digest: locked.layer.clone(),
            bytes: bytes.len(),
            signers: verified.signers.into_keys().collect(),
        });
        locking::compile(&Arc::clone(&store), locked, bytes).await?;
    }
    store.told().iter().for_each(|event| out.event(event));
    if out.is_json() {
        out.json(&told);
    } else {
        let line = |one: &Told| {
            let signed = match one.signers.is_empty() {
                true => "unsigned".to_owned(),
                false => format!("signed by {}", one.signers.join(", ")),
            };
            let (plugin, digest, bytes) = (&one.plugin, &one.digest, one.bytes);
            format!(
                "{}\n",
                escape::line(&format!("{plugin} {digest}, {bytes} bytes, {signed}"))
            )
        };
        out.data(&told.iter().map(line).collect::<String>());
    }
    Ok(())
}

/// There is no lock file.
pub fn no_lock() -> Error {
    Error::new(ErrorKind::Refused, format!("there is no {FILE}"))
        .hint("`acetate plugin update` verifies the plugins of acetate.toml and writes it")
}
