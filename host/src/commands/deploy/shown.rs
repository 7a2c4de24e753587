//! `plan`, and `deploy --dry-run`: what would change, then the calls that would be made.

use super::{DeployArgs, Ready, kept};
use crate::commands::difference::difference;
use crate::error::Error;
use crate::output::Output;

/// Shows the plans of a run, and keeps them where that was asked for.
///
/// # Errors
/// The disk's.
pub async fn show(ready: &[Ready], args: &DeployArgs, out: &mut Output) -> Result<(), Error> {
    let mut differences = Vec::new();
    for one in ready {
        let difference = difference(&one.prepared, &one.member.project).await?;
        let mut out = one.member.out(out);
        out.difference(&difference);
        out.plan(one.plan());
        differences.push(difference);
    }
    let (Some(file), Some(first)) = (&args.out, ready.first()) else {
        return Ok(());
    };
    kept::write(ready, &differences, args, first.global(), file)?;
    out.note(&format!(
        "kept in `{0}`; `acetate deploy --plan {0}` does it",
        file.display()
    ));
    Ok(())
}

/// Has what a deploy changes in the summary of the run, where somebody reads one. Made once the
/// update was accepted, which waits for nothing that is only told.
pub async fn summarise(one: &Ready, out: &mut Output) {
    if !out.has_summary() || one.prepared.template.secret {
        return;
    }
    // It is told, and nothing else hangs on it.
    if let Ok(difference) = difference(&one.prepared, &one.member.project).await {
        out.summarise(&difference);
    }
}
