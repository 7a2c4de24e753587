//! The check of one image.

use super::asks::Asks;
use super::checks::unknown;
use crate::aws::EcrImage;
use crate::event::Severity;
use crate::registry::config_digest;
use crate::verify::image::{Ecr, Platform, fits, missing, missing_in_ecr, platforms};
use crate::verify::reference::{Image, Reference};
use crate::verify::{Finding, Home};

/// Whether an image is there and made for the platform of the tasks.
pub async fn image(
    asks: &Asks,
    image: &Reference<Image>,
    home: &Home,
    platform: Option<&Platform>,
    is_fargate: bool,
) -> Vec<Finding> {
    let name = &image.what.name;
    if let Some(ecr) = Ecr::parse(name) {
        return in_ecr(asks, image, &ecr, home, platform).await;
    }
    if asks.aws().has_own_endpoint().await {
        let message = format!(
            "`{name}` is not checked: no registry is asked where something else stands for AWS"
        );
        return vec![Finding {
            severity: Severity::Info,
            ..Finding::warning(&image.at, message, "")
        }];
    }
    match asks.image(name).await {
        Ok(Some(found)) => fits(image, platform, &found.platforms)
            .into_iter()
            .collect(),
        Ok(None) => vec![missing(image, is_fargate)],
        Err(failure) => {
            let message = format!("image `{name}` is not checked: {}", failure.message);
            vec![Finding::warning(
                &image.at,
                message,
                failure.hint.unwrap_or_default(),
            )]
        }
    }
}

async fn in_ecr(
    asks: &Asks,
    image: &Reference<Image>,
    ecr: &Ecr,
    home: &Home,
    platform: Option<&Platform>,
) -> Vec<Finding> {
    match asks.ecr(ecr).await {
        Ok(Ok(found)) => fitting(asks, image, ecr, &found, platform).await,
        Ok(Err(absent)) => {
            let rules = asks.rules(&ecr.region).await.ok();
            vec![missing_in_ecr(image, ecr, absent, home, rules.as_deref())]
        }
        Err(error) => vec![unknown(&image.what.name, &image.at, error)],
    }
}

/// An index tells its platforms. Else the platform stands in the image's configuration, which is
/// fetched where ECR says.
async fn fitting(
    asks: &Asks,
    image: &Reference<Image>,
    ecr: &Ecr,
    found: &EcrImage,
    platform: Option<&Platform>,
) -> Vec<Finding> {
    let has = match (platforms(&found.manifest), config_digest(&found.manifest)) {
        (Some(platforms), _) => platforms,
        (None, Some(digest)) if platform.is_some() && !asks.aws().has_own_endpoint().await => {
            let url = match asks.aws().ecr_blob_url(ecr, digest).await {
                Ok(url) => url,
                Err(error) => return vec![unknown("the platform of the image", &image.at, error)],
            };
            match asks.registry().platform_at(&url).await {
                Ok(platform) => platform.into_iter().collect(),
                Err(failure) => {
                    let name = &image.what.name;
                    let message = format!(
                        "the platform of image `{name}` is not checked: {}",
                        failure.message
                    );
                    return vec![Finding::warning(&image.at, message, "")];
                }
            }
        }
        (None, _) => return Vec::new(),
    };
    fits(image, platform, &has).into_iter().collect()
}
