//! What `verify` asks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Facts;
use super::statement::Statement;
use crate::arn::Arn;
use crate::verify::Check;
use crate::verify::image::Ecr;

/// What a template and the configuration refer to, as far as it can be told without a render.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referred {
    /// ARNs of secrets, or their names.
    pub secrets: BTreeSet<String>,
    /// Those of which a JSON key is named.
    pub opened: BTreeSet<String>,
    /// Parameters by name or ARN.
    pub parameters: BTreeSet<String>,
    /// Images; `*` stands for what is not known.
    pub images: BTreeSet<String>,
    /// Regions of log groups; empty text for the task's own.
    pub logs: BTreeSet<String>,
    /// ARNs of objects with environment variables.
    pub objects: BTreeSet<String>,
}

/// Members, of a task definition or of the configuration, below which secrets are named. A value
/// of a variable that looks like an ARN is the application's own business.
const OF_SECRETS: [&str; 6] = [
    "secrets",
    "secretOptions",
    "secret-options",
    "repositoryCredentials",
    "repository-credentials",
    "authorizationConfig",
];

impl Referred {
    /// Adds what a document refers to: a task definition, or a part of the configuration.
    pub fn add(&mut self, document: &Value) {
        match document {
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        ("image", Value::String(image)) => drop(self.images.insert(image.clone())),
                        (name, value) if OF_SECRETS.contains(&name) => self.sources(value),
                        ("environmentFiles" | "environment-files", value) => self.env_files(value),
                        ("awslogs-group", _) => {
                            let region = members.get("awslogs-region").and_then(Value::as_str);
                            self.logs.insert(region.unwrap_or_default().to_owned());
                        }
                        (_, value) => self.add(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// All that may be a source of a secret: each text but the names of variables.
    fn sources(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.sources(item)),
            Value::Object(members) => {
                let others = members.iter().filter(|(name, _)| *name != "name");
                others.for_each(|(_, value)| self.sources(value));
            }
            Value::String(text) => self.source(text),
            _ => {}
        }
    }

    fn source(&mut self, text: &str) {
        let Some(arn) = Arn::parse_pattern(text) else {
            match text.split_once(':') {
                // The names are looked up, and that is another statement.
                Some(("secretsmanager", name)) => {
                    if let Some((name, _)) = name.split_once('#') {
                        self.opened.insert(name.to_owned());
                    }
                }
                Some(_) => {}
                None => drop(self.parameters.insert(text.to_owned())),
            }
            return;
        };
        match arn.service {
            "secretsmanager" => {
                let id = arn.of_secret();
                let key = arn.resource.split(':').nth(2);
                if key.is_some_and(|key| !key.is_empty()) {
                    self.opened.insert(id.clone());
                }
                self.secrets.insert(id);
            }
            "ssm" => drop(self.parameters.insert(text.to_owned())),
            _ => {}
        }
    }

    fn env_files(&mut self, files: &Value) {
        let files = files.as_array().into_iter().flatten();
        let arns = files.filter_map(|file| file.get("value").unwrap_or(file).as_str());
        let arns =
            arns.filter(|arn| Arn::parse_pattern(arn).is_some_and(|arn| arn.service == "s3"));
        self.objects.extend(arns.map(str::to_owned));
    }
}

pub(super) fn statements(facts: &Facts<'_>) -> Vec<Statement> {
    let makes = |check: Check| !check.is_skipped(&facts.settings.deploy.skip_checks);
    let mut found = Vec::new();
    if makes(Check::Images) {
        found.extend(images(facts));
    }
    if makes(Check::Roles) {
        let actions = match makes(Check::RoleAccess) {
            true => &["iam:GetRole", "iam:SimulatePrincipalPolicy"][..],
            false => &["iam:GetRole"],
        };
        found.extend(roles(facts, actions));
    } else if makes(Check::RoleAccess) {
        found.extend(roles(facts, &["iam:SimulatePrincipalPolicy"]));
    }
    found.extend(referred(facts, &makes));
    found
}

fn roles(facts: &Facts<'_>, actions: &[&'static str]) -> Option<Statement> {
    let roles = match facts.roles {
        Some([]) => return None,
        Some(roles) => roles.iter().map(|role| facts.place.role(role)).collect(),
        None => vec![facts.place.role("*")],
    };
    Some(Statement::new(
        "VerifyRoles",
        "`verify`: the roles are there, trust ECS tasks, and may read what is referred to",
        actions.iter().copied(),
        roles,
    ))
}

fn images(facts: &Facts<'_>) -> Vec<Statement> {
    let images = facts.referred.images.iter();
    let repositories: Vec<String> = images.filter_map(|name| repository(facts, name)).collect();
    if repositories.is_empty() {
        return Vec::new();
    }
    vec![
        Statement::new(
            "VerifyImages",
            "`verify`: the images are in ECR, and for the platform of the task",
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            repositories,
        ),
        Statement::new(
            "VerifyPullThrough",
            "`verify`: tells an image that ECR fetches from elsewhere from one that is missing; AWS takes no resource for this action",
            ["ecr:DescribePullThroughCacheRules"],
            ["*".to_owned()],
        ),
    ]
}

/// ARN of the repository that an image is in, where that is or may be one of ECR.
fn repository(facts: &Facts<'_>, name: &str) -> Option<String> {
    let place = facts.place;
    match Ecr::parse(name) {
        Some(ecr) => Some(ecr.arn(place.partition())),
        // What a run names may be anywhere.
        None if name.starts_with('*') || name.starts_with("running:") => {
            Some(place.arn("ecr", "repository/*"))
        }
        None => None,
    }
}

fn referred(facts: &Facts<'_>, makes: &dyn Fn(Check) -> bool) -> Vec<Statement> {
    let (place, of) = (facts.place, facts.referred);
    let secrets = |names: &BTreeSet<String>| names.iter().map(|n| place.secret(n)).collect();
    let below = facts.lookups.below.iter().map(|path| {
        let path = path.trim_end_matches('/');
        place.parameter(&format!("{path}/*"))
    });
    let others = of.parameters.difference(&facts.lookups.parameters);
    let parameters = others.map(|n| place.parameter(n)).chain(below);
    let logs = of.logs.iter().map(|region| place.log_groups(region));
    let wanted: [(Check, &'static str, &'static str, &'static str, Vec<String>); 5] = [
        (
            Check::Secrets,
            "LookUpSecrets",
            "finds the secrets that template and configuration name; no value is read",
            "secretsmanager:DescribeSecret",
            secrets(&of.secrets),
        ),
        (
            Check::SecretKeys,
            "VerifySecretKeys",
            "`verify`: the secrets have the JSON keys that are named, which AWS tells with the value only; `skip-checks = [\"secret-keys\"]` in `[deploy]` does without",
            "secretsmanager:GetSecretValue",
            secrets(&of.opened),
        ),
        (
            Check::Parameters,
            "LookUpParameters",
            "finds the parameters that template and configuration name; no SecureString is decrypted",
            "ssm:GetParameters",
            parameters.collect(),
        ),
        (
            Check::LogGroups,
            "VerifyLogGroups",
            "`verify`: the log groups are there; AWS takes no single group for this action",
            "logs:DescribeLogGroups",
            logs.collect(),
        ),
        (
            Check::EnvFiles,
            "VerifyEnvFiles",
            "`verify`: the files of environment variables are there; none is read",
            "s3:GetObject",
            of.objects.iter().cloned().collect(),
        ),
    ];
    let needed = wanted
        .into_iter()
        .filter(|(check, .., resources)| makes(*check) && !resources.is_empty());
    needed
        .map(|(_, sid, why, action, resources)| Statement::new(sid, why, [action], resources))
        .collect()
}
