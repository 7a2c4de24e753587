//! What plugins may look up, answered by AWS, the project's folder and registries. What one call
//! to AWS tells is kept for the run: it answers more than one question.

mod files;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cap_std::fs::Dir;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::{Aws, CallError, Parameter};
use crate::edit::Failure;
use crate::plugin::{Late, Lookups, Question, Replied, Reply, Wanted};
use crate::registry::Registry;
use crate::verify::learned::Learned;
use crate::verify::secret::{Described, Version};

/// [`Lookups`] for one run.
#[derive(Debug)]
pub struct AwsLookups {
    aws: Arc<Aws>,
    folder: Arc<Dir>,
    registry: Registry,
    runtime: Handle,
    offline: bool,
    known: Mutex<Known>,
}

/// What AWS has told. `None` inside tells that there is no such thing.
#[derive(Debug, Default)]
struct Known {
    parameters: BTreeMap<String, Option<Parameter>>,
    below: BTreeMap<String, Vec<String>>,
    secrets: BTreeMap<String, Option<Described>>,
    /// By ARN.
    keys: BTreeMap<String, Vec<String>>,
}

/// Calls at the same time when much is fetched early.
const AT_ONCE: usize = 8;
/// How long is waited for what is fetched early, at most: one attempt that is not answered.
const EARLY: Duration = Duration::from_secs(30);
/// Names in one call of GetParameters.
const NAMES: usize = 10;

/// One call that is made early.
enum Fetch {
    Parameters(Vec<String>),
    Below(String),
    Secret(String),
}

impl AwsLookups {
    /// Lookups by this connection, in this folder and in registries. Calls are made on `runtime`
    /// and waited for on the thread that asks, which must be none of the runtime's own. With
    /// `offline` nobody is asked, and only the folder answers.
    #[must_use]
    pub fn new(
        aws: Arc<Aws>,
        folder: Arc<Dir>,
        registry: Registry,
        runtime: Handle,
        offline: bool,
    ) -> Self {
        Self {
            aws,
            folder,
            registry,
            runtime,
            offline,
            known: Mutex::default(),
        }
    }

    /// Asks early, and at the same time, for what plugins will ask for, and waits for it no longer
    /// than this. What fails or takes long is asked for again when it is needed.
    pub async fn prefetch(self: &Arc<Self>, wanted: Vec<Wanted>, within: Duration) {
        let fetches = fetches(wanted);
        let count = fetches.len().min(AT_ONCE);
        let queue = Arc::new(Mutex::new(fetches));
        let mut workers = JoinSet::new();
        for _ in 0..count {
            let (lookups, queue) = (Arc::clone(self), Arc::clone(&queue));
            workers.spawn(async move {
                loop {
                    let next = queue.lock().expect("nothing panics while it is held").pop();
                    let Some(fetch) = next else { break };
                    // Boxed: a call of the SDK is large, and a task is moved when it is spawned.
                    let _asked_again_later = Box::pin(lookups.fetch(&fetch)).await;
                }
            });
        }
        let _late = tokio::time::timeout(within.min(EARLY), workers.join_all()).await;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing panics while it is held")
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<(), CallError> {
        match fetch {
            Fetch::Parameters(names) => self.fetch_parameters(names).await,
            Fetch::Below(path) => self.fetch_below(path).await,
            Fetch::Secret(name) => self.secret(name).await.map(drop),
        }
    }

    async fn fetch_parameters(&self, names: &[String]) -> Result<(), CallError> {
        let found = self.aws.parameters(names, None).await?;
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
        for parameter in found {
            // What a plugin was told already stays as it is.
            known
                .parameters
                .entry(parameter.name.clone())
                .or_insert(Some(parameter));
        }
        Ok(())
    }

    async fn parameter(&self, name: &str) -> Result<Option<Parameter>, CallError> {
        if let Some(known) = self.known().parameters.get(name) {
            return Ok(known.clone());
        }
        self.fetch_parameters(&[name.to_owned()]).await?;
        Ok(self.known().parameters.get(name).cloned().flatten())
    }

    async fn parameter_names(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let path = path_of(prefix);
        if !self.known().below.contains_key(path) {
            self.fetch_below(path).await?;
        }
        let known = self.known();
        let below = known.below.get(path).into_iter().flatten();
        Ok(below
            .filter(|name| name.starts_with(prefix))
            .cloned()
            .collect())
    }

    async fn secret(&self, name: &str) -> Result<Option<String>, CallError> {
        if let Some(known) = self.known().secrets.get(name) {
            return Ok(known.clone().and_then(Described::into_arn));
        }
        let found = self.aws.secret_described(name, None).await?;
        self.known().secrets.insert(name.to_owned(), found.clone());
        Ok(found.and_then(Described::into_arn))
    }

    async fn secret_keys(&self, name: &str) -> Result<Option<Vec<String>>, CallError> {
        let found = self.aws.secret_keys(name, &Version::default()).await?;
        Ok(found.map(|keys| {
            self.known().keys.insert(keys.arn, keys.names.clone());
            keys.names
        }))
    }

    /// What was told so far that others would ask for, too.
    #[must_use]
    pub fn learned(&self) -> Learned {
        let known = self.known();
        let parameters = known.parameters.values().flatten();
        Learned {
            secrets: known.secrets.values().flatten().cloned().collect(),
            keys: known.keys.clone(),
            parameters: parameters.map(|p| p.name.clone()).collect(),
        }
    }

    async fn reply(&self, question: &Question) -> Replied {
        let reply = match question {
            Question::ParameterNames(prefix) => self.parameter_names(prefix).await.map(Reply::List),
            Question::ParameterArn(name) => {
                self.parameter(name).await.map(|p| text(p.map(|p| p.arn)))
            }
            Question::ParameterKind(name) => {
                self.parameter(name).await.map(|p| text(p.map(|p| p.kind)))
            }
            Question::ParameterValue(name) => {
                return value(name, self.parameter(name).await.map_err(unavailable)?);
            }
            Question::SecretNames(prefix) => self.aws.secret_names(prefix).await.map(Reply::List),
            Question::SecretArn(name) => self.secret(name).await.map(text),
            Question::SecretKeys(name) => {
                return keys(name, self.secret_keys(name).await.map_err(unavailable)?);
            }
            Question::ImageDigest(image) => {
                return self.registry.digest(image).await.map(text);
            }
            Question::FileEntries(folder) => {
                return files::entries(&self.folder, folder).map(Reply::List);
            }
            Question::FileRead(path) => return files::read(&self.folder, path).map(Reply::Bytes),
        };
        reply.map_err(unavailable)
    }
}

impl Lookups for AwsLookups {
    fn ask(&self, question: &Question, within: Duration) -> Result<Replied, Late> {
        let is_here = question.parts().0 == "files";
        if self.offline && !is_here {
            return Ok(Err(offline(question)));
        }
        let answered = async { tokio::time::timeout(within, Box::pin(self.reply(question))).await };
        self.runtime.block_on(answered).map_err(|_| Late)
    }
}

fn offline(question: &Question) -> Failure {
    match question {
        Question::ImageDigest(_) => {
            Failure::new("unavailable", "no registry is asked with `--offline`")
                .hint("name the image by digest: `IMAGE@sha256:…`")
        }
        _ => Failure::new("unavailable", "AWS is not asked with `--offline`")
            .hint("a full ARN needs no look"),
    }
}

/// The calls to make for what is wanted, few for many names. An ARN is asked for by itself, when
/// it is needed: an answer to it and to the name behind it could not be told apart.
fn fetches(wanted: Vec<Wanted>) -> Vec<Fetch> {
    let (mut names, mut paths, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in wanted {
        match wanted {
            Wanted::Parameter(name) if name.starts_with("arn:") => {}
            Wanted::Parameter(name) => names.push(name),
            Wanted::ParametersBelow(prefix) => paths.push(path_of(&prefix).to_owned()),
            Wanted::Secret(name) => all.push(Fetch::Secret(name)),
        }
    }
    for list in [&mut names, &mut paths] {
        list.sort();
        list.dedup();
    }
    all.extend(
        names
            .chunks(NAMES)
            .map(|names| Fetch::Parameters(names.to_vec())),
    );
    all.extend(paths.into_iter().map(Fetch::Below));
    all
}

fn text(found: Option<String>) -> Reply {
    found.map_or(Reply::Absent, Reply::Text)
}

fn value(name: &str, parameter: Option<Parameter>) -> Replied {
    match parameter {
        None => Ok(Reply::Absent),
        Some(Parameter {
            value: Some(value), ..
        }) => Ok(Reply::Text(value)),
        Some(Parameter { kind, .. }) => {
            let message = format!("`{name}` is a {kind}: its value is never given to a plugin");
            Err(Failure::new("invalid", message).hint("map it as a secret of the container"))
        }
    }
}

fn keys(name: &str, keys: Option<Vec<String>>) -> Replied {
    match keys {
        None => Err(Failure::new(
            "not-found",
            format!("there is no secret `{name}`"),
        )),
        Some(keys) if keys.is_empty() => {
            let message = format!("the value of secret `{name}` is no JSON object with keys");
            Err(Failure::new("invalid", message))
        }
        Some(keys) => Ok(Reply::List(keys)),
    }
}

/// The folder of parameters that holds every name with this prefix.
fn path_of(prefix: &str) -> &str {
    match prefix.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &prefix[..end],
    }
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
    fn many_names_are_few_calls() {
        let mut wanted: Vec<Wanted> = (0..25)
            .map(|at| Wanted::Parameter(format!("/{at}")))
            .collect();
        wanted.extend(wanted.clone());
        wanted.push(Wanted::ParametersBelow("/web/".to_owned()));
        wanted.push(Wanted::ParametersBelow("/web/a".to_owned()));
        wanted.push(Wanted::Secret("db".to_owned()));
        wanted.push(Wanted::Parameter("arn:aws:ssm:r:1:parameter/0".to_owned()));
        let calls = fetches(wanted);
        let sizes = calls.iter().map(|fetch| match fetch {
            Fetch::Parameters(names) => names.len(),
            Fetch::Below(_) | Fetch::Secret(_) => 1,
        });
        assert_eq!(sizes.collect::<Vec<_>>(), [1, 10, 10, 5, 1]);
    }
}
