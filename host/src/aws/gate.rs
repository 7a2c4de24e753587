//! The way to ECS: each attempt, retries included, waits for a token of its bucket first. All
//! clients of one account and region wait at the same buckets.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_ecs::config::{Builder, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::{Instant, sleep};

use super::Connection;
use super::rates::{Buckets, Pace};
use crate::arn::Arn;

/// The buckets of one account and region, and when they were full.
#[derive(Debug)]
pub(super) struct Gate {
    buckets: Mutex<Buckets>,
    opened: Instant,
}

/// Account (as far as it is known without a call), region and endpoint.
type Scope = (String, String, Option<String>, Pace);

static GATES: LazyLock<Mutex<BTreeMap<Scope, Arc<Gate>>>> = LazyLock::new(Mutex::default);

/// The gate that all clients of this account and region go through.
pub(super) fn gate(connection: &Connection, config: &SdkConfig) -> Arc<Gate> {
    let role = connection.assume_role.as_deref();
    let account = connection.account.as_deref();
    let account = account
        .or_else(|| role.and_then(|role| Some(Arn::parse(role)?.account)))
        .or(connection.profile.as_deref());
    let region = config.region().map(ToString::to_string);
    let scope = (
        account.unwrap_or_default().to_owned(),
        region.unwrap_or_default(),
        config.endpoint_url().map(str::to_owned),
        connection.pace,
    );
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    let made = gates.entry(scope).or_insert_with(|| {
        Arc::new(Gate {
            buckets: Mutex::new(Buckets::new(connection.pace)),
            opened: Instant::now(),
        })
    });
    Arc::clone(made)
}

/// Answers of this process so far that said that it was too often.
#[must_use]
pub fn throttled() -> u32 {
    let gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    let counts = gates.values().map(|gate| gate.with(|b, _| b.throttled()));
    counts.sum()
}

/// Settings of the client for ECS.
pub(super) fn through(gate: &Arc<Gate>, config: &SdkConfig) -> aws_sdk_ecs::Config {
    // A request that waits for its turn sends nothing for longer than the SDK thinks is good.
    let moves = StalledStreamProtectionConfig::enabled()
        .upload_enabled(false)
        .build();
    let builder = Builder::from(config).stalled_stream_protection(moves);
    match config.http_client() {
        Some(client) => {
            let (client, watch) = around(gate, client);
            builder.http_client(client).interceptor(watch)
        }
        None => builder,
    }
    .build()
}

/// The client that waits for its turn, and what sees the answers that say that it was too often.
pub(super) fn around(
    gate: &Arc<Gate>,
    client: SharedHttpClient,
) -> (SharedHttpClient, impl Intercept + use<>) {
    let gated = Gated {
        gate: Arc::clone(gate),
        client,
    };
    (SharedHttpClient::new(gated), Watch(Arc::clone(gate)))
}

impl Gate {
    fn with<T>(&self, work: impl FnOnce(&mut Buckets, f64) -> T) -> T {
        let now = self.opened.elapsed().as_secs_f64();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut buckets, now)
    }
}

/// The operation of a request in AWS's JSON protocol.
fn operation(request: &HttpRequest) -> Option<&str> {
    let target = request.headers().get("x-amz-target")?;
    target.rsplit('.').next()
}

#[derive(Debug)]
struct Gated {
    gate: Arc<Gate>,
    client: SharedHttpClient,
}

impl HttpClient for Gated {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Turn {
            gate: Arc::clone(&self.gate),
            connector: self.client.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Turn {
    gate: Arc<Gate>,
    connector: SharedHttpConnector,
}

impl HttpConnector for Turn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let take = |operation: &str| self.gate.with(|b, now| b.take(operation, now));
        let wait = operation(&request).map_or(0.0, take);
        if wait <= 0.0 {
            return self.connector.call(request);
        }
        let connector = self.connector.clone();
        HttpConnectorFuture::new(async move {
            sleep(Duration::from_secs_f64(wait)).await;
            connector.call(request).await
        })
    }
}

/// Sees each answer that says that it was too often.
#[derive(Debug)]
struct Watch(Arc<Gate>);

/// The operation of a call, which its request is not there to tell any more once it was answered.
#[derive(Debug)]
struct Asked(String);

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "token buckets"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = operation(context.request()) {
            let asked = Asked(operation.to_owned());
            config.interceptor_state().store_put(asked);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let refused = context.response().filter(|r| !r.status().is_success());
        let body = refused.and_then(|response| response.body().bytes());
        if let (Some(body), Some(Asked(operation))) = (body, config.load::<Asked>())
            && says_too_often(body)
        {
            self.0.with(|b, now| b.empty(operation, now));
        }
        Ok(())
    }
}

/// Whether an answer's body names an error that is about the rate of calls.
fn says_too_often(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    [
        "ThrottlingException",
        "Throttling\"",
        "TooManyRequestsException",
        "RequestLimitExceeded",
    ]
    .iter()
    .any(|code| body.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tests::aws;
    use crate::aws::tests::server::{Answer, Server};

    /// Those that the SDK's client makes, and those that are made beside it.
    #[tokio::test]
    async fn all_calls_of_ecs_go_through_it() {
        const TOO_OFTEN: Answer = Answer::Json(400, r#"{"__type":"ThrottlingException"}"#);
        let good = Answer::Json(200, r#"{"clusterArns":[],"services":[]}"#);
        let server = Server::start(vec![TOO_OFTEN, good.clone(), TOO_OFTEN, good]);
        let aws = aws(&server.url).await;
        let gate = gate(aws.connection(), aws.config().await);
        let seen = || gate.with(|buckets, _| buckets.throttled());
        aws.describe_services("c", &["web".to_owned()])
            .await
            .unwrap();
        assert_eq!(seen(), 1);
        aws.clusters().await.unwrap();
        assert_eq!(seen(), 2);
    }
}
