//! `plugin verify`: acetate.lock against all that it has to fit.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::super::prepare::{Project, locked};
use super::pull::no_lock;
use crate::cli::Global;
use crate::config::{PluginRef, Use};
use crate::error::{Error, ErrorKind};
use crate::lock::{FILE, Lock, Locked};
use crate::output::{Output, escape};
use crate::registry::Reference;
use crate::sharing::Sharing;

/// Checks acetate.lock against acetate.toml, the trust files, the store and the registries
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 4 where anything does not fit: also where a tag moved away from the lock. With \
`--offline` no registry is asked."
)]
pub struct VerifyArgs {}

#[derive(Serialize)]
struct Told {
    plugin: String,
    /// Why it does not fit; nothing where it does.
    faults: Vec<String>,
}

/// Checks.
///
/// # Errors
/// [`ErrorKind::Refused`] where anything does not fit; a registry that does not answer.
pub async fn run(_: &VerifyArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let uses = project.plugins(out)?;
    let lock = locked::read(project.folder())?.ok_or_else(no_lock)?;
    let sharing = project.sharing(&crate::store::of_this_user())?;
    let mut told = Vec::new();
    for of in &uses {
        let plugin = of.plugin.to_string();
        let faults = match lock.find(&plugin) {
            Some(locked) => {
                let mut faults = granted(of, locked);
                faults.extend(verified(&sharing, locked, global.offline).await?);
                faults.extend(file(&project, of, locked)?);
                faults
            }
            None => vec![format!("it is not in {FILE}")],
        };
        told.push(Told { plugin, faults });
    }
    told.extend(unused(&uses, &lock));
    print(&told, out);
    match told.iter().filter(|one| !one.faults.is_empty()).count() {
        0 => Ok(()),
        count => {
            let noun = if count == 1 {
                "plugin does"
            } else {
                "plugins do"
            };
            Err(
                Error::new(ErrorKind::Refused, format!("{count} {noun} not fit {FILE}"))
                    .hint("`acetate plugin update` shows what changed, and writes it anew"),
            )
        }
    }
}

fn granted(of: &Use, locked: &Locked) -> Vec<String> {
    let more = of.granted.iter().flat_map(|(entry, lines)| {
        let more = locked.not_granted(entry, lines).into_iter();
        more.map(move |line| format!("acetate.toml gives it more: {line} ({entry})"))
    });
    more.collect()
}

/// What is wrong with a plugin of a registry.
async fn verified(sharing: &Sharing, locked: &Locked, offline: bool) -> Result<Vec<String>, Error> {
    let refused = |error: Error| match error.kind {
        ErrorKind::Refused => Ok(error.to_string()),
        _ => Err(error),
    };
    let (reference, verified) = match locked::verify(sharing, locked).await {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(verified)) => verified,
        Err(error) => return refused(error).map(|fault| vec![fault]),
    };
    let mut faults = Vec::new();
    if let Err(error) = sharing.bytes(&reference, &verified).await {
        faults.push(refused(error)?);
    }
    if !offline && reference.digest.is_none() {
        faults.extend(moved(sharing, &reference, &verified.digest).await?);
    }
    Ok(faults)
}

/// Whether a tag names something else by now.
async fn moved(
    sharing: &Sharing,
    reference: &Reference,
    locked: &str,
) -> Result<Option<String>, Error> {
    let now = sharing.resolve(reference).await?.digest;
    Ok((now != locked).then(|| {
        let tag = reference.version();
        format!("the tag `{tag}` moved away from the lock: it is {now} now, and {locked} is locked")
    }))
}

/// What is wrong with a file of the project.
fn file(project: &Project, of: &Use, locked: &Locked) -> Result<Option<String>, Error> {
    let PluginRef::Path(path) = &of.plugin else {
        return Ok(None);
    };
    let is = format!("sha256:{}", super::locking::digest(project.folder(), path)?);
    Ok((is != locked.layer).then(|| format!("the file is {is}, and {} is locked", locked.layer)))
}

fn unused(uses: &[Use], lock: &Lock) -> Vec<Told> {
    let used: BTreeSet<String> = uses.iter().map(|of| of.plugin.to_string()).collect();
    let unused = lock
        .plugins
        .iter()
        .filter(|one| !used.contains(&one.plugin));
    let told = |one: &Locked| Told {
        plugin: one.plugin.clone(),
        faults: vec!["no entry of acetate.toml has it".to_owned()],
    };
    unused.map(told).collect()
}

fn print(told: &[Told], out: &mut Output) {
    if out.is_json() {
        return out.json(&told);
    }
    let mut text = String::new();
    for one in told {
        let fits = if one.faults.is_empty() { ": fits" } else { "" };
        text += &format!("{}{fits}\n", escape::line(&one.plugin));
        for fault in &one.faults {
            text += &format!("  {}\n", escape::line(fault));
        }
    }
    out.data(&text);
}
