//! `plugin list`: what acetate.lock names, and what of it is here. Asks nobody.

use clap::Args;
use serde::Serialize;

use super::super::prepare::{Project, locked};
use super::pull::no_lock;
use crate::cli::Global;
use crate::error::Error;
use crate::lock::Locked;
use crate::output::{Output, escape};
use crate::sharing::Sharing;

/// Tells what acetate.lock names, and what of it is here
#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    locked: &'a Locked,
    /// Whether the component is in the store or in the project's folder; none of a file.
    here: Option<bool>,
}

/// Prints it.
///
/// # Errors
/// No lock, or none that can be read.
pub fn run(_: &ListArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let lock = locked::read(project.folder())?.ok_or_else(no_lock)?;
    let sharing = project.sharing(&crate::store::of_this_user())?;
    let told: Vec<Told<'_>> = lock.plugins.iter().map(|one| tell(&sharing, one)).collect();
    if out.is_json() {
        out.json(&told);
    } else {
        out.data(&told.iter().map(text).collect::<String>());
    }
    Ok(())
}

fn tell<'a>(sharing: &Sharing, locked: &'a Locked) -> Told<'a> {
    let is_here = |_| sharing.is_here(&locked.layer);
    let here = locked.manifest.as_ref().map(is_here);
    Told { locked, here }
}

fn text(told: &Told<'_>) -> String {
    let locked = told.locked;
    let signers: Vec<&str> = locked.signers.keys().map(String::as_str).collect();
    let rows = [
        ("  is", format!("{} {}", locked.name, locked.version)),
        ("  component", locked.layer.clone()),
        ("  manifest", locked.manifest.clone().unwrap_or_default()),
        ("  signed by", signers.join(", ")),
        (
            "  here",
            match told.here {
                Some(true) => "yes".to_owned(),
                Some(false) => "no, it is fetched when it is needed".to_owned(),
                None => "a file of the project".to_owned(),
            },
        ),
    ];
    let row = |(name, value): &(&str, String)| match value.trim().is_empty() {
        true => String::new(),
        false => format!("{name:<12} {}\n", escape::line(value)),
    };
    let rows: String = rows.iter().map(row).collect();
    format!("{}\n{rows}", escape::line(&locked.plugin))
}
