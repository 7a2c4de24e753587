//! Secrets of Secrets Manager: whether they are here, whole, and have what is named.

use std::collections::BTreeSet;

use super::reference::{Part, Secret};
use super::{Finding, Home};
use crate::arn::Arn;
use crate::config::nearest::nearest;
use crate::task_definition::address::Address;

/// A secret as DescribeSecret shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// Full ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// Staging labels in use; `None` where they were not told.
    pub stages: Option<BTreeSet<String>>,
}

impl Described {
    /// Its ARN; `None` where it is being deleted.
    #[must_use]
    pub fn into_arn(self) -> Option<String> {
        (!self.is_deleted && !self.arn.is_empty()).then_some(self.arn)
    }
}

/// Names of the JSON keys in a version of a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Full ARN of the secret.
    pub arn: String,
    /// The names, sorted; none where the value is no JSON object.
    pub names: Vec<String>,
}

/// What is known of a secret by its ARN alone: a finding where it must not or cannot be asked for.
#[must_use]
pub fn elsewhere(secret: &Secret, home: &Home) -> Option<Finding> {
    away(&secret.id, &secret.at(), home)
}

fn differs(known: &Option<String>, named: &str) -> bool {
    known.as_deref().is_some_and(|known| known != named)
}

/// A finding where an ARN leads out of the partition or the account.
pub(super) fn away(id: &str, at: &[Address], home: &Home) -> Option<Finding> {
    let arn = Arn::parse(id)?;
    if differs(&home.partition, arn.partition) {
        let here = home.partition.as_deref().unwrap_or_default();
        return Some(Finding::fault(
            at,
            format!(
                "`{id}` is of partition `{}`, and the task runs in `{here}`",
                arn.partition
            ),
            "partitions do not reach each other: name one of the same partition",
        ));
    }
    if differs(&home.account, arn.account) {
        let here = home.account.as_deref().unwrap_or_default();
        return Some(Finding::warning(
            at,
            format!(
                "`{id}` is of account `{}`, the task runs in `{here}`, and it is not checked",
                arn.account
            ),
            "the other account must let the execution role read it, with a key of its own in KMS",
        ));
    }
    None
}

/// The region that an ARN names, where that is not the task's: ECS reads it there.
#[must_use]
pub fn region<'a>(id: &'a str, home: &Home) -> Option<&'a str> {
    let arn = Arn::parse(id)?;
    differs(&home.region, arn.region).then_some(arn.region)
}

/// What is to be known of something in another region, beside what is found there.
#[must_use]
pub fn abroad(id: &str, at: &[Address], home: &Home) -> Option<Finding> {
    let there = region(id, home)?;
    let here = home.region.as_deref().unwrap_or_default();
    Some(Finding::warning(
        at,
        format!("`{id}` is in region `{there}`, and the task runs in `{here}`"),
        "ECS reads it there, if the task's subnet leads to that region; name one of the task's region, if that is what was meant",
    ))
}

/// The name that a partial ARN means, where Secrets Manager would take its end for the random
/// one: a hyphen and six letters or digits.
#[must_use]
pub fn name_like_suffix(id: &str) -> Option<&str> {
    let name = Arn::parse(id)?.resource.strip_prefix("secret:")?;
    let (_, end) = name.rsplit_once('-')?;
    let is_like = end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    is_like.then_some(name)
}

/// What is there in place of a secret that is not found by its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Near {
    /// Nothing.
    None,
    /// A secret whose name is all of what the ARN names: this is its full ARN.
    Whole(String),
    /// A secret of the same name with another random end: it was made anew.
    Anew(String),
}

/// What there is to say about a secret that is not found.
#[must_use]
pub fn missing(secret: &Secret, near: &Near) -> Finding {
    let (id, at) = (&secret.id, secret.at());
    match near {
        Near::Whole(arn) => Finding::fault(
            &at,
            format!(
                "`{id}` is no full ARN, and Secrets Manager takes its end for the random one: it finds nothing"
            ),
            format!("write the full ARN, {}", in_full(secret, arn)),
        ),
        Near::Anew(arn) => Finding::fault(
            &at,
            format!("there is no secret `{id}`: the one of that name has another ARN"),
            format!("it was made anew; write {}", in_full(secret, arn)),
        ),
        Near::None => Finding::fault(
            &at,
            format!("there is no secret `{id}`"),
            "check name, region and account; infrastructure code makes the secret before it is referred to",
        ),
    }
}

/// What to write for each part that is named, with key, stage and version kept: the full ARN, and
/// what is short for it in acetate.toml.
fn in_full(secret: &Secret, arn: &str) -> String {
    let parts = secret.parts.iter().map(|part| {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let named = [text(&part.key), text(&part.stage), text(&part.version)];
        let named = named.join(":");
        let (suffix, short) = match named.trim_end_matches(':') {
            "" => (String::new(), String::new()),
            short => (format!(":{named}"), format!("#{short}")),
        };
        match name(arn) {
            None => format!("`{arn}{suffix}`"),
            Some(name) => format!(
                "`{arn}{suffix}` (in its own region for short `secretsmanager:{name}{short}`)"
            ),
        }
    });
    let each: BTreeSet<String> = parts.collect();
    each.into_iter().collect::<Vec<_>>().join(" and ")
}

/// The name of the secret of a full ARN, which is without the hyphen and six characters at its end.
fn name(arn: &str) -> Option<&str> {
    let whole = Arn::parse(arn)?.resource.strip_prefix("secret:")?;
    whole.rsplit_once('-').map(|(name, _)| name)
}

/// What there is to say about a secret that is there.
#[must_use]
pub fn present(secret: &Secret, described: &Described) -> Vec<Finding> {
    let (id, at) = (&secret.id, secret.at());
    if described.is_deleted {
        return vec![Finding::fault(
            &at,
            format!("secret `{id}` is being deleted, and cannot be read"),
            "`aws secretsmanager restore-secret` takes that back",
        )];
    }
    let mut found = Vec::new();
    if id.starts_with("arn:") && *id != described.arn {
        found.push(Finding::warning(
            &at,
            format!("`{id}` is no full ARN: policies that name the full one do not fit it"),
            format!("write the full ARN, {}", in_full(secret, &described.arn)),
        ));
    }
    let Some(stages) = &described.stages else {
        return found;
    };
    let lacking = |part: &&Part| {
        let stage = part.stage.as_deref().unwrap_or("AWSCURRENT");
        part.version.is_none() && !stages.contains(stage)
    };
    found.extend(
        secret
            .parts
            .iter()
            .filter(lacking)
            .map(|part| without(id, part)),
    );
    found
}

fn without(id: &str, part: &Part) -> Finding {
    let at = std::slice::from_ref(&part.at);
    match &part.stage {
        Some(stage) => Finding::fault(
            at,
            format!("secret `{id}` has no version with the label `{stage}`"),
            "name a label that it has, or none for the current version",
        ),
        None => Finding::fault(
            at,
            format!("secret `{id}` has no value yet"),
            "put one in: `aws secretsmanager put-secret-value`",
        ),
    }
}

/// A version of a secret: staging label and version id.
pub type Version = (Option<String>, Option<String>);

/// The versions of which keys are named.
#[must_use]
pub fn opened(secret: &Secret) -> BTreeSet<Version> {
    let keyed = secret.parts.iter().filter(|part| part.key.is_some());
    keyed
        .map(|part| (part.stage.clone(), part.version.clone()))
        .collect()
}

/// What there is to say about the keys that are named of one version, which has these.
#[must_use]
pub fn keys(secret: &Secret, version: &Version, has: &[String]) -> Vec<Finding> {
    let id = &secret.id;
    let named = secret.parts.iter().filter_map(|part| {
        let of_version = (&part.stage, &part.version) == (&version.0, &version.1);
        Some((part, part.key.as_ref().filter(|_| of_version)?))
    });
    let lacking = named.filter(|(_, key)| !has.contains(key));
    let told = lacking.map(|(part, key)| {
        let at = std::slice::from_ref(&part.at);
        if has.is_empty() {
            return Finding::fault(
                at,
                format!(
                    "the value of secret `{id}` is no JSON object, and its key `{key}` is named"
                ),
                "name no key, or make its value a JSON object",
            );
        }
        let hint = match nearest(key, has.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add the key to the secret, or name one that it has".to_owned(),
        };
        Finding::fault(at, format!("secret `{id}` has no key `{key}`"), hint)
    });
    told.collect()
}
