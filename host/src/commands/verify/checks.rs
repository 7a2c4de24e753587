//! Which checks a task definition needs, and what each of them asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asks::Asks;
use super::images::image;
use super::jobs::{Findings, Job};
use crate::arn::{Arn, partition_of};
use crate::aws::CallError;
use crate::commands::prepare::Prepared;
use crate::event::Severity;
use crate::task_definition::address::Address;
use crate::verify::image::{is_fargate, platform};
use crate::verify::reference::{EnvFile, LogGroup, Reference, References, Secret};
use crate::verify::secret::Near;
use crate::verify::{Check, Finding, Home, access, parameter, role, secret, service};

/// All checks of one task definition but those that are skipped.
/// `launch_type` stands in place of the service's.
pub fn of(
    prepared: &Prepared,
    launch_type: Option<&str>,
    asks: &Arc<Asks>,
    skipped: &[String],
) -> Vec<Job> {
    let definition = &prepared.rendered.definition;
    let of_service = || prepared.service.as_ref()?.launch_type.as_deref();
    let launch_type = launch_type.or_else(of_service);
    let fargate = is_fargate(definition, launch_type);
    let references = References::of(definition);
    let made = Making {
        asks,
        home: home(prepared),
    };
    let mut jobs = Vec::new();
    if let Some(view) = &prepared.service {
        let found = service::check(definition, view);
        jobs.push(
            made.job(Check::Service, view.name.clone(), Vec::new(), async move {
                found
            }),
        );
    }
    let platform = platform(definition, launch_type);
    for one in &references.images {
        let (asks, one, home, platform) = (
            Arc::clone(asks),
            one.clone(),
            made.home.clone(),
            platform.clone(),
        );
        let (name, at) = (one.what.name.clone(), one.at.clone());
        let work = async move { image(&asks, &one, &home, platform.as_ref(), fargate).await };
        jobs.push(made.job(Check::Images, name, at, work));
    }
    for one in &references.secrets {
        made.secret(one, &mut jobs);
    }
    jobs.extend(references.odd.iter().map(|one| made.odd(one)));
    made.parameters(&references.parameters, &mut jobs);
    let roles = [&references.task_role, &references.execution_role];
    jobs.extend(roles.into_iter().flatten().map(|one| made.role(one)));
    if let Some(role) = &references.execution_role {
        made.access(role, &references, fargate, &mut jobs);
    }
    jobs.extend(
        references
            .log_groups
            .iter()
            .filter(|g| !g.what.is_created)
            .map(|g| made.log_group(g)),
    );
    jobs.extend(references.env_files.iter().map(|file| made.env_file(file)));
    jobs.retain(|job| !job.check.is_skipped(skipped));
    jobs
}

/// Where the task definition runs: where the service is or, without one, the template.
fn home(prepared: &Prepared) -> Home {
    let service = prepared.service.as_ref().and_then(|s| Home::of_arn(&s.arn));
    let template = || Home::of_arn(prepared.template.arn.as_deref()?);
    let settings = || Home {
        partition: prepared
            .region
            .as_deref()
            .map(|region| partition_of(region).to_owned()),
        region: prepared.region.clone(),
        account: prepared.settings.account.clone(),
    };
    service.or_else(template).unwrap_or_else(settings)
}

/// A warning that says what was not checked and why.
pub fn unknown(subject: &str, at: &[Address], error: CallError) -> Finding {
    let error = error.into_error(false);
    let hint = error.hints.first().cloned().unwrap_or_default();
    Finding::warning(at, format!("`{subject}` is not checked: {error}"), hint)
}

/// What all checks of one task definition share.
struct Making<'a> {
    asks: &'a Arc<Asks>,
    home: Home,
}

impl Making<'_> {
    fn job(
        &self,
        check: Check,
        subject: String,
        at: Vec<Address>,
        work: impl Future<Output = Vec<Finding>> + Send + 'static,
    ) -> Job {
        let work: Findings = Box::pin(work);
        Job {
            check,
            subject,
            at,
            work,
        }
    }

    fn secret(&self, one: &Secret, jobs: &mut Vec<Job>) {
        let (id, at) = (one.id.clone(), one.at());
        if let Some(finding) = secret::elsewhere(one, &self.home) {
            jobs.push(self.job(Check::Secrets, id, at, async move { vec![finding] }));
            return;
        }
        let abroad = secret::abroad(&id, &at, &self.home);
        let (asks, of) = (Arc::clone(self.asks), one.clone());
        let work = async move { beside(abroad, described(&asks, &of).await) };
        jobs.push(self.job(Check::Secrets, id.clone(), at.clone(), work));
        for version in secret::opened(one) {
            let (asks, of) = (Arc::clone(self.asks), one.clone());
            let work = async move {
                match asks.keys(&of.id, &version).await {
                    Ok(Some(has)) => secret::keys(&of, &version, &has),
                    // The other check says that it is not there.
                    Ok(None) => Vec::new(),
                    Err(error) => vec![unknown(&format!("the keys of {}", of.id), &of.at(), error)],
                }
            };
            jobs.push(self.job(Check::SecretKeys, id.clone(), at.clone(), work));
        }
    }

    fn odd(&self, one: &Reference<String>) -> Job {
        let message = format!(
            "`{}` is not checked: it is neither a secret of Secrets Manager nor a parameter of SSM",
            one.what
        );
        let finding = Finding::warning(
            &one.at,
            message,
            "write the full ARN of the one or the other",
        );
        self.job(
            Check::Secrets,
            one.what.clone(),
            one.at.clone(),
            async move { vec![finding] },
        )
    }

    /// Ten names a call, as AWS takes them; each parameter is a check of its own all the same.
    fn parameters(&self, all: &[Reference<String>], jobs: &mut Vec<Job>) {
        let mut asked: BTreeMap<Option<&str>, Vec<&Reference<String>>> = BTreeMap::new();
        for one in all {
            let region = secret::region(&one.what, &self.home);
            let is_known =
                || region.is_none() && self.asks.has_parameter(&parameter::names(&one.what));
            match parameter::elsewhere(one, &self.home) {
                Some(finding) => jobs.push(self.parameter(one, async move { vec![finding] })),
                None if is_known() => jobs.push(self.parameter(one, async { Vec::new() })),
                None => asked.entry(region).or_default().push(one),
            }
        }
        for (region, all) in asked {
            // Two names may be meant by one ARN.
            for some in all.chunks(5) {
                let names = some.iter().flat_map(|one| parameter::names(&one.what));
                let names: Arc<[String]> = names.collect();
                for one in some {
                    let abroad = secret::abroad(&one.what, &one.at, &self.home);
                    let (asks, of, names) =
                        (Arc::clone(self.asks), (*one).clone(), Arc::clone(&names));
                    let region = region.map(str::to_owned);
                    let work = async move {
                        beside(abroad, present(&asks, &of, &names, region.as_deref()).await)
                    };
                    jobs.push(self.parameter(one, work));
                }
            }
        }
    }

    fn parameter(
        &self,
        one: &Reference<String>,
        work: impl Future<Output = Vec<Finding>> + Send + 'static,
    ) -> Job {
        self.job(Check::Parameters, one.what.clone(), one.at.clone(), work)
    }

    fn role(&self, one: &Reference<String>) -> Job {
        let elsewhere = role::elsewhere(one, &self.home);
        let (asks, of) = (Arc::clone(self.asks), one.clone());
        let work = async move {
            if let Some(finding) = elsewhere {
                return vec![finding];
            }
            match asks.role(role::name(&of.what)).await {
                Ok(Some(found)) => role::present(&of, &found.arn, &found.trust)
                    .into_iter()
                    .collect(),
                Ok(None) => vec![role::missing(&of)],
                Err(error) => vec![unknown(&of.what, &of.at, error)],
            }
        };
        self.job(Check::Roles, one.what.clone(), one.at.clone(), work)
    }

    fn access(
        &self,
        one: &Reference<String>,
        references: &References,
        fargate: bool,
        jobs: &mut Vec<Job>,
    ) {
        let Some(arn) = role::arn(&one.what, &self.home) else {
            return;
        };
        if role::elsewhere(one, &self.home).is_some() {
            return;
        }
        let wanted = access::wanted(references, &self.home, fargate);
        for (actions, wanted) in access::grouped(wanted) {
            let (asks, arn) = (Arc::clone(self.asks), arn.clone());
            let at: Vec<Address> = wanted.iter().flat_map(|access| access.at.clone()).collect();
            let subject = format!("{} by {}", actions.join(", "), role::name(&arn));
            let (told, places) = (subject.clone(), one.at.clone());
            let work = async move {
                let resources: Vec<String> = wanted.iter().map(|a| a.resource.clone()).collect();
                match asks.simulated(&arn, actions, &resources).await {
                    Ok(decisions) => access::refused(&arn, &wanted, &decisions),
                    // The other check says that it is not there.
                    Err(error) if error.code.as_deref() == Some("NoSuchEntity") => Vec::new(),
                    Err(error) => vec![unknown(&told, &places, error)],
                }
            };
            jobs.push(self.job(Check::RoleAccess, subject, at, work));
        }
    }

    fn log_group(&self, one: &Reference<LogGroup>) -> Job {
        let (asks, of) = (Arc::clone(self.asks), one.clone());
        let work = async move {
            let (name, region) = (&of.what.name, of.what.region.as_deref());
            match asks.log_group(name, region).await {
                Ok(true) => Vec::new(),
                Ok(false) => vec![Finding::fault(
                    &of.at,
                    format!("there is no log group `{name}`, and no container starts without it"),
                    "let infrastructure code make it, or set the option `awslogs-create-group` to `true`",
                )],
                Err(error) => vec![unknown(name, &of.at, error)],
            }
        };
        self.job(
            Check::LogGroups,
            one.what.name.clone(),
            one.at.clone(),
            work,
        )
    }

    fn env_file(&self, one: &Reference<EnvFile>) -> Job {
        let (asks, of) = (Arc::clone(self.asks), one.clone());
        let work = async move {
            let EnvFile { bucket, key, arn } = &of.what;
            match asks.object(bucket, key).await {
                Ok(true) => Vec::new(),
                Ok(false) => vec![Finding::fault(
                    &of.at,
                    format!("there is no object `{key}` in bucket `{bucket}`"),
                    "put the file there before the deploy, or mend its ARN",
                )],
                Err(error) => vec![unknown(arn, &of.at, error)],
            }
        };
        self.job(Check::EnvFiles, one.what.arn.clone(), one.at.clone(), work)
    }
}

/// What was found, and that it is in another region, if it is there.
fn beside(abroad: Option<Finding>, found: Vec<Finding>) -> Vec<Finding> {
    let is_there = found.iter().all(|f| f.severity != Severity::Error);
    abroad
        .filter(|_| is_there)
        .into_iter()
        .chain(found)
        .collect()
}

/// Whether a parameter is there that is asked for with others.
async fn present(
    asks: &Asks,
    one: &Reference<String>,
    names: &[String],
    region: Option<&str>,
) -> Vec<Finding> {
    match asks.parameters(names, region).await {
        Err(error) => vec![unknown(&one.what, &one.at, error)],
        Ok(found) => {
            let mut meant = parameter::names(&one.what).into_iter();
            match meant.any(|name| found.contains_key(&name)) {
                true => Vec::new(),
                false => vec![parameter::missing(one)],
            }
        }
    }
}

async fn described(asks: &Asks, of: &Secret) -> Vec<Finding> {
    match asks.secret(&of.id, None).await {
        Ok(Some(found)) => secret::present(of, &found),
        Ok(None) => vec![secret::missing(of, &near(asks, &of.id).await)],
        Err(error) => vec![unknown(&of.id, &of.at(), error)],
    }
}

/// What may have been meant by an ARN that finds nothing.
async fn near(asks: &Asks, id: &str) -> Near {
    let Some(whole) = secret::name_like_suffix(id) else {
        return Near::None;
    };
    let region = Arn::parse(id).map(|arn| arn.region);
    if let Ok(Some(found)) = asks.secret(whole, region).await {
        return Near::Whole(found.arn);
    }
    let name = whole.rsplit_once('-').map_or(whole, |(name, _)| name);
    match asks.secret(name, region).await {
        Ok(Some(found)) => Near::Anew(found.arn),
        _ => Near::None,
    }
}
