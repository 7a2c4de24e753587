//! AWS: one file a service, raw JSON for task definitions, typed facts for what is decided on.

mod connect;
mod deployments;
mod ecr;
mod ecs;
mod error;
mod gate;
mod history;
mod iam;
mod log_groups;
mod logs;
pub mod lookups;
pub mod plain;
mod profile;
pub mod rates;
mod raw;
mod references;
mod s3;
mod secretsmanager;
mod services;
mod ssm;
mod tags;
mod tasks;
mod views;

use std::sync::OnceLock;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

pub use deployments::TasksOf;
pub use ecr::EcrImage;
pub use ecs::Registered;
pub use error::{CallError, Class};
pub use gate::throttled;
pub use iam::Role;
pub use logs::LogLine;
pub use references::Reference;
pub use s3::Object;
pub use services::{Found, Missing};
pub use ssm::Parameter;

use crate::error::{Error, ErrorKind};

/// How to reach AWS. What is `None` comes from where every AWS tool takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// AWS region.
    pub region: Option<String>,
    /// Profile of the shared AWS files.
    pub profile: Option<String>,
    /// Base URL for all services, in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// ARN of a role to assume with the credentials found.
    pub assume_role: Option<String>,
    /// Account that this leads to, where the configuration says it.
    pub account: Option<String>,
    /// How much of AWS's rates a run takes.
    pub pace: rates::Pace,
}

/// AWS, as reached by one [`Connection`]. Settings are read and clients are made when they are
/// first needed: a run that needs no AWS asks for no credentials.
#[derive(Debug)]
pub struct Aws {
    connection: Connection,
    config: OnceCell<SdkConfig>,
    account: OnceCell<String>,
    ecs: OnceLock<aws_sdk_ecs::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
}

/// Prepares for calls; makes none.
///
/// # Errors
/// [`ErrorKind::Input`] for an endpoint URL that is none.
pub fn connect(connection: &Connection) -> Result<Aws, Error> {
    let variable = || std::env::var("AWS_ENDPOINT_URL").ok();
    if let Some(url) = connection.endpoint_url.clone().or_else(variable) {
        check_endpoint(&url)?;
    }
    Ok(Aws {
        connection: connection.clone(),
        config: OnceCell::new(),
        account: OnceCell::new(),
        ecs: OnceLock::new(),
        s3: OnceLock::new(),
        sts: OnceLock::new(),
    })
}

/// The SDK panics at a URL that is none.
fn check_endpoint(url: &str) -> Result<(), Error> {
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    if host.is_some_and(|host| !host.is_empty()) {
        return Ok(());
    }
    let message = format!("endpoint URL `{url}` is neither `http://` nor `https://`");
    Err(Error::new(ErrorKind::Input, message)
        .hint("write it as `http://127.0.0.1:4566`, and unset `AWS_ENDPOINT_URL` for AWS itself"))
}

impl Aws {
    /// The same, whose credentials are looked for anew: a profile may have been logged in again,
    /// a role assumed again. `None` where they lie in the environment, which does not change.
    #[must_use]
    pub fn renewed(&self) -> Option<Self> {
        let fixed = self.connection.profile.is_none() && connect::has_keys();
        match fixed {
            true => None,
            false => connect(&self.connection).ok(),
        }
    }

    /// How it is reached.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    async fn config(&self) -> &SdkConfig {
        self.config
            .get_or_init(|| connect::load(&self.connection))
            .await
    }

    /// Whether something else stands for AWS: all services are asked at one URL.
    pub async fn has_own_endpoint(&self) -> bool {
        self.config().await.endpoint_url().is_some()
    }

    /// The region in use, if one was given or found. The instance's own is known only after a
    /// call: a run that makes none waits for no metadata service.
    pub async fn region(&self) -> Option<String> {
        let region = match self.config.get() {
            Some(config) => config.region().cloned(),
            None => connect::region(&self.connection).await,
        };
        region.map(|region| region.to_string())
    }

    /// Account of the credentials, by
    /// [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html),
    /// which needs no permission. Asked once.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn caller_account(&self) -> Result<&str, CallError> {
        let account = self.account.get_or_try_init(|| self.ask_for_account());
        account.await.map(String::as_str)
    }

    async fn ask_for_account(&self) -> Result<String, CallError> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let config = self.config().await;
        let client = self.sts.get_or_init(|| aws_sdk_sts::Client::new(config));
        let answer = client
            .get_caller_identity()
            .customize()
            .interceptor(raw::Unreadable::default())
            .send()
            .await
            .map_err(|e| CallError::of(OPERATION, &e))?;
        answer
            .account()
            .map(str::to_owned)
            .ok_or_else(|| CallError::malformed(OPERATION, "no account"))
    }
}

#[cfg(test)]
mod tests;
