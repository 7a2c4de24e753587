//! A service that is not touched because a deployment is in progress: what that one waits for, and
//! the commands that decide.

use super::history::moment;
use super::looking::{Again, refused};
use crate::aws::Aws;
use crate::error::{Error, ErrorKind};
use crate::plan::Refusal;
use crate::wait::observation::{PauseView, ServiceDeploymentView, ServiceView};

/// Who is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `deploy`, which can queue.
    Deploy,
    /// `rollback`, which cannot.
    Rollback,
}

/// A refusal as it is told. Where a deployment is in progress, one look more tells whether it
/// waits in a PAUSE hook; nothing is said of that where it cannot be seen.
pub async fn told(
    refusal: Refusal,
    verb: Verb,
    (aws, view): (&Aws, &ServiceView),
    again: &Again,
) -> Error {
    if !matches!(refusal, Refusal::InProgress { .. }) {
        return refused(refusal);
    }
    let seen = deployment(aws, view).await;
    let paused = seen.and_then(|d| Some((d.pause?, d.stage)));
    let message = match &paused {
        Some((pause, stage)) => format!("{refusal}, and {}", words(pause, stage.as_deref())),
        None => refusal.to_string(),
    };
    let hints = hints(verb, paused.is_some(), again);
    let error = Error::new(ErrorKind::Refused, message);
    hints.into_iter().fold(error, Error::hint)
}

/// The service deployment that was made last, where that can be seen.
pub async fn deployment(aws: &Aws, view: &ServiceView) -> Option<ServiceDeploymentView> {
    let arn = view.current_deployment.clone()?;
    let seen = aws.describe_service_deployments(&[arn]).await.ok()?;
    seen.into_iter().next()
}

/// `is PAUSED in BAKE_TIME until 2026-11-25 07:30:00Z, and then AWS takes ROLLBACK`.
pub fn words(pause: &PauseView, stage: Option<&str>) -> String {
    let stage = stage.map_or_else(String::new, |stage| format!(" in {stage}"));
    let until = pause
        .expires_at
        .map_or_else(String::new, |at| format!(" until {}", moment(at)));
    let action = pause.timeout_action.as_ref();
    let action = action.map_or_else(String::new, |a| format!(", and then AWS takes {a}"));
    format!("is PAUSED{stage}{until}{action}")
}

/// The ways out, the nearest first.
fn hints(verb: Verb, is_paused: bool, again: &Again) -> Vec<String> {
    let Again {
        wait,
        proceed,
        abort,
        ..
    } = again;
    let over = "`--replace` takes over from it";
    let first = match (is_paused, verb) {
        (true, _) => format!("`{proceed}` lets it go on, `{abort}` rolls it back"),
        (false, Verb::Deploy) => {
            format!("`{wait}` follows it; `--queue` waits for its end and then deploys, {over}")
        }
        (false, Verb::Rollback) => format!("`{abort}` ends it by rolling it back"),
    };
    let second = match (is_paused, verb) {
        (true, Verb::Deploy) => format!("{over}; `--queue` would wait until someone decides"),
        (true, Verb::Rollback) => over.to_owned(),
        (false, Verb::Deploy) => return vec![first],
        (false, Verb::Rollback) => format!("`{wait}` follows it; {over}"),
    };
    vec![first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_as_far_as_it_is_known() {
        let mut pause = PauseView::default();
        assert_eq!(words(&pause, None), "is PAUSED");
        pause.expires_at = Some(0.0);
        pause.timeout_action = Some("ROLLBACK".to_owned());
        assert_eq!(
            words(&pause, Some("BAKE_TIME")),
            "is PAUSED in BAKE_TIME until 1970-01-01 00:00:00Z, and then AWS takes ROLLBACK"
        );
    }
}
