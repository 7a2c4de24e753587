//! The mark on a revision whose `after` task failed. To ECS its deployment is SUCCESSFUL, and there
//! is no other state than AWS's that a later `rollback` and `history` could know it from.

use super::{DeployArgs, Ready};
use crate::commands::back::active;
use crate::error::Error;
use crate::event::short;
use crate::output::Output;
use crate::plan::Revision;
use crate::render::{after_failed, after_failed_tag};

/// Puts the mark on. Where that is not allowed it is a warning, and the verdict stays.
pub async fn failed(one: &Ready, on: &str, error: &Error, out: &mut Output) {
    if !one.prepared.settings.deploy.stamp {
        return;
    }
    let (key, value) = after_failed_tag(&error.to_string());
    let done = one.prepared.aws.tag_task_definition(on, &key, &value).await;
    if let Err(error) = done {
        out.warn(&format!(
            "`{}` cannot be marked as one whose `after` task failed, so that a later `rollback` may go there: {error}",
            short(on)
        ));
    }
}

/// Takes the mark away from a revision whose `after` tasks ended well this time; a new revision has
/// none.
pub async fn passed(one: &Ready, on: &str, args: &DeployArgs, out: &mut Output) {
    let settings = &one.prepared.settings;
    let ran = !args.skip_tasks && !settings.after.is_empty();
    if !ran || !settings.deploy.stamp || one.plan().revision == Revision::Register {
        return;
    }
    let aws = &one.prepared.aws;
    let Ok(Some(revision)) = active(aws, on).await else {
        return;
    };
    if after_failed(&revision.definition).is_none() {
        return;
    }
    let (key, _) = after_failed_tag("");
    if let Err(error) = aws.untag_task_definition(on, &key).await {
        out.warn(&format!(
            "the mark of a failed `after` task stays on `{}`, so that a later `rollback` does not go there: {error}",
            short(on)
        ));
    }
}
