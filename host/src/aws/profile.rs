//! Credentials of a profile that was named, by `--profile` or the configuration: it goes before
//! keys of the environment, as in the
//! [AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html). The
//! SDK's own chain begins with the environment, whatever profile it is told.

use std::error::Error as StdError;
use std::fmt;

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::{self, ProfileFileCredentialsProvider};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;

/// What is wrong with a profile that was named.
#[derive(Debug)]
pub(super) enum Unusable {
    /// No such profile.
    Unknown(String),
    /// It leads to no credentials.
    Empty(String),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                let [config, credentials] = files();
                write!(
                    f,
                    "there is no profile `{name}` in `{config}` or `{credentials}`"
                )
            }
            Self::Empty(name) => write!(
                f,
                "profile `{name}` leads to none, and keys of the environment do not count where a profile is named"
            ),
        }
    }
}

impl StdError for Unusable {}

/// The files that profiles are in, as whoever reads it would name them.
fn files() -> [String; 2] {
    let file = |variable: &str, usual: &str| {
        let own = std::env::var(variable).ok().filter(|path| !path.is_empty());
        own.unwrap_or_else(|| usual.to_owned())
    };
    [
        file("AWS_CONFIG_FILE", "~/.aws/config"),
        file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ]
}

/// The same settings with the credentials of this profile and, where it has none, those of the
/// machine.
pub(super) async fn with(config: SdkConfig, name: &str, http: SharedHttpClient) -> SdkConfig {
    let is_unknown = is_unknown(name).await;
    let chain = chain(&config, name, http);
    let name = name.to_owned();
    let named = Named {
        name,
        is_unknown,
        chain,
    };
    let mut config = config.into_builder();
    if is_unknown {
        // Nothing is sent. That no region is set would be told before that there is no profile.
        config.set_region(Some(Region::from_static("unknown")));
    }
    config
        .credentials_provider(SharedCredentialsProvider::new(named))
        .build()
}

/// Files that cannot be read are left to the SDK, which says what is wrong with them.
async fn is_unknown(name: &str) -> bool {
    profile::load(&Fs::real(), &Env::real(), &Default::default(), None)
        .await
        .is_ok_and(|profiles| profiles.get_profile(name).is_none())
}

fn chain(config: &SdkConfig, name: &str, http: SharedHttpClient) -> CredentialsProviderChain {
    let mut settings = ProviderConfig::without_region()
        .with_behavior_version(config.behavior_version())
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack())
        .with_http_client(http);
    if let Some(retries) = config.retry_config() {
        settings = settings.with_retry_config(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        settings = settings.with_timeout_config(timeouts.clone());
    }
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(&settings)
        .profile_name(name)
        .build();
    let container = EcsCredentialsProvider::builder().configure(&settings);
    let machine = ImdsCredentialsProvider::builder().configure(&settings);
    CredentialsProviderChain::first_try("Profile", profile)
        .or_else("EcsContainer", container.build())
        .or_else("Ec2InstanceMetadata", machine.build())
}

#[derive(Debug)]
struct Named {
    name: String,
    is_unknown: bool,
    chain: CredentialsProviderChain,
}

impl Named {
    async fn credentials(&self) -> provider::Result {
        if self.is_unknown {
            let unknown = Unusable::Unknown(self.name.clone());
            return Err(CredentialsError::invalid_configuration(unknown));
        }
        let found = self.chain.provide_credentials().await;
        found.map_err(|error| match error {
            CredentialsError::CredentialsNotLoaded(_) => {
                CredentialsError::not_loaded(Unusable::Empty(self.name.clone()))
            }
            other => other,
        })
    }
}

impl ProvideCredentials for Named {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
