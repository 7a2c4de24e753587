//! What a task definition refers to and ECS does not hold: roles, log groups, images in ECR.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, Refusal, list, text};
use super::state::State;
use super::wire::{Protocol, query_response, xml_refusal};

/// A role of IAM.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    expecting = "a table such as `{ trusts = ['ecs-tasks.amazonaws.com'] }`",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
pub struct KnownRole {
    /// Its path.
    pub path: String,
    /// Services that may assume it.
    pub trusts: Vec<String>,
    /// Actions that its policies do not allow, for simulations.
    pub denied: Vec<String>,
}

impl Default for KnownRole {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            trusts: vec!["ecs-tasks.amazonaws.com".to_owned()],
            denied: Vec::new(),
        }
    }
}

/// What is there. A list that is not given holds all that is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    pub(crate) roles: Option<BTreeMap<String, KnownRole>>,
    pub(crate) images: Option<BTreeMap<String, Vec<String>>>,
    pub(crate) pull_through: Vec<String>,
}

/// Answers one operation of IAM.
pub(crate) fn iam(state: &State, operation: &str, request: &Value) -> Response {
    let refuse = |code: &str, message: String| {
        let refusal = Refusal::new(code, message);
        let status = if code == "NoSuchEntity" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::BAD_REQUEST
        };
        xml_refusal(status, Protocol::Query, &refusal)
    };
    let asked = match operation {
        "GetRole" => text(request, "RoleName").unwrap_or_default(),
        "SimulatePrincipalPolicy" => text(request, "PolicySourceArn").unwrap_or_default(),
        _ => {
            return refuse(
                "InvalidAction",
                format!("Could not find operation {operation}"),
            );
        }
    };
    let name = asked.rsplit('/').next().unwrap_or_default();
    let Some(role) = role(state, name) else {
        return refuse(
            "NoSuchEntity",
            format!("The role with name {name} cannot be found."),
        );
    };
    let result = match operation {
        "GetRole" => described(state, name, &role),
        _ => simulated(&role, request),
    };
    query_response(operation, &result)
}

fn role(state: &State, name: &str) -> Option<KnownRole> {
    match &state.surroundings.roles {
        Some(roles) => roles.get(name).cloned(),
        None => Some(KnownRole {
            path: path_of(state, name),
            ..KnownRole::default()
        }),
    }
}

/// The path that some task definition names the role with.
fn path_of(state: &State, name: &str) -> String {
    let documents = state.definitions.values().flatten().map(|d| &d.document);
    let mut named = documents.flat_map(|document| {
        let members = ["taskRoleArn", "executionRoleArn"];
        members
            .into_iter()
            .filter_map(|member| text(document, member))
            .collect::<Vec<_>>()
    });
    let path = named.find_map(|arn| {
        let (_, path) = arn.split_once(":role/")?;
        path.strip_suffix(name).filter(|path| path.ends_with('/'))
    });
    format!("/{}", path.unwrap_or_default())
}

fn described(state: &State, name: &str, role: &KnownRole) -> String {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": role.trusts }, "Action": "sts:AssumeRole" }],
    });
    let escaped = trust
        .to_string()
        .bytes()
        .fold(String::new(), |all, byte| match byte {
            b if b.is_ascii_alphanumeric() => format!("{all}{}", char::from(b)),
            b => format!("{all}%{b:02X}"),
        });
    let (account, path) = (&state.account, &role.path);
    format!(
        "<Role><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>AROAPRACTICE</RoleId>\
         <Arn>arn:aws:iam::{account}:role{path}{name}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{escaped}</AssumeRolePolicyDocument></Role>"
    )
}

fn simulated(role: &KnownRole, request: &Value) -> String {
    let members = |list: &str| -> Vec<String> {
        let numbered = (1..).map(|at| format!("{list}.member.{at}"));
        let texts = numbered.map_while(|name| text(request, &name));
        texts.map(str::to_owned).collect()
    };
    let resources = members("ResourceArns");
    let results = members("ActionNames").into_iter().map(|action| {
        let decision = if role.denied.contains(&action) { "implicitDeny" } else { "allowed" };
        let parts = resources.iter().map(|resource| {
            format!("<member><EvalResourceName>{resource}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision></member>")
        });
        let parts: String = parts.collect();
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName>\
             <EvalDecision>{decision}</EvalDecision><ResourceSpecificResults>{parts}</ResourceSpecificResults></member>"
        )
    });
    let results: String = results.collect();
    format!("<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>")
}

/// Answers one operation of ECR.
pub(crate) fn ecr(state: &State, operation: &str, request: &Value) -> Answer {
    match operation {
        "BatchGetImage" => image(state, request),
        "DescribePullThroughCacheRules" => {
            let rules = state.surroundings.pull_through.iter();
            let rules = rules.map(|prefix| json!({ "ecrRepositoryPrefix": prefix }));
            Ok(json!({ "pullThroughCacheRules": rules.collect::<Vec<_>>() }))
        }
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

fn image(state: &State, request: &Value) -> Answer {
    let repository = text(request, "repositoryName").unwrap_or_default();
    let id = list(request, "imageIds")
        .first()
        .cloned()
        .unwrap_or_default();
    let name = match (text(&id, "imageDigest"), text(&id, "imageTag")) {
        (Some(digest), _) => format!("{repository}@{digest}"),
        (None, tag) => format!("{repository}:{}", tag.unwrap_or_default()),
    };
    let platforms = match &state.surroundings.images {
        None => Some(vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()]),
        Some(images) => {
            let is_of = |known: &String| {
                known.rsplit_once(['@', ':']).is_some_and(|(r, _)| {
                    r == repository || r.strip_suffix("@sha256") == Some(repository)
                })
            };
            if !images.keys().any(is_of) {
                let told = format!(
                    "The repository with name '{repository}' does not exist in the registry"
                );
                return Err(Refusal::new("RepositoryNotFoundException", told));
            }
            images.get(&name).cloned()
        }
    };
    let Some(platforms) = platforms else {
        let failure = json!({ "imageId": id, "failureCode": "ImageNotFound", "failureReason": "Requested image not found" });
        return Ok(json!({ "images": [], "failures": [failure] }));
    };
    let manifests = platforms.iter().map(|platform| {
        let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
        json!({ "platform": { "os": os, "architecture": architecture } })
    });
    let media_type = "application/vnd.oci.image.index.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": manifests.collect::<Vec<_>>() });
    let manifest = manifest.to_string();
    let digest = match text(&id, "imageDigest") {
        Some(digest) => digest.to_owned(),
        None => Sha256::digest(&manifest)
            .iter()
            .fold("sha256:".to_owned(), |all, b| format!("{all}{b:02x}")),
    };
    let shown = json!({
        "registryId": state.account, "repositoryName": repository,
        "imageId": { "imageDigest": digest, "imageTag": id.get("imageTag") },
        "imageManifest": manifest, "imageManifestMediaType": media_type,
    });
    Ok(json!({ "images": [shown], "failures": [] }))
}
