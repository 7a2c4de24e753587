//! What the attempts of a call leave in doubt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::aws::error::{CallError, is_changing, never_sent};

/// Whether an attempt of a call may have been done though it failed. The call's error is that of
/// its last attempt, which may have been throttled after another one's answer was lost.
#[derive(Debug, Clone, Default)]
pub(in crate::aws) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// The error, with what the attempts before the last one leave in doubt.
    pub(in crate::aws) fn added_to(&self, error: CallError) -> CallError {
        let doubtful = self.0.load(Ordering::Relaxed) && is_changing(error.operation);
        CallError {
            maybe_done: error.maybe_done || doubtful,
            ..error
        }
    }
}

#[dyn_dispatch_hint]
impl Intercept for Doubt {
    fn name(&self) -> &'static str {
        "attempts in doubt"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let doubtful = match context.response() {
            Some(answer) => answer.status().is_success() || answer.status().is_server_error(),
            None => match error.as_connector_error() {
                Some(error) => !never_sent(error),
                None => error.is_timeout_error(),
            },
        };
        self.0.fetch_or(doubtful, Ordering::Relaxed);
        Ok(())
    }
}
