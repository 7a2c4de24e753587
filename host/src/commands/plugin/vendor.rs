//! `plugin vendor`: what acetate.lock names, as files of the project.

use clap::Args;

use super::super::prepare::{Project, locked};
use super::pull::no_lock;
use crate::cli::Global;
use crate::error::Error;
use crate::output::{Output, escape};
use crate::sharing::vendor;

/// Writes what acetate.lock names into a folder of the project, for pipelines without a registry
#[derive(Debug, Args)]
#[command(
    after_help = "`vendored = \"FOLDER\"` in acetate.toml takes plugins from there. What is in it is verified as \
everything else is."
)]
pub struct VendorArgs {
    /// Folder of the project; it is made where it is not there
    #[arg(value_name = "FOLDER")]
    folder: String,
}

/// Writes.
///
/// # Errors
/// No lock, whatever keeps a plugin from being had or trusted, or the disk.
pub async fn run(args: &VendorArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let lock = locked::read(project.folder())?.ok_or_else(no_lock)?;
    let sharing = project.sharing(&crate::store::of_this_user())?;
    let mut count = 0;
    for locked in &lock.plugins {
        let Some((reference, verified)) = locked::verify(&sharing, locked).await? else {
            continue;
        };
        let bytes = sharing.bytes(&reference, &verified).await?;
        vendor(project.folder(), &args.folder, &verified, &bytes)?;
        out.note(&format!(
            "{} is in `{}`",
            escape::line(&locked.plugin),
            args.folder
        ));
        count += 1;
    }
    if project.config().vendored().as_deref() != Some(args.folder.as_str()) && count > 0 {
        let folder = toml::Value::from(args.folder.as_str());
        out.note(&format!(
            "`vendored = {folder}` in acetate.toml takes plugins from there"
        ));
    }
    Ok(())
}
