//! Images: where they are, and whether they are made for the platform of the task.

use serde_json::Value;

use super::reference::{Image, Reference};
use super::{Finding, Home};
use crate::task_definition::TaskDefinition;

/// An image in a private registry of ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ecr {
    /// Account of the registry.
    pub account: String,
    /// Region of the registry.
    pub region: String,
    /// Repository.
    pub repository: String,
    /// Tag; `latest` where neither a tag nor a digest is named.
    pub tag: Option<String>,
    /// `sha256:…`; goes before the tag.
    pub digest: Option<String>,
}

impl Ecr {
    /// Reads the name of an image; `None` where it is in another registry.
    #[must_use]
    pub fn parse(image: &str) -> Option<Self> {
        let (host, path) = image.split_once('/')?;
        let mut parts = host.split('.');
        let account = parts.next()?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        // `dkr.ecr.REGION.…`, `dkr.ecr-fips.REGION.…` and, with both protocols of addresses,
        // `dkr-ecr.REGION.on.aws`.
        let region = match (parts.next()?, parts.next()?) {
            ("dkr", "ecr" | "ecr-fips") => parts.next()?,
            ("dkr-ecr" | "dkr-ecr-fips", region) => region,
            _ => return None,
        };
        if !is_account {
            return None;
        }
        let (name, digest) = match path.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (path, None),
        };
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (name, None),
        };
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Some(Self {
            account: account.to_owned(),
            region: region.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest,
        })
    }

    /// ARN of the repository, in this partition.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        let Self {
            account,
            region,
            repository,
            ..
        } = self;
        format!("arn:{partition}:ecr:{region}:{account}:repository/{repository}")
    }
}

/// What the tasks run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// `linux/amd64`, as registries write it.
    pub name: String,
    /// Whether it is Fargate's: elsewhere an instance may have its own ways.
    pub is_fargate: bool,
}

/// The platform of the tasks; `None` where their instances decide. `launch_type` is that of the
/// service.
#[must_use]
pub fn platform(definition: &TaskDefinition, launch_type: Option<&str>) -> Option<Platform> {
    let document = definition.value();
    let is_fargate = is_fargate(definition, launch_type);
    let text = |member: &str| document.get("runtimePlatform")?.get(member)?.as_str();
    let architecture = match text("cpuArchitecture") {
        Some("X86_64") => "amd64",
        Some("ARM64") => "arm64",
        None if is_fargate => "amd64",
        _ => return None,
    };
    let system = match text("operatingSystemFamily") {
        Some(family) if family.starts_with("WINDOWS") => "windows",
        Some("LINUX") | None => "linux",
        Some(_) => return None,
    };
    Some(Platform {
        name: format!("{system}/{architecture}"),
        is_fargate,
    })
}

/// Whether the tasks run on Fargate.
#[must_use]
pub fn is_fargate(definition: &TaskDefinition, launch_type: Option<&str>) -> bool {
    match launch_type {
        Some(launch_type) => launch_type == "FARGATE",
        None => {
            let list = definition
                .value()
                .get("requiresCompatibilities")
                .and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one == "FARGATE"))
        }
    }
}

/// The platforms that an index names, `linux/amd64` each; `None` for what is no index. What is
/// no image (an attestation) has the platform `unknown/unknown`, and is left out.
#[must_use]
pub fn platforms(manifest: &Value) -> Option<Vec<String>> {
    let manifests = manifest.get("manifests")?.as_array()?;
    let named = manifests
        .iter()
        .filter_map(|one| one_platform(one.get("platform")?));
    Some(named.filter(|name| name != "unknown/unknown").collect())
}

/// The platform in an image's configuration, or in an entry of an index.
#[must_use]
pub fn one_platform(described: &Value) -> Option<String> {
    let text = |member: &str| {
        described
            .get(member)?
            .as_str()
            .filter(|text| !text.is_empty())
    };
    Some(format!("{}/{}", text("os")?, text("architecture")?))
}

/// What there is to say about an image that has these platforms.
#[must_use]
pub fn fits(
    image: &Reference<Image>,
    wanted: Option<&Platform>,
    has: &[String],
) -> Option<Finding> {
    let wanted = wanted?;
    if has.is_empty() || has.contains(&wanted.name) {
        return None;
    }
    let (name, platform) = (&image.what.name, &wanted.name);
    let message = format!(
        "image `{name}` is not made for `{platform}`, which the tasks run on, but for `{}`",
        has.join("`, `")
    );
    let hint = format!(
        "build it for that (`docker buildx build --platform {platform}`), or set `runtimePlatform`"
    );
    Some(match wanted.is_fargate {
        true => Finding::fault(&image.at, message, hint),
        // An instance may emulate.
        false => Finding::warning(&image.at, message, hint),
    })
}

/// What there is to say about an image that its registry, which is none of ECR's, does not have.
#[must_use]
pub fn missing(image: &Reference<Image>, is_fargate: bool) -> Finding {
    let message = format!("there is no image `{}`", image.what.name);
    match (image.what.has_credentials, is_fargate) {
        (true, _) => Finding::warning(
            &image.at,
            format!(
                "{message} that may be seen without the container's own `repositoryCredentials`"
            ),
            "check its name and its tag",
        ),
        (false, false) => Finding::warning(
            &image.at,
            format!(
                "{message} that may be seen from here; instances may have credentials or a mirror of their own"
            ),
            "check its name and its tag",
        ),
        (false, true) => Finding::fault(
            &image.at,
            message,
            "check its name and its tag, and that it was pushed",
        ),
    }
}

/// What a repository of ECR says about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The repository is not there.
    Repository,
    /// The repository has no such image.
    Image,
}

/// Beginnings of repositories that are filled from elsewhere; `None` where nobody may tell.
pub type PullThrough<'a> = Option<&'a [String]>;

/// What there is to say about an image that ECR does not have.
#[must_use]
pub fn missing_in_ecr(
    image: &Reference<Image>,
    ecr: &Ecr,
    absent: Absent,
    home: &Home,
    rules: PullThrough<'_>,
) -> Finding {
    let (name, repository) = (&image.what.name, &ecr.repository);
    let message = match absent {
        Absent::Repository => {
            format!("there is no repository `{repository}` in ECR, and so no image `{name}`")
        }
        Absent::Image => format!("there is no image `{name}` in ECR"),
    };
    if home
        .account
        .as_ref()
        .is_some_and(|account| *account != ecr.account)
    {
        return Finding::warning(
            &image.at,
            format!(
                "{message} that may be seen from here: the repository is of account `{}`",
                ecr.account
            ),
            "check name and tag, and that the repository's policy lets both you and the execution role in",
        );
    }
    let Some(rules) = rules else {
        return Finding::warning(
            &image.at,
            format!("{message}; whether a pull-through rule fetches it is not known"),
            "allow `ecr:DescribePullThroughCacheRules` to whoever deploys, and check that the image was pushed",
        );
    };
    let is_through = |prefix: &String| {
        prefix == "ROOT"
            || repository
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
    };
    match rules.iter().find(|prefix| is_through(prefix)) {
        Some(prefix) => Finding::warning(
            &image.at,
            format!(
                "{message} yet: the pull-through rule `{prefix}` fetches it when a task asks for it"
            ),
            "check its name and its tag: whether it is there in the end is not known",
        ),
        None => Finding::fault(
            &image.at,
            message,
            "check its name and its tag, and that it was pushed",
        ),
    }
}
