//! ECR: images of private repositories, and the rules that fill them from elsewhere.

use serde_json::{Value, json};

use super::plain::ECR;
use super::views::{list, optional};
use super::{Aws, CallError, Class};
use crate::registry::MANIFESTS;
use crate::verify::image::{Absent, Ecr};

/// An image that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct EcrImage {
    /// `sha256:…`
    pub digest: Option<String>,
    /// Its manifest, or the index of all platforms.
    pub manifest: Value,
}

impl Aws {
    /// The image that a name means now, by
    /// [BatchGetImage](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn ecr_image(&self, ecr: &Ecr) -> Result<Result<EcrImage, Absent>, CallError> {
        const OPERATION: &str = "ecr:BatchGetImage";
        let id = match (&ecr.digest, &ecr.tag) {
            (Some(digest), _) => json!({ "imageDigest": digest }),
            (None, tag) => json!({ "imageTag": tag }),
        };
        let request = json!({
            "registryId": ecr.account, "repositoryName": ecr.repository, "imageIds": [id],
            "acceptedMediaTypes": MANIFESTS.split(", ").collect::<Vec<_>>(),
        });
        let answer = self
            .call_json(&ECR, OPERATION, Some(&ecr.region), &request)
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(e) if e.class == Class::NotFound => return Ok(Err(Absent::Repository)),
            Err(e) => return Err(e),
        };
        if let Some(image) = list(&answer, "images").first() {
            let manifest = optional(Some(image), "imageManifest").unwrap_or_default();
            return Ok(Ok(EcrImage {
                digest: optional(image.get("imageId"), "imageDigest"),
                manifest: serde_json::from_str(&manifest).unwrap_or_default(),
            }));
        }
        let failure = list(&answer, "failures").first();
        match optional(failure, "failureCode").as_deref() {
            Some("ImageNotFound" | "InvalidImageDigest" | "InvalidImageTag") => {
                Ok(Err(Absent::Image))
            }
            code => {
                let reason = optional(failure, "failureReason").unwrap_or_default();
                let told = format!("{} {reason}", code.unwrap_or("no image and no failure"));
                Err(CallError::malformed(OPERATION, told.trim()))
            }
        }
    }

    /// Where the configuration of an image may be fetched for some minutes, by
    /// [GetDownloadUrlForLayer](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn ecr_blob_url(&self, ecr: &Ecr, digest: &str) -> Result<String, CallError> {
        const OPERATION: &str = "ecr:GetDownloadUrlForLayer";
        let request = json!({
            "registryId": ecr.account, "repositoryName": ecr.repository, "layerDigest": digest,
        });
        let answer = self
            .call_json(&ECR, OPERATION, Some(&ecr.region), &request)
            .await?;
        let url = optional(Some(&answer), "downloadUrl");
        url.ok_or_else(|| CallError::malformed(OPERATION, "no `downloadUrl`"))
    }

    /// Beginnings of repositories that ECR fills when a task asks for an image, by
    /// [DescribePullThroughCacheRules](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribePullThroughCacheRules.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn ecr_pull_through(&self, region: &str) -> Result<Vec<String>, CallError> {
        let request = json!({ "maxResults": 1000 });
        let operation = "ecr:DescribePullThroughCacheRules";
        let rules = self.paged(
            &ECR,
            Some(region),
            operation,
            request,
            "pullThroughCacheRules",
        );
        let rules = rules.await?;
        let prefix = |rule| optional(Some(rule), "ecrRepositoryPrefix");
        Ok(rules.iter().filter_map(prefix).collect())
    }
}
