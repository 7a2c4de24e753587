//! What the execution role must be allowed, so that ECS can fetch what the definition refers to.

use super::image::Ecr;
use super::reference::{Arn, References};
use super::{Finding, Home};
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
    let mut all = Vec::new();
    let mut want = |actions: &'static [&'static str], resource: String, at: Vec<Address>| {
        all.push(Access {
            actions,
            resource,
            at,
        });
    };
    for secret in references
        .secrets
        .iter()
        .filter(|secret| secret.id.starts_with("arn:"))
    {
        want(
            &["secretsmanager:GetSecretValue"],
            secret.id.clone(),
            secret.at(),
        );
    }
    let partition = home.partition.as_deref().unwrap_or("aws");
    for parameter in &references.parameters {
        let arn = match (
            parameter.what.starts_with("arn:"),
            &home.region,
            &home.account,
        ) {
            (true, ..) => parameter.what.clone(),
            (false, Some(region), Some(account)) => {
                let name = parameter.what.trim_start_matches('/');
                format!("arn:{partition}:ssm:{region}:{account}:parameter/{name}")
            }
            _ => continue,
        };
        want(&["ssm:GetParameters"], arn, parameter.at.clone());
    }
    for file in &references.env_files {
        let bucket = format!("arn:{partition}:s3:::{}", file.what.bucket);
        want(&["s3:GetObject"], file.what.arn.clone(), file.at.clone());
        want(&["s3:GetBucketLocation"], bucket, file.at.clone());
    }
    if !is_fargate {
        return all;
    }
    let mut from_ecr = Vec::new();
    for image in &references.images {
        if let Some(ecr) = Ecr::parse(&image.what.name) {
            let actions = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
            all.push(Access {
                actions,
                resource: ecr.arn(partition),
                at: image.at.clone(),
            });
            from_ecr.extend(image.at.iter().cloned());
        }
    }
    if !from_ecr.is_empty() {
        let actions = &["ecr:GetAuthorizationToken"];
        all.push(Access {
            actions,
            resource: "*".to_owned(),
            at: from_ecr,
        });
    }
    for group in &references.log_groups {
        let region = group.what.region.as_ref().or(home.region.as_ref());
        let (Some(region), Some(account)) = (region, &home.account) else {
            continue;
        };
        let arn = format!(
            "arn:{partition}:logs:{region}:{account}:log-group:{}",
            group.what.name
        );
        if group.what.is_created {
            all.push(Access {
                actions: &["logs:CreateLogGroup"],
                resource: arn.clone(),
                at: group.at.clone(),
            });
        }
        let actions = &["logs:CreateLogStream", "logs:PutLogEvents"];
        all.push(Access {
            actions,
            resource: format!("{arn}:log-stream:task"),
            at: group.at.clone(),
        });
    }
    all
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
