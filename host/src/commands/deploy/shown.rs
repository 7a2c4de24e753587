//! `plan`, and `deploy --dry-run`: what would change, then the calls that would be made.

use super::{DeployArgs, Ready, kept};
use crate::commands::difference::difference;
use crate::commands::prepare::Project;
use crate::error::Error;
use crate::output::Output;

/// Shows the plans of a run, and keeps them where that was asked for.
///
/// # Errors
/// The disk's.
pub async fn show(
    ready: &[Ready],
    args: &DeployArgs,
    project: &Project,
    out: &mut Output,
) -> Result<(), Error> {
    let mut differences = Vec::new();
    for one in ready {
        let difference = difference(&one.prepared, project).await?;
        out.difference(&difference);
        out.plan(&one.plan);
        differences.push(difference);
    }
    let Some(file) = &args.out else {
        return Ok(());
    };
    kept::write(ready, &differences, args, project.global(), file)?;
    out.note(&format!(
        "kept in `{0}`; `acetate deploy --plan {0}` does it",
        file.display()
    ));
    Ok(())
}

/// Has what a deploy changes in the summary of the run, where somebody reads one. Made once the
/// update was accepted, which waits for nothing that is only told.
pub async fn summarise(one: &Ready, project: &Project, out: &mut Output) {
    if !out.has_summary() || one.prepared.template.secret {
        return;
    }
    // It is told, and nothing else hangs on it.
    if let Ok(difference) = difference(&one.prepared, project).await {
        out.summarise(&difference);
    }
}
