//! Whether an image is there, and for which platforms.

use serde_json::Value;

use super::fetch::Request;
use super::reference::Reference;
use super::url::Url;
use super::{MANIFESTS, Registry, judge, unavailable};
use crate::edit::Failure;
use crate::verify::image::{one_platform, platforms};

/// An image that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `sha256:…`
    pub digest: String,
    /// The platforms that it is made for, `linux/amd64` each; empty where they are not told.
    pub platforms: Vec<String>,
}

impl Registry {
    /// The image that a reference names now; `None` where there is none.
    ///
    /// # Errors
    /// As for [`Registry::digest`].
    pub async fn find(&self, image: &str) -> Result<Option<Found>, Failure> {
        let image: Reference = image
            .parse()
            .map_err(|why: String| Failure::new("invalid", why))?;
        let url = self.url(&image, "manifests", image.version())?;
        let fetched = self
            .authorized(&image, Request::get(&url, MANIFESTS))
            .await?;
        let manifest: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
        let Some(digest) = judge(&image, fetched)? else {
            return Ok(None);
        };
        let platforms = match platforms(&manifest) {
            Some(platforms) => platforms,
            None => self
                .platform(&image, &manifest)
                .await?
                .into_iter()
                .collect(),
        };
        Ok(Some(Found { digest, platforms }))
    }

    /// The platform of an image that is for one only: it stands in its configuration.
    async fn platform(
        &self,
        image: &Reference,
        manifest: &Value,
    ) -> Result<Option<String>, Failure> {
        let Some(digest) = config_digest(manifest) else {
            return Ok(None);
        };
        let url = self.url(image, "blobs", digest)?;
        let fetched = self.authorized(image, Request::get(&url, "*/*")).await?;
        let config: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
        Ok(one_platform(&config))
    }

    /// The platform in an image's configuration that lies at this URL.
    ///
    /// # Errors
    /// `unavailable` where it must not be asked or does not answer.
    pub async fn platform_at(&self, url: &str) -> Result<Option<String>, Failure> {
        let url = Url::parse(url).map_err(|why| unavailable("ECR", &why))?;
        let request = Request::get(&url, "*/*");
        let fetched = self.fetcher.fetch(&request, None).await;
        let fetched = fetched.map_err(|why| unavailable("ECR", &why))?;
        let config: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
        Ok(one_platform(&config))
    }
}

/// Digest of the configuration that a manifest names.
#[must_use]
pub fn config_digest(manifest: &Value) -> Option<&str> {
    let digest = manifest.get("config")?.get("digest")?.as_str()?;
    crate::lock::is_digest(digest).then_some(digest)
}
