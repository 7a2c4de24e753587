//! What the execution role must be allowed, so that ECS can fetch what the definition refers to.

use super::image::Ecr;
use super::reference::{LogGroup, Reference, References, Secret};
use super::{Finding, Home};
use crate::arn::Arn;
use crate::task_definition::address::Address;

/// Actions on a resource, and the places that need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// As IAM names them.
    pub actions: &'static [&'static str],
    /// ARN, or `*`.
    pub resource: String,
    /// The places that need it.
    pub at: Vec<Address>,
}

/// What the role must be allowed. Images and logs are fetched and written as it on Fargate; on
/// instances that is the agent's own role as a rule.
#[must_use]
pub fn wanted(references: &References, home: &Home, is_fargate: bool) -> Vec<Access> {
    let mut all = sources(references, home);
    if is_fargate {
        all.extend(images(references, home));
        all.extend(logs(references, home));
    }
    all
}

fn access(actions: &'static [&'static str], resource: String, at: &[Address]) -> Access {
    let at = at.to_vec();
    Access {
        actions,
        resource,
        at,
    }
}

fn partition(home: &Home) -> &str {
    home.partition.as_deref().unwrap_or("aws")
}

/// Secrets, parameters and files of environment variables.
fn sources(references: &References, home: &Home) -> Vec<Access> {
    let is_arn = |secret: &&Secret| secret.id.starts_with("arn:");
    let secrets = references.secrets.iter().filter(is_arn).map(|secret| {
        let actions = &["secretsmanager:GetSecretValue"];
        access(actions, secret.id.clone(), &secret.at())
    });
    let parameters = references.parameters.iter().filter_map(|parameter| {
        let arn = parameter_arn(&parameter.what, home)?;
        Some(access(&["ssm:GetParameters"], arn, &parameter.at))
    });
    let files = references.env_files.iter().flat_map(|file| {
        let bucket = format!("arn:{}:s3:::{}", partition(home), file.what.bucket);
        [
            access(&["s3:GetObject"], file.what.arn.clone(), &file.at),
            access(&["s3:GetBucketLocation"], bucket, &file.at),
        ]
    });
    secrets.chain(parameters).chain(files).collect()
}

/// ARN of a parameter by name or ARN; `None` where region or account are not known.
fn parameter_arn(name: &str, home: &Home) -> Option<String> {
    if name.starts_with("arn:") {
        return Some(name.to_owned());
    }
    let (region, account) = (home.region.as_ref()?, home.account.as_ref()?);
    let (partition, name) = (partition(home), name.trim_start_matches('/'));
    Some(format!(
        "arn:{partition}:ssm:{region}:{account}:parameter/{name}"
    ))
}

fn images(references: &References, home: &Home) -> Vec<Access> {
    let of_ecr = references.images.iter().filter_map(|image| {
        let arn = Ecr::parse(&image.what.name)?.arn(partition(home));
        let actions = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
        Some(access(actions, arn, &image.at))
    });
    let mut all: Vec<Access> = of_ecr.collect();
    let at: Vec<Address> = all.iter().flat_map(|one| one.at.clone()).collect();
    if !at.is_empty() {
        all.push(access(&["ecr:GetAuthorizationToken"], "*".to_owned(), &at));
    }
    all
}

fn logs(references: &References, home: &Home) -> Vec<Access> {
    let of_group = |group: &Reference<LogGroup>| {
        let region = group.what.region.as_ref().or(home.region.as_ref());
        let (Some(region), Some(account)) = (region, &home.account) else {
            return Vec::new();
        };
        let (partition, name) = (partition(home), &group.what.name);
        let arn = format!("arn:{partition}:logs:{region}:{account}:log-group:{name}");
        let streams = format!("{arn}:log-stream:task");
        let made = group.what.is_created;
        let made = made.then(|| access(&["logs:CreateLogGroup"], arn, &group.at));
        let actions = &["logs:CreateLogStream", "logs:PutLogEvents"];
        let written = access(actions, streams, &group.at);
        made.into_iter().chain([written]).collect()
    };
    references.log_groups.iter().flat_map(of_group).collect()
}

/// Accesses that one simulation asks for: those of the same actions.
#[must_use]
pub fn grouped(wanted: Vec<Access>) -> Vec<(&'static [&'static str], Vec<Access>)> {
    let mut groups: Vec<(&'static [&'static str], Vec<Access>)> = Vec::new();
    for access in wanted {
        match groups
            .iter_mut()
            .find(|(actions, _)| *actions == access.actions)
        {
            Some((_, group)) => group.push(access),
            None => groups.push((access.actions, vec![access])),
        }
    }
    groups
}

/// What a simulation says of an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// As IAM names it.
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
    /// Whether the role's own policies allow it.
    pub is_allowed: bool,
}

/// What there is to say about the decisions: warnings only, since policies of resources are not
/// seen.
#[must_use]
pub fn refused(role: &str, wanted: &[Access], decisions: &[Decision]) -> Vec<Finding> {
    let no = decisions.iter().filter(|decision| !decision.is_allowed);
    let told = no.filter_map(|decision| {
        let access = wanted.iter().find(|access| access.resource == decision.resource)?;
        let (action, resource) = (&decision.action, &decision.resource);
        // A secret, a bucket or a repository may let the role in by a policy of its own.
        let own = Arn::parse(resource).is_some_and(|arn| matches!(arn.service, "secretsmanager" | "s3" | "ecr"));
        let seen = if own { "; a policy of the resource, which is not seen here, may" } else { "" };
        Some(Finding::warning(
            &access.at,
            format!("the policies of execution role `{role}` do not allow `{action}` on `{resource}`{seen}"),
            format!("allow `{action}` to the role in infrastructure code"),
        ))
    });
    told.collect()
}
