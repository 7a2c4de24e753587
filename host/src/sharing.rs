//! Plugins of registries: from a reference to bytes that were verified.
//!
//! The order is always the same: a tag is resolved to a digest once (and never where a lock says
//! it), the manifest is taken by that digest, its signatures are verified, and only then the layer is
//! taken, hashed while it comes, and kept. At each run the signatures are verified again, from what was
//! kept beside the component, against the trust files as they are then: who is no longer trusted has
//! no say any more, and a lock that was tampered with proves nothing.

mod files;
mod manifest;
mod signatures;
mod vendored;

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

use cap_std::fs::Dir;

pub use manifest::{LAYERS, layer_of};
pub use signatures::Signed;
pub use vendored::{Vendored, put, vendor};

use crate::config::Config;
use crate::config::limits::COMPONENT_BYTES;
use crate::edit::Failure;
use crate::error::{Error, ErrorKind};
use crate::plugin::Held;
use crate::registry::{
    Artifact, Descriptor, Mismatch, Reach, Reference, Registry, of_docker_and_helpers,
};
use crate::store::{Digest, Store};
use crate::trust::{Distrust, Signers, Trust};

/// How plugins of registries are had.
pub struct Sharing {
    /// Who must have signed what.
    pub trust: Trust,
    registry: Registry,
    store: Arc<Store>,
    vendored: Option<Vendored>,
    offline: bool,
}

/// A manifest whose signatures suffice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Digest of the manifest.
    pub digest: String,
    /// What it says that the component is.
    pub layer: Descriptor,
    /// Who signed it, of those that were asked for.
    pub signers: Signers,
    /// What that was seen by.
    pub signed: Signed,
}

impl Sharing {
    /// As the machine's own files and the configuration say.
    ///
    /// # Errors
    /// One of these files cannot be read, or there are faults in it.
    pub fn open(
        config: &Config,
        folder: &Dir,
        store: Arc<Store>,
        offline: bool,
    ) -> Result<Self, Error> {
        Ok(Self {
            trust: files::trust(config, folder)?,
            registry: registry()?,
            store,
            vendored: Vendored::open(config, folder)?,
            offline,
        })
    }

    /// What a reference names now: the only place where a tag is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] where the registry does not answer or has no such plugin,
    /// [`ErrorKind::Refused`] where it sends something else, or no rule is for it: then nobody is
    /// asked.
    pub async fn resolve(&self, reference: &Reference) -> Result<Artifact, Error> {
        let name = name(reference);
        if self.trust.rules_for(&name).is_empty() {
            return Err(distrusted(Distrust::NoRule(name)));
        }
        self.online(&format!("`oci:{reference}` cannot be resolved"))?;
        let found = self.registry.manifest(reference).await.map_err(told)?;
        found.ok_or_else(|| absent(reference))
    }

    /// Verifies a manifest that was just resolved, with the signatures that there are now, and
    /// keeps them.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it is no plugin, or its signatures do not suffice.
    pub async fn verify_new(
        &self,
        reference: &Reference,
        artifact: Artifact,
    ) -> Result<Verified, Error> {
        let signed = self.signatures(reference, artifact).await?;
        let verified = self.judge(reference, &signed)?;
        if let Some(digest) = Digest::parse(&verified.digest) {
            self.store.keep_signed(&digest, &signed.text());
        }
        Ok(verified)
    }

    /// Verifies a manifest by its digest, from what was kept of it, or else from its registry.
    ///
    /// # Errors
    /// As for [`Self::verify_new`]; [`ErrorKind::Usage`] where it was not kept and nobody may be
    /// asked.
    pub async fn verify(&self, reference: &Reference, manifest: &str) -> Result<Verified, Error> {
        match self.kept_signed(reference, manifest) {
            Some(Ok(verified)) => Ok(verified),
            // Somebody may have signed it since.
            Some(Err(error)) if self.offline => Err(error),
            _ => {
                let pinned = Reference {
                    digest: Some(manifest.to_owned()),
                    ..reference.clone()
                };
                self.online(&format!("`oci:{reference}` was not pulled"))?;
                let artifact = self.resolve(&pinned).await?;
                self.verify_new(reference, artifact).await
            }
        }
    }

    /// What was kept of a manifest, judged: in the project or in the store, whichever suffices.
    fn kept_signed(
        &self,
        reference: &Reference,
        manifest: &str,
    ) -> Option<Result<Verified, Error>> {
        let digest = Digest::parse(manifest)?;
        let vendored = || self.vendored.as_ref()?.signed(&digest);
        let judged = |bytes: Vec<u8>| {
            let signed = Signed::parse(&bytes, manifest)?;
            Some(self.judge(reference, &signed))
        };
        match vendored().and_then(judged) {
            Some(Ok(verified)) => Some(Ok(verified)),
            other => self.store.signed(&digest).and_then(judged).or(other),
        }
    }

    /// The component: from the store, or else from its registry, and then kept.
    ///
    /// # Errors
    /// As for [`Self::resolve`].
    pub async fn component(
        &self,
        reference: &Reference,
        verified: &Verified,
    ) -> Result<Held, Error> {
        match self.file(&verified.layer) {
            Some(file) => Ok(Held::Stored(file)),
            None => self.pull(reference, verified).await.map(Held::Bytes),
        }
    }

    /// Whether a component is here, by its digest; what its bytes are nobody has looked at.
    #[must_use]
    pub fn is_here(&self, layer: &str) -> bool {
        let here = || self.files(&Digest::parse(layer)?).next();
        here().is_some()
    }

    /// A component's files, in the project and in the store.
    fn files(&self, digest: &Digest) -> impl Iterator<Item = File> {
        let vendored = self.vendored.as_ref();
        let vendored = vendored.and_then(|vendored| vendored.component(digest));
        vendored.into_iter().chain(self.store.component(digest))
    }

    /// The one that was not cut, as far as its size tells.
    fn file(&self, layer: &Descriptor) -> Option<File> {
        let is_whole = |file: &File| file.metadata().is_ok_and(|about| about.len() == layer.size);
        self.files(&Digest::parse(&layer.digest)?).find(is_whole)
    }

    /// The component itself: from the store where it is there whole, or else from its registry.
    ///
    /// # Errors
    /// As for [`Self::resolve`].
    pub async fn bytes(
        &self,
        reference: &Reference,
        verified: &Verified,
    ) -> Result<Vec<u8>, Error> {
        match self.kept(verified) {
            Some(bytes) => Ok(bytes),
            None => self.pull(reference, verified).await,
        }
    }

    /// The component in the store, if it is there whole.
    #[must_use]
    pub fn kept(&self, verified: &Verified) -> Option<Vec<u8>> {
        let digest = Digest::parse(&verified.layer.digest)?;
        let (file, mut bytes) = (self.file(&verified.layer)?, Vec::new());
        file.take(COMPONENT_BYTES.most)
            .read_to_end(&mut bytes)
            .ok()?;
        (Digest::of(&bytes) == digest).then_some(bytes)
    }

    async fn pull(&self, reference: &Reference, verified: &Verified) -> Result<Vec<u8>, Error> {
        self.online(&format!("`oci:{reference}` was not pulled"))?;
        let layer = &verified.layer;
        let pulled = self.registry.layer(reference, layer, COMPONENT_BYTES.most);
        let bytes = pulled.await.map_err(told)?;
        if let Some(digest) = Digest::parse(&layer.digest) {
            self.store.keep_component(&digest, &bytes);
        }
        Ok(bytes)
    }

    async fn signatures(&self, reference: &Reference, artifact: Artifact) -> Result<Signed, Error> {
        if !self.trust.asks_for_signatures(&name(reference)) {
            return Ok(Signed::none(artifact));
        }
        let found = signatures::find(&self.registry, reference, artifact).await;
        found.map_err(told)
    }

    fn judge(&self, reference: &Reference, signed: &Signed) -> Result<Verified, Error> {
        let digest = signed.digest();
        let signers = self
            .trust
            .signers(&name(reference), &digest, &signed.evidence);
        let signers = signers.map_err(distrusted)?;
        let layer = layer_of(&signed.manifest).map_err(|why| {
            let message = format!("`oci:{reference}` is no plugin: {why}");
            Error::new(ErrorKind::Refused, message)
        })?;
        Ok(Verified {
            digest,
            layer,
            signers,
            signed: signed.clone(),
        })
    }

    fn online(&self, what: &str) -> Result<(), Error> {
        if !self.offline {
            return Ok(());
        }
        let message = format!("{what}, and with `--offline` or `--replay` nobody is asked");
        Err(Error::new(ErrorKind::Usage, message)
            .hint("`acetate plugin pull` fetches what acetate.lock names"))
    }
}

/// The client of registries that a person or a configuration names, as this machine's own file says.
///
/// # Errors
/// The file cannot be read, or there are faults in it.
pub fn registry() -> Result<Registry, Error> {
    let reach = Reach {
        places: files::places()?,
        ..Reach::public()
    };
    Ok(Registry::new(reach, of_docker_and_helpers))
}

/// `REGISTRY/REPOSITORY`: what rules of trust go by.
#[must_use]
pub fn name(reference: &Reference) -> String {
    format!("{}/{}", reference.registry, reference.repository)
}

/// A failure of a registry's as an error.
#[must_use]
pub fn told(failure: Failure) -> Error {
    let kind = match failure.code.as_str() {
        Mismatch::CODE => ErrorKind::Refused,
        _ => ErrorKind::Input,
    };
    let error = Error::new(kind, failure.message);
    match failure.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn absent(reference: &Reference) -> Error {
    let message = format!("there is no `{reference}`, or none that may be seen");
    Error::new(ErrorKind::Input, message)
        .hint("`docker login` keeps credentials where they are found")
}

fn distrusted(why: Distrust) -> Error {
    let hint = match &why {
        Distrust::NoRule(name) => {
            let below = name
                .rsplit_once('/')
                .map_or(name.as_str(), |(below, _)| below);
            format!(
                "say it in `[trust.plugins.\"{below}/\"]` of acetate.toml, as `all-of = [\"KEY\"]`; `unsigned = true` there takes it as it is"
            )
        }
        Distrust::Unsigned { name, .. } => format!(
            "`cosign sign --key KEY {name}` signs it; nothing that is unsigned is run unless its rule says `unsigned = true`"
        ),
        Distrust::WrongKeys { .. } => {
            "`acetate plugin trust` shows which keys are asked for".to_owned()
        }
        Distrust::Keyless { .. } => "`cosign sign --key KEY` signs it with a key".to_owned(),
    };
    Error::new(ErrorKind::Refused, why).hint(hint)
}
