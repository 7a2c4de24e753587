//! `permissions`: the least-privilege IAM policy for this configuration.

mod wanted;

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::looking::chosen;
use super::prepare::{Project, connection};
use crate::aws::{Aws, connect};
use crate::cli::Global;
use crate::config::template_ref::TemplateRef;
use crate::config::{Selection, Settings};
use crate::error::Error;
use crate::output::Output;
use crate::permissions::{
    Facts, Lookups, Place, Purpose, Referred, Statement, document, statements,
};
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use crate::template;
use crate::wait::log::groups;

/// Prints the least-privilege IAM policy for this configuration
#[derive(Debug, Args)]
#[command(
    after_help = "Example: acetate permissions -e prod > policy.json\n\nThe document is on stdout, what each statement is for on stderr."
)]
pub struct PermissionsArgs {
    /// Service of the configuration; all of them where none is named
    service: Option<String>,
    /// For the verbs that only look, for all, or for `history prune`
    #[arg(long = "for", value_name = "PURPOSE", value_enum, default_value_t)]
    purpose: For,
}

/// What the policy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum For {
    /// The verbs that only look: diff, verify, plan, status, history, and wait where nothing is to be published
    Plan,
    /// All verbs but `history prune`
    #[default]
    Deploy,
    /// `history prune`, which asks the whole account and region
    Prune,
}

/// One service, as far as its policy depends on it.
struct Known {
    settings: Settings,
    place: Place,
    roles: Option<Vec<String>>,
    logs: Option<Vec<(String, Option<String>)>>,
    lookups: Lookups,
    referred: Referred,
}

/// Characters of a managed policy, white space aside.
const LARGEST: usize = 6144;

/// Prints it.
///
/// # Errors
/// Faults of the configuration.
pub async fn run(args: PermissionsArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let named: Vec<String> = args.service.into_iter().collect();
    let mut known = Vec::new();
    for name in chosen(&project, &named) {
        known.push(know(&project, name.as_deref(), out).await?);
    }
    let facts: Vec<Facts<'_>> = known.iter().map(facts).collect();
    let purpose = match args.purpose {
        For::Plan => Purpose::Plan,
        For::Deploy => Purpose::Deploy,
        For::Prune => Purpose::Prune,
    };
    let statements = statements(&facts, purpose);
    explain(&known, &statements, out);
    if purpose == Purpose::Deploy && !statements.iter().any(|one| one.sid == "RunTask") {
        out.note("`run` is not in it: the configuration has no `before` and no `after` task");
    }
    out.json(&document(&statements));
    Ok(())
}

fn facts(known: &Known) -> Facts<'_> {
    Facts {
        settings: &known.settings,
        place: &known.place,
        roles: known.roles.as_deref(),
        lookups: &known.lookups,
        logs: known.logs.as_deref(),
        referred: &known.referred,
    }
}

async fn know(project: &Project, name: Option<&str>, out: &mut Output) -> Result<Known, Error> {
    let settings = settings(project, name, out)?;
    let aws = Arc::new(connect(&connection(project.global(), &settings))?);
    let place = place(project, &settings, &aws, out).await;
    let template = template(project, &settings, &aws, out).await;
    let lookups = wanted::lookups(&settings)?;
    let mut referred = wanted::referred(&settings);
    if let Some(template) = &template {
        referred.add(template.value());
    }
    Ok(Known {
        place,
        roles: template.as_ref().and_then(|of| roles(of, &settings, out)),
        logs: template.map(|of| groups(of.containers())),
        lookups,
        referred,
        settings,
    })
}

/// With the inputs that are there; `*` stands for any other where a name is made from it.
fn settings(project: &Project, name: Option<&str>, out: &mut Output) -> Result<Settings, Error> {
    let global = project.global();
    let with = |open: &[String], value: &str| {
        let open = open.iter().map(|input| (input.clone(), value.to_owned()));
        project.config().settings(&Selection {
            service: name,
            environment: global.environment.as_deref(),
            set: &open.chain(global.set.iter().cloned()).collect::<Vec<_>>(),
            env: &|name| std::env::var(name).ok(),
        })
    };
    if let Ok(settings) = with(&[], "") {
        return Ok(settings);
    }
    let inputs = project.config().inputs();
    let has_no_value = |input: &&String| {
        let others = inputs.iter().filter(|other| other != input).cloned();
        with(&others.collect::<Vec<_>>(), "*").is_err()
    };
    let open: Vec<String> = inputs.iter().filter(has_no_value).cloned().collect();
    let Ok(settings) = with(&open, "*") else {
        // The usual way tells what is wrong, and where.
        return project.settings(name, out);
    };
    // Most inputs are images, which no policy speaks of.
    let other = with(&open, "0").ok();
    let matters = match &other {
        Some(other) => shape(other)? != shape(&settings)?,
        None => true,
    };
    if matters {
        out.warn(&format!(
            "`*` stands for inputs without a value: `{}`; `--set` gives them one",
            open.join("`, `")
        ));
    }
    Ok(settings)
}

/// What the configuration alone makes of a policy.
fn shape(settings: &Settings) -> Result<Value, Error> {
    let anywhere = Place {
        account: "*".to_owned(),
        region: "*".to_owned(),
    };
    let facts = Facts {
        settings,
        place: &anywhere,
        roles: None,
        lookups: &wanted::lookups(settings)?,
        logs: None,
        referred: &wanted::referred(settings),
    };
    Ok(document(&statements(&[facts], Purpose::Deploy)))
}

/// Account and region, from the configuration or else from the caller.
async fn place(project: &Project, settings: &Settings, aws: &Aws, out: &mut Output) -> Place {
    let region = match &connection(project.global(), settings).region {
        Some(region) => Some(region.clone()),
        None => aws.region().await,
    };
    if region.is_none() {
        out.warn("no region is known, and `*` stands for it; `--region` names one");
    }
    let account = match &settings.account {
        Some(account) => Some(account.clone()),
        None if project.global().offline => None,
        None => match aws.caller_account().await {
            Ok(account) => Some(account.to_owned()),
            Err(error) => {
                out.warn(&error.to_string());
                None
            }
        },
    };
    if account.is_none() {
        out.warn("no account is known, and `*` stands for it; `account` in acetate.toml names one");
    }
    let or_any = |known: Option<String>| known.unwrap_or_else(|| "*".to_owned());
    Place {
        account: or_any(account),
        region: or_any(region),
    }
}

/// The template, which names roles and log groups; `None`, with a word, where it is not read.
async fn template(
    project: &Project,
    settings: &Settings,
    aws: &Aws,
    out: &mut Output,
) -> Option<TaskDefinition> {
    const ANY: &str = "`role/*` stands for the roles that tasks get, `log-group:*` for what they log to; what else the template refers to, and `verify` asks for, is left out";
    let is_near = matches!(settings.template, TemplateRef::File(_) | TemplateRef::Stdin);
    if project.global().offline && !is_near {
        out.warn(&format!(
            "the template is not read with `--offline`, and {ANY}"
        ));
        return None;
    }
    match template::read(&settings.template, aws, project.folder()).await {
        Ok(template) => Some(template.definition),
        Err(error) => {
            out.warn(&format!("{error}; {ANY}"));
            None
        }
    }
}

/// The roles of the template. `None` where an overlay may set others.
fn roles(template: &TaskDefinition, settings: &Settings, out: &mut Output) -> Option<Vec<String>> {
    const ROLES: [&str; 2] = ["taskRoleArn", "executionRoleArn"];
    let may_set = |role: &&str| {
        let address = Address::root().child(*role);
        let mut rules = settings
            .overlays
            .iter()
            .flat_map(|entry| entry.allow.rules());
        rules.any(|rule| rule.covers(&address, false))
    };
    if ROLES.iter().any(may_set) {
        out.warn("an overlay may set roles, and `role/*` stands for the roles that tasks get");
        return None;
    }
    let document = template.value();
    let found = ROLES
        .iter()
        .filter_map(|role| document.get(*role)?.as_str());
    let found: BTreeSet<String> = found.map(str::to_owned).collect();
    Some(found.into_iter().collect())
}

/// Says what each statement is for, and what the policy does not hold.
fn explain(known: &[Known], statements: &[Statement], out: &mut Output) {
    for statement in statements {
        out.note(&format!("{}: {}", statement.sid, statement.why));
    }
    let document = document(statements).to_string();
    if known.iter().any(|one| one.settings.account.is_some()) {
        out.note("`sts:GetCallerIdentity`, which the account guard calls, needs no permission");
    }
    let assumed: BTreeSet<&str> = known
        .iter()
        .filter_map(|one| one.settings.assume_role.as_deref())
        .collect();
    for role in assumed {
        out.note(&format!(
            "the policy is for `{role}`; who assumes it needs `sts:AssumeRole` on it"
        ));
    }
    if document.len() > LARGEST {
        out.warn(&format!(
            "the policy has {} characters, and a managed one takes {LARGEST}: split it by service",
            document.len()
        ));
    }
}
