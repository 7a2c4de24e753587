//! Raw bytes in and out of the SDK: it keeps signing, credentials, endpoints and retries, and
//! never gets to drop a member that it does not know (invariant 1).

mod doubt;
mod unreadable;

use std::error::Error as StdError;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    FinalizerInterceptorContextMut, FinalizerInterceptorContextRef, InterceptorContext, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ErrorKind;
use serde_json::Value;

use super::error::{CallError, never_sent};
use crate::task_definition::position::read;
pub(super) use doubt::Doubt;
pub(super) use unreadable::Unreadable;

/// One call's raw bytes: a request body to send in place of the SDK's, and the answer's body.
#[derive(Debug, Clone, Default)]
pub(super) struct Raw {
    request: Option<Arc<Vec<u8>>>,
    answer: Arc<Mutex<Option<Vec<u8>>>>,
    stand_in: Option<fn() -> Output>,
    accounts: bool,
    unreadable: Unreadable,
    doubt: Doubt,
}

impl Raw {
    /// Sends these bytes in place of the body that the SDK made.
    pub(super) fn sending(body: Vec<u8>) -> Self {
        Self {
            request: Some(Arc::new(body)),
            ..Self::default()
        }
    }

    /// Takes every good answer that is JSON, whatever the SDK makes of it. Its model may ask for a
    /// member that AWS does not send (any more); `stand_in`, which nobody reads, is then the SDK's
    /// output, so that it neither fails nor asks again.
    pub(super) fn taking_any(self, stand_in: fn() -> Output) -> Self {
        Self {
            stand_in: Some(stand_in),
            ..self
        }
    }

    /// Takes only answers that account for what was named in the request: as found, or as failed.
    /// Some other JSON would pass for one that found nothing.
    pub(super) fn accounting(self) -> Self {
        Self {
            accounts: true,
            ..self
        }
    }

    /// Whether this is an answer of the API.
    fn is_answer(&self, body: &[u8]) -> bool {
        read(body).is_ok_and(|body| body.is_object() && (!self.accounts || accounts(&body)))
    }

    /// The answer's JSON, once the call is over.
    pub(super) fn answer<T, E>(
        self,
        operation: &'static str,
        result: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<Value, CallError>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        result.map_err(|e| self.doubt.added_to(CallError::of(operation, &e)))?;
        let bytes = self
            .answer
            .lock()
            .expect("the lock is held for one assignment only")
            .take();
        let bytes = bytes.ok_or_else(|| CallError::malformed(operation, "no body"))?;
        let answer = read(&bytes).map_err(|e| CallError::malformed(operation, e.to_string()))?;
        if self.accounts && !accounts(&answer) {
            let told = "it accounts for nothing that was asked for";
            return Err(CallError::malformed(operation, told));
        }
        Ok(answer)
    }
}

/// Whether an answer accounts for what was named in a request.
pub(super) fn accounts(answer: &Value) -> bool {
    let lists = ["services", "tasks", "failures"];
    lists.iter().any(|list| answer[*list].is_array())
}

#[dyn_dispatch_hint]
impl Intercept for Raw {
    fn name(&self) -> &'static str {
        "raw bytes"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = &self.request {
            let request = context.request_mut();
            request
                .headers_mut()
                .insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body.as_slice());
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().map(<[u8]>::to_vec);
        *self
            .answer
            .lock()
            .expect("the lock is held for one assignment only") = bytes;
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let good = context.response().filter(|r| r.status().is_success());
        let Some(body) = good.map(|response| response.body().bytes()) else {
            return Ok(());
        };
        let is_answer = body.is_some_and(|body| self.is_answer(body));
        match (is_answer, self.stand_in, context.output_or_error_mut()) {
            (true, Some(stand_in), Some(output @ Err(_))) => *output = Ok(stand_in()),
            (false, _, Some(output)) => self.unreadable.judge(output),
            _ => {}
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.doubt.read_after_attempt(context, components, config)
    }
}

/// For operations that change something and take no client token: an attempt is repeated only
/// where AWS said that it did nothing (throttled), or the request never left. All else is the
/// caller's to look up first.
#[derive(Debug)]
pub(super) struct OnlyWhenNotDone<E>(PhantomData<E>);

impl<E> OnlyWhenNotDone<E> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> ClassifyRetry for OnlyWhenNotDone<E>
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn classify_retry(&self, _context: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(
        &self,
        context: &InterceptorContext,
        previous: &RetryAction,
    ) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let code = OrchestratorError::as_operation_error(error)
            .and_then(|e| e.downcast_ref::<E>())
            .and_then(|e| e.code());
        // Of ECS this is a quota that is full, not a rate.
        let quota = code == Some("LimitExceededException");
        let throttled = matches!(
            previous,
            RetryAction::RetryIndicated(RetryReason::RetryableError {
                kind: ErrorKind::ThrottlingError,
                ..
            })
        );
        let not_sent = error.as_connector_error().is_some_and(|e| never_sent(e));
        if (throttled && !quota) || not_sent {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "only when not done"
    }

    fn priority(&self) -> RetryClassifierPriority {
        let last = RetryClassifierPriority::run_after(
            RetryClassifierPriority::transient_error_classifier(),
        );
        RetryClassifierPriority::run_after(last)
    }
}
