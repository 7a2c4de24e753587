//! A plugin that gives up because AWS did not answer: AWS's refusal, not a fault of the plugin or
//! its configuration.

use super::Project;
use crate::error::{Error, ErrorKind};
use crate::plugin::{Asked, PluginError};

/// The error of a plugin with the kind that its cause has. A replay asks AWS as little as a run
/// that is offline.
pub fn by_aws(error: Error, project: &Project, asked: &Asked) -> Error {
    if project.global().offline || project.kept().replayed().is_some() {
        return error;
    }
    let Some(gave_up) = error.source.downcast_ref::<PluginError>() else {
        return error;
    };
    if !is_for_want(gave_up, asked) {
        return error;
    }
    Error {
        kind: ErrorKind::AwsRefused,
        ..error
    }
}

/// Whether the plugin repeats what AWS refused it with.
fn is_for_want(error: &PluginError, asked: &Asked) -> bool {
    let told = match error {
        PluginError::GaveUp { failure, .. } => failure.message.clone(),
        PluginError::Reported { .. } => error.to_string(),
        _ => return false,
    };
    let is_of_aws = |granted: &str| {
        matches!(
            granted,
            "parameters" | "parameter-values" | "secret-names" | "secret-keys"
        )
    };
    asked.iter().any(|(question, replied)| {
        let refused = replied.as_ref().err().filter(|f| f.code == "unavailable");
        is_of_aws(question.parts().0) && refused.is_some_and(|f| told.contains(&f.message))
    })
}
