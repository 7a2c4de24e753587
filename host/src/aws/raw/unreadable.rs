//! Answers that came with a good status and cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    Error, FinalizerInterceptorContextMut, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Answers of one call that came with a good status and cannot be read. A proxy makes one of them
/// in passing, and an endpoint that is none of AWS's all of them: the first few are made transient
/// faults, which the SDK tries again where it may.
#[derive(Debug, Clone, Default)]
pub(in crate::aws) struct Unreadable(Arc<AtomicU32>);

impl Unreadable {
    /// How many of them in a call are tried again.
    pub(in crate::aws) const AGAIN: u32 = 2;

    /// Counts one; whether the call is to be tried again.
    pub(in crate::aws) fn is_passing(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) < Self::AGAIN
    }

    /// Makes the first few transient.
    pub(super) fn judge(&self, output: &mut Result<Output, OrchestratorError<Error>>) {
        if self.is_passing() {
            *output = Err(OrchestratorError::response("it cannot be read".into()));
        }
    }
}

/// For calls whose answers the SDK reads.
#[dyn_dispatch_hint]
impl Intercept for Unreadable {
    fn name(&self) -> &'static str {
        "unreadable answers"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_good = context.response().is_some_and(|r| r.status().is_success());
        if let (true, Some(output @ Err(_))) = (is_good, context.output_or_error_mut()) {
            self.judge(output);
        }
        Ok(())
    }
}
