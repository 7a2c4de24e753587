//! What runs, read from AWS for the draft of an acetate.toml.

use std::collections::BTreeSet;

use cap_std::fs::Dir;
use serde_json::Value;

use crate::arn::Arn;
use crate::aws::{self, Aws, CallError, Connection};
use crate::cli::Global;
use crate::commands::looking::found;
use crate::config::init::{self, Difference, Draft, Lookup, Running, Short};
use crate::config::template_ref::TemplateRef;
use crate::diff;
use crate::error::{Error, ErrorKind};
use crate::output::{Output, mask};
use crate::task_definition::TaskDefinition;
use crate::task_definition::parse;
use crate::template;
use crate::wait::observation::ServiceView;

/// What was asked for.
pub struct Wanted<'a> {
    pub cluster: &'a str,
    pub service: &'a str,
    pub template: Option<&'a TemplateRef>,
}

/// The acetate.toml with which the service goes on as it runs.
pub async fn draft(
    wanted: &Wanted<'_>,
    global: &Global,
    folder: &Dir,
    out: &mut Output,
) -> Result<Draft, Error> {
    if global.offline {
        return Err(Error::new(
            ErrorKind::Usage,
            "a service cannot be read with `--offline`",
        ));
    }
    let aws = aws::connect(&Connection {
        region: global.region.clone(),
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        pace: global.pace,
        ..Connection::default()
    })?;
    let service = found(&aws, wanted.cluster, wanted.service).await?;
    let definition = running(&aws, &service).await?;
    let reference = match wanted.template {
        Some(reference) => reference.clone(),
        None => own_family(&definition, &service)?,
    };
    let template = template::read(&reference, &aws, folder).await?.definition;
    let known = shorts(&aws, &definition, &service.task_definition, out).await;
    let short = |value: &str| {
        known
            .iter()
            .find(|(from, _)| from == value)
            .map(|(_, short)| short.clone())
    };
    Ok(init::from_service(&Running {
        cluster: wanted.cluster,
        service: &service.name,
        arn: &service.task_definition,
        definition: &definition,
        reference: &reference,
        template: &template,
        differences: &differences(&template, &definition),
        short: &short,
        looks_secret: &|name, value| mask::environment(name, value) != value,
    }))
}

async fn running(aws: &Aws, service: &ServiceView) -> Result<TaskDefinition, Error> {
    let arn = &service.task_definition;
    let absent = || {
        Error::new(
            ErrorKind::Input,
            format!(
                "service `{}` has no task definition to start from",
                service.name
            ),
        )
        .hint("`acetate init` without `--service` writes a file to fill in")
    };
    let answer = aws
        .describe_task_definition(arn)
        .await
        .map_err(unchanged)?
        .ok_or_else(absent)?;
    let parsed = parse::from_described(answer).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Error::new(
            ErrorKind::Input,
            format!("`{arn}` cannot be read: {}", told.join("; ")),
        )
    })?;
    Ok(parsed.definition)
}

/// The family that runs, as the template.
fn own_family(definition: &TaskDefinition, service: &ServiceView) -> Result<TemplateRef, Error> {
    let family = definition.family().unwrap_or_default();
    format!("ecs:{family}").parse().map_err(|error| {
        Error::new(ErrorKind::Input, error).hint(format!(
            "name the template of `{}` with `--template`",
            service.name
        ))
    })
}

fn differences(template: &TaskDefinition, running: &TaskDefinition) -> Vec<Difference> {
    let changes = diff::diff(template, running).into_iter();
    changes
        .filter_map(|change| {
            let address = change.address.parse().ok()?;
            Some(Difference {
                address,
                template: change.old,
                running: change.new,
            })
        })
        .collect()
}

/// Short forms of the secrets in a document, where a look-up shows that they mean the same.
async fn shorts(
    aws: &Aws,
    definition: &TaskDefinition,
    arn: &str,
    out: &mut Output,
) -> Vec<(String, String)> {
    let Some(Arn {
        region, account, ..
    }) = Arn::parse(arn)
    else {
        return Vec::new();
    };
    let mut values = BTreeSet::new();
    references(definition.value(), &mut values);
    let possible = values
        .into_iter()
        .filter_map(|value| Some((value, init::short(value, account, region)?)));
    let mut known = Vec::new();
    for (value, short) in possible {
        match is_the_same(aws, &short).await {
            Ok(true) => known.push((value.to_owned(), short.reference)),
            Ok(false) => {}
            Err(error) => {
                out.note(&format!("secrets are written as ARNs: {error}"));
                return Vec::new();
            }
        }
    }
    known
}

async fn is_the_same(aws: &Aws, short: &Short) -> Result<bool, CallError> {
    let found = match &short.lookup {
        Lookup::Secret(name) => aws.secret_arn(name).await?,
        Lookup::Parameter(name) => {
            let found = aws.parameters(std::slice::from_ref(name), None).await?;
            found.get(name).map(|parameter| parameter.arn.clone())
        }
    };
    Ok(found.as_ref() == Some(&short.arn))
}

/// Every `valueFrom`.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("valueFrom").and_then(Value::as_str));
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn unchanged(error: CallError) -> Error {
    error.into_error(false)
}
