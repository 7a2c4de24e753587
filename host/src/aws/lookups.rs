//! What plugins may look up, answered by AWS and the project's folder: each answer is asked for
//! once and is the same for the whole run.

mod files;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use cap_std::fs::Dir;
use tokio::runtime::Handle;

use super::{Aws, CallError, Parameter};
use crate::edit::Failure;
use crate::plugin::Lookups;

/// [`Lookups`] for one run.
#[derive(Debug)]
pub struct AwsLookups {
    aws: Arc<Aws>,
    folder: Arc<Dir>,
    runtime: Handle,
    offline: bool,
    known: Mutex<Known>,
}

/// What has been answered. `None` inside is the answer that there is no such thing.
#[derive(Debug, Default)]
struct Known {
    parameters: BTreeMap<String, Option<Parameter>>,
    below: BTreeMap<String, Vec<String>>,
    secrets: BTreeMap<String, Option<String>>,
    secret_names: BTreeMap<String, Vec<String>>,
    secret_keys: BTreeMap<String, Option<Vec<String>>>,
}

impl AwsLookups {
    /// Lookups by this connection and in this folder. Calls are made on `runtime` and waited for
    /// on the thread that asks, which must be none of the runtime's own. With `offline` AWS is
    /// not asked, and only the folder answers.
    #[must_use]
    pub fn new(aws: Arc<Aws>, folder: Arc<Dir>, runtime: Handle, offline: bool) -> Self {
        Self {
            aws,
            folder,
            runtime,
            offline,
            known: Mutex::default(),
        }
    }

    /// Asks early, and at the same time, for what a configuration names: parameters, all
    /// parameters below paths, secrets. What fails is asked for again when it is needed.
    pub async fn prefetch(&self, parameters: &[String], paths: &[String], secrets: &[String]) {
        let parameters = async { self.fetch_parameters(parameters).await.is_ok() };
        let mut tasks = tokio::task::JoinSet::new();
        for name in secrets {
            let (aws, name) = (Arc::clone(&self.aws), name.clone());
            tasks.spawn(async move { (aws.secret_arn(&name).await, name) });
        }
        let below = async {
            for path in paths {
                let _asked_again_later = self.fetch_below(path_of(path)).await;
            }
        };
        let (_, (), found) = tokio::join!(parameters, below, tasks.join_all());
        let found = found
            .into_iter()
            .filter_map(|(arn, name)| Some((name, arn.ok()?)));
        self.known().secrets.extend(found);
    }

    /// What was answered in this run: ARNs of parameters and secrets.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        let known = self.known();
        let parameters = known.parameters.values().flatten().map(|p| p.arn.clone());
        let secrets = known.secrets.values().flatten().cloned();
        parameters.chain(secrets).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing panics while it is held")
    }

    fn ask<T>(&self, call: impl Future<Output = Result<T, CallError>>) -> Result<T, Failure> {
        if self.offline {
            let failure = Failure::new("unavailable", "AWS is not asked with `--offline`");
            return Err(failure.hint("a full ARN needs no look"));
        }
        self.runtime.block_on(call).map_err(unavailable)
    }

    async fn fetch_parameters(&self, names: &[String]) -> Result<(), CallError> {
        let found = self.aws.parameters(names).await?;
        let answers = names
            .iter()
            .map(|name| (name.clone(), found.get(name).cloned()));
        self.known().parameters.extend(answers);
        Ok(())
    }

    async fn fetch_below(&self, path: &str) -> Result<(), CallError> {
        let found = self.aws.parameters_below(path).await?;
        let names = found.iter().map(|p| p.name.clone()).collect();
        let mut known = self.known();
        known.below.insert(path.to_owned(), names);
        known
            .parameters
            .extend(found.into_iter().map(|p| (p.name.clone(), Some(p))));
        Ok(())
    }

    fn parameter(&self, name: &str) -> Result<Option<Parameter>, Failure> {
        if let Some(known) = self.known().parameters.get(name) {
            return Ok(known.clone());
        }
        self.ask(self.fetch_parameters(&[name.to_owned()]))?;
        Ok(self.known().parameters.get(name).cloned().flatten())
    }
}

impl Lookups for AwsLookups {
    fn parameter_names(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        let path = path_of(prefix);
        if !self.known().below.contains_key(path) {
            self.ask(self.fetch_below(path))?;
        }
        let known = self.known();
        let names = known
            .below
            .get(path)
            .into_iter()
            .flatten()
            .filter(|n| n.starts_with(prefix));
        Ok(page(names, after, limit))
    }

    fn parameter_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.parameter(name)?.map(|p| p.arn))
    }

    fn parameter_kind(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.parameter(name)?.map(|p| p.kind))
    }

    fn parameter_value(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.parameter(name)? {
            None => Ok(None),
            Some(Parameter {
                value: Some(value), ..
            }) => Ok(Some(value)),
            Some(Parameter { kind, .. }) => {
                let message = format!("`{name}` is a {kind}: its value is never given to a plugin");
                Err(Failure::new("invalid", message).hint("map it as a secret of the container"))
            }
        }
    }

    fn secret_names(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        if !self.known().secret_names.contains_key(prefix) {
            let names = self.ask(self.aws.secret_names(prefix))?;
            self.known().secret_names.insert(prefix.to_owned(), names);
        }
        Ok(page(
            self.known().secret_names.get(prefix).into_iter().flatten(),
            after,
            limit,
        ))
    }

    fn secret_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        if let Some(known) = self.known().secrets.get(name) {
            return Ok(known.clone());
        }
        let arn = self.ask(self.aws.secret_arn(name))?;
        self.known().secrets.insert(name.to_owned(), arn.clone());
        Ok(arn)
    }

    fn secret_keys(&self, name: &str) -> Result<Vec<String>, Failure> {
        let known = self.known().secret_keys.get(name).cloned();
        let keys = match known {
            Some(keys) => keys,
            None => {
                let keys = self.ask(self.aws.secret_keys(name))?;
                self.known()
                    .secret_keys
                    .insert(name.to_owned(), keys.clone());
                keys
            }
        };
        match keys {
            None => Err(Failure::new(
                "not-found",
                format!("there is no secret `{name}`"),
            )),
            Some(keys) if keys.is_empty() => {
                let message = format!("the value of secret `{name}` is no JSON object with keys");
                Err(Failure::new("invalid", message))
            }
            Some(keys) => Ok(keys),
        }
    }

    fn image_digest(&self, reference: &str) -> Result<String, Failure> {
        let message = format!("`{reference}` cannot be looked up: this version asks no registry");
        Err(Failure::new("unavailable", message).hint("name the image by digest: `IMAGE@sha256:…`"))
    }

    fn file_entries(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure> {
        let names = files::entries(&self.folder, folder)?;
        Ok(page(names.iter(), after, limit))
    }

    fn file_read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        files::read(&self.folder, path)
    }
}

/// The folder of parameters that holds every name with this prefix.
fn path_of(prefix: &str) -> &str {
    match prefix.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &prefix[..end],
    }
}

/// One page of sorted names; a limit of 0 is no limit of the caller's.
fn page<'a>(
    names: impl Iterator<Item = &'a String>,
    after: Option<&str>,
    limit: u32,
) -> Vec<String> {
    let most = if limit == 0 {
        usize::MAX
    } else {
        usize::try_from(limit).unwrap_or(usize::MAX)
    };
    names
        .filter(|name| after.is_none_or(|after| name.as_str() > after))
        .take(most)
        .cloned()
        .collect()
}

fn unavailable(error: CallError) -> Failure {
    let error = error.into_error(false);
    let failure = Failure::new("unavailable", error.to_string());
    match error.hints.into_iter().next() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_prefix() {
        for (prefix, path) in [
            ("/prod/web/", "/prod/web"),
            ("/prod/we", "/prod"),
            ("/prod", "/"),
            ("app-", "/"),
            ("", "/"),
            ("/", "/"),
        ] {
            assert_eq!(path_of(prefix), path, "{prefix}");
        }
    }

    #[test]
    fn pages_are_complete_and_in_order() {
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(page(names.iter(), None, 2), ["a", "b"]);
        assert_eq!(page(names.iter(), Some("b"), 2), ["c"]);
        assert_eq!(page(names.iter(), None, 0), names);
    }
}
