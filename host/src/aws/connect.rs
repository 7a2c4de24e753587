//! Settings of all clients: region, credentials, endpoint, retries, timeouts, transport.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::Connection;
use super::error::never_sent;
use super::profile;

/// Attempts for one call where `AWS_MAX_ATTEMPTS` says nothing: RegisterTaskDefinition refills
/// at one a second for a whole account and region, and the usual three do not get through.
const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads what every AWS tool reads (environment, profiles, SSO, web identity, container and
/// instance roles), with what the connection says on top: a profile of its own goes before keys
/// of the environment.
pub(super) async fn load(connection: &Connection) -> SdkConfig {
    let loader = loader(connection);
    let config = match &connection.profile {
        Some(name) => {
            let config = loader.no_credentials().load().await;
            profile::with(config, name, SharedHttpClient::new(ByScheme::default())).await
        }
        None => loader.load().await,
    };
    match &connection.assume_role {
        Some(role) => assume(config, role).await,
        None => config,
    }
}

pub(super) fn loader(connection: &Connection) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(SharedHttpClient::new(ByScheme::default()))
        .retry_config(retries(attempts()))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(READ_TIMEOUT)
                .build(),
        );
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    } else if has_keys() {
        // The default chain begins with them; but it makes clients for all its other members too.
        loader = loader.credentials_provider(EnvironmentVariableCredentialsProvider::new());
    }
    if let Some(url) = &connection.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

/// Whether the environment has credentials in plain.
pub(super) fn has_keys() -> bool {
    let has = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    has("AWS_ACCESS_KEY_ID") && has("AWS_SECRET_ACCESS_KEY")
}

/// The region as far as it is written down: the connection's, the environment's, the profile's.
pub(super) async fn region(connection: &Connection) -> Option<Region> {
    if let Some(region) = &connection.region {
        return Some(Region::new(region.clone()));
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &connection.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .region()
        .await
}

async fn assume(config: SdkConfig, role: &str) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(role)
        .session_name("acetate")
        .configure(&config)
        .build()
        .await;
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

/// Exponential backoff with full jitter. The SDK's adaptive mode, made for many calls a second,
/// holds the few calls of a deployment back by 10 to 20 s each once it was throttled (measured).
pub(super) fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

fn attempts() -> u32 {
    std::env::var("AWS_MAX_ATTEMPTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .filter(|n| *n > 0)
        .unwrap_or(ATTEMPTS)
}

/// Plain HTTP where the URL is plain (own endpoints, metadata services), TLS where it is not.
/// Root certificates are read with the first `https` request, so that nobody waits for them who
/// does not need them.
#[derive(Debug, Clone, Default)]
struct ByScheme {
    unreached: Unreached,
}

static PLAIN: LazyLock<SharedHttpClient> = LazyLock::new(|| Builder::new().build_http());

static TLS: LazyLock<SharedHttpClient> = LazyLock::new(|| {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build()
    })
});

impl HttpClient for ByScheme {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByUrl {
            settings: settings.clone(),
            components: components.clone(),
            unreached: self.unreached.clone(),
        })
    }
}

#[derive(Debug)]
struct ByUrl {
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    unreached: Unreached,
}

impl HttpConnector for ByUrl {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let plain = request.uri().starts_with("http:");
        let client = if plain { &*PLAIN } else { &*TLS };
        let host: String = request.uri().split('/').take(3).collect();
        let unreached = self.unreached.clone();
        let answer = client
            .http_connector(&self.settings, &self.components)
            .call(request);
        HttpConnectorFuture::new(async move { unreached.judge(host, answer.await) })
    }
}

/// Connections in a row that could not be made, by host. Attempts are counted for throttling,
/// which passes; a host that nobody listens at would be tried for a minute.
#[derive(Debug, Clone, Default)]
struct Unreached(Arc<Mutex<HashMap<String, u32>>>);

/// Connections in a row after which a host is not tried again within one call.
const CONNECTIONS: u32 = 5;

impl Unreached {
    /// Marks the failure that is one too many as one that the SDK does not try again.
    fn judge<T>(
        &self,
        host: String,
        result: Result<T, ConnectorError>,
    ) -> Result<T, ConnectorError> {
        let mut hosts = self.0.lock().expect("nothing panics while it is held");
        match result {
            Err(error) if never_sent(&error) => {
                let failed = hosts.entry(host).or_default();
                *failed += 1;
                let hopeless = *failed >= CONNECTIONS || is_about_certificates(&error);
                Err(if hopeless {
                    ConnectorError::user(Box::new(error))
                } else {
                    error
                })
            }
            result => {
                hosts.remove(&host);
                result
            }
        }
    }
}

fn is_about_certificates(error: &ConnectorError) -> bool {
    let mut causes =
        std::iter::successors(error.source(), |e: &&(dyn Error + 'static)| (**e).source());
    causes.any(|cause| cause.to_string().contains("peer certificate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Result<(), ConnectorError> {
        Err(ConnectorError::io("client error (Connect)".into()))
    }

    #[test]
    fn a_host_that_nobody_listens_at_is_given_up() {
        let unreached = Unreached::default();
        let last = |host: &str, result| {
            unreached
                .judge(host.to_owned(), result)
                .is_err_and(|e| e.is_user())
        };
        let gave_up: Vec<bool> = (0..6).map(|_| last("a", refused())).collect();
        assert_eq!(gave_up, [false, false, false, false, true, true]);
        assert!(!last("b", refused()));
        assert!(!last("a", Ok(())));
        assert!(!last("a", refused()));
        let sent = || Err(ConnectorError::io("connection reset".into()));
        assert!((0..9).all(|_| !last("c", sent())));
        let certificate = "client error (Connect): invalid peer certificate";
        assert!(last("d", Err(ConnectorError::io(certificate.into()))));
    }
}
