//! What checks ask, each thing once in a run, however many services refer to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::aws::{Aws, CallError, EcrImage, Parameter, Role};
use crate::edit::Failure;
use crate::registry::{Found, Registry};
use crate::verify::access::Decision;
use crate::verify::image::{Absent, Ecr};
use crate::verify::secret::{Described, Version};

/// Answers by what was asked. Who asks while another one does waits for that answer.
#[derive(Debug)]
struct Memory<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Memory<T> {
    async fn ask(&self, key: impl Into<String>, answer: impl Future<Output = T>) -> T {
        let cell = {
            let mut known = self.0.lock().expect("nothing panics while it is held");
            Arc::clone(known.entry(key.into()).or_default())
        };
        cell.get_or_init(|| answer).await.clone()
    }
}

type Answered<T> = Memory<Result<T, CallError>>;

/// Asks, and remembers.
#[derive(Debug)]
pub struct Asks {
    aws: Arc<Aws>,
    registry: Registry,
    secrets: Answered<Option<Described>>,
    keys: Answered<Option<Vec<String>>>,
    parameters: Answered<BTreeMap<String, Parameter>>,
    roles: Answered<Option<Role>>,
    simulated: Answered<Vec<Decision>>,
    log_groups: Answered<bool>,
    objects: Answered<bool>,
    ecr: Answered<Result<EcrImage, Absent>>,
    rules: Answered<Vec<String>>,
    images: Memory<Result<Option<Found>, Failure>>,
}

impl Asks {
    /// Asks by this connection and in these registries.
    #[must_use]
    pub fn new(aws: Arc<Aws>, registry: Registry) -> Self {
        Self {
            aws,
            registry,
            secrets: Memory::default(),
            keys: Memory::default(),
            parameters: Memory::default(),
            roles: Memory::default(),
            simulated: Memory::default(),
            log_groups: Memory::default(),
            objects: Memory::default(),
            ecr: Memory::default(),
            rules: Memory::default(),
            images: Memory::default(),
        }
    }

    pub(super) fn aws(&self) -> &Aws {
        &self.aws
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) async fn secret(&self, id: &str) -> Result<Option<Described>, CallError> {
        self.secrets.ask(id, self.aws.secret_described(id)).await
    }

    pub(super) async fn keys(
        &self,
        id: &str,
        version: &Version,
    ) -> Result<Option<Vec<String>>, CallError> {
        let key = format!("{id} {version:?}");
        self.keys.ask(key, self.aws.version_keys(id, version)).await
    }

    pub(super) async fn parameters(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, Parameter>, CallError> {
        self.parameters
            .ask(names.join(" "), self.aws.parameters(names))
            .await
    }

    pub(super) async fn role(&self, name: &str) -> Result<Option<Role>, CallError> {
        self.roles.ask(name, self.aws.role(name)).await
    }

    pub(super) async fn simulated(
        &self,
        role: &str,
        actions: &[&str],
        resources: &[String],
    ) -> Result<Vec<Decision>, CallError> {
        let key = format!("{role} {actions:?} {resources:?}");
        self.simulated
            .ask(key, self.aws.simulated(role, actions, resources))
            .await
    }

    pub(super) async fn log_group(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<bool, CallError> {
        let key = format!("{name} {region:?}");
        self.log_groups
            .ask(key, self.aws.has_log_group(name, region))
            .await
    }

    pub(super) async fn object(&self, bucket: &str, key: &str) -> Result<bool, CallError> {
        self.objects
            .ask(format!("{bucket}/{key}"), self.aws.has_object(bucket, key))
            .await
    }

    pub(super) async fn ecr(&self, ecr: &Ecr) -> Result<Result<EcrImage, Absent>, CallError> {
        self.ecr
            .ask(format!("{ecr:?}"), self.aws.ecr_image(ecr))
            .await
    }

    pub(super) async fn rules(&self, region: &str) -> Result<Vec<String>, CallError> {
        self.rules
            .ask(region, self.aws.ecr_pull_through(region))
            .await
    }

    pub(super) async fn image(&self, name: &str) -> Result<Option<Found>, Failure> {
        self.images.ask(name, self.registry.find(name)).await
    }
}
