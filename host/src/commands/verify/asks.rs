//! What checks ask, each thing once in a run, however many services refer to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::aws::{Aws, CallError, EcrImage, Parameter, Role};
use crate::edit::Failure;
use crate::registry::{Found, Registry};
use crate::verify::access::Decision;
use crate::verify::image::{Absent, Ecr};
use crate::verify::learned::Learned;
use crate::verify::secret::{Described, Version};

/// Answers by what was asked. Who asks while another one does waits for that answer.
#[derive(Debug)]
pub struct Memory<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Memory<T> {
    /// Remembers what was told elsewhere.
    fn know(&self, key: impl Into<String>, value: T) {
        let mut known = self.0.lock().expect("nothing panics while it is held");
        let cell = || Arc::new(OnceCell::new_with(Some(value)));
        known.entry(key.into()).or_insert_with(cell);
    }

    async fn ask(&self, key: impl Into<String>, answer: impl Future<Output = T>) -> T {
        let cell = {
            let mut known = self.0.lock().expect("nothing panics while it is held");
            Arc::clone(known.entry(key.into()).or_default())
        };
        cell.get_or_init(|| answer).await.clone()
    }
}

/// What is asked for, and in which region, where that is not the own one.
fn asked(what: &str, region: Option<&str>) -> String {
    format!("{what} {region:?}")
}

fn version_of(id: &str, version: &Version) -> String {
    format!("{id} {version:?}")
}

type Answered<T> = Memory<Result<T, CallError>>;

/// Images of registries that everyone reaches in the same way.
pub type Images = Memory<Result<Option<Found>, Failure>>;

/// Asks, and remembers.
#[derive(Debug)]
pub struct Asks {
    aws: Arc<Aws>,
    registry: Registry,
    secrets: Answered<Option<Described>>,
    keys: Answered<Option<Vec<String>>>,
    parameters: Answered<BTreeMap<String, Parameter>>,
    /// Names of parameters that are there.
    present: Mutex<BTreeSet<String>>,
    roles: Answered<Option<Role>>,
    simulated: Answered<Vec<Decision>>,
    log_groups: Answered<bool>,
    objects: Answered<bool>,
    ecr: Answered<Result<EcrImage, Absent>>,
    rules: Answered<Vec<String>>,
    images: Arc<Images>,
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
            present: Mutex::default(),
            roles: Memory::default(),
            simulated: Memory::default(),
            log_groups: Memory::default(),
            objects: Memory::default(),
            ecr: Memory::default(),
            rules: Memory::default(),
            images: Arc::default(),
        }
    }

    /// The same, with what others know of images outside of AWS.
    #[must_use]
    pub fn knowing(self, images: &Arc<Images>) -> Self {
        let images = Arc::clone(images);
        Self { images, ..self }
    }

    /// Takes in what lookups of the same run were told, so that it is not asked for again.
    pub fn learn(&self, learned: &Learned) {
        for secret in &learned.secrets {
            let told = Ok(Some(secret.clone()));
            self.secrets.know(asked(&secret.arn, None), told);
        }
        for (arn, names) in &learned.keys {
            let told = Ok(Some(names.clone()));
            self.keys.know(version_of(arn, &Version::default()), told);
        }
        let mut present = self
            .present
            .lock()
            .expect("nothing panics while it is held");
        present.extend(learned.parameters.iter().cloned());
    }

    /// Whether a parameter of one of these names is known to be there.
    pub(super) fn has_parameter(&self, names: &[String]) -> bool {
        let present = self
            .present
            .lock()
            .expect("nothing panics while it is held");
        names.iter().any(|name| present.contains(name))
    }

    pub(super) fn aws(&self) -> &Aws {
        &self.aws
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// By ARN, or by name in a region; without one, in the own region.
    pub(super) async fn secret(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<Described>, CallError> {
        self.secrets
            .ask(asked(id, region), self.aws.secret_described(id, region))
            .await
    }

    pub(super) async fn keys(
        &self,
        id: &str,
        version: &Version,
    ) -> Result<Option<Vec<String>>, CallError> {
        let names = async {
            let found = self.aws.secret_keys(id, version).await?;
            Ok(found.map(|keys| keys.names))
        };
        self.keys.ask(version_of(id, version), names).await
    }

    pub(super) async fn parameters(
        &self,
        names: &[String],
        region: Option<&str>,
    ) -> Result<BTreeMap<String, Parameter>, CallError> {
        let key = asked(&names.join(" "), region);
        self.parameters
            .ask(key, self.aws.parameters(names, region))
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
