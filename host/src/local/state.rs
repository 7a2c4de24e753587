//! The state of the world: everything that exists, in memory, behind one lock.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::answer::Refusal;
use super::clock::Clock;
use super::fault::Fault;
use super::limits::Limits;
use super::random::Random;
use super::script::Script;
use super::surroundings::Surroundings;
use super::world::{Outcome, RunScript};

/// Everything that exists.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) account: String,
    pub(crate) session_seconds: Option<f64>,
    pub(crate) region: String,
    /// Unix seconds at which the world began.
    pub(crate) epoch: f64,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) limits: Option<Limits>,
    pub(crate) list_lag: f64,
    pub(crate) reorder: bool,
    pub(crate) clusters: BTreeMap<String, Value>,
    /// By family, oldest revision first.
    pub(crate) definitions: BTreeMap<String, Vec<Definition>>,
    pub(crate) services: Vec<Service>,
    /// Service deployments, oldest first.
    pub(crate) rollouts: Vec<Rollout>,
    pub(crate) revisions: Vec<Revision>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) runs: VecDeque<RunScript>,
    /// Client tokens of RunTask and CreateService with what they made.
    pub(crate) tokens: BTreeMap<String, Vec<String>>,
    pub(crate) tags: BTreeMap<String, Vec<Value>>,
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) objects: BTreeMap<String, String>,
    /// Log groups that exist; those that containers log to where there is none.
    pub(crate) log_groups: Option<Vec<String>>,
    pub(crate) surroundings: Surroundings,
    /// By `group/name`: the target.
    pub(crate) daemons: Vec<String>,
    pub(crate) schedules: BTreeMap<String, Value>,
    /// By `bus/name`: the targets.
    pub(crate) rules: BTreeMap<String, Vec<Value>>,
    pub(crate) faults: Vec<Fault>,
}

/// A revision of a task definition, in the shape that Describe gives.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) arn: String,
    pub(crate) revision: i64,
    pub(crate) active: bool,
    pub(crate) document: Value,
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) arn: String,
    pub(crate) definition: String,
    pub(crate) desired: i64,
    pub(crate) created: f64,
    /// The members that deployments do not move.
    pub(crate) members: Value,
    /// Newest first; the first is PRIMARY.
    pub(crate) deployments: Vec<Deployment>,
    /// Newest first.
    pub(crate) events: VecDeque<Value>,
    /// What its next deployments do.
    pub(crate) outcomes: VecDeque<Outcome>,
    pub(crate) pause_at: Vec<String>,
    /// What its tasks write when they start.
    pub(crate) log: Vec<String>,
    /// ARN of the service deployment that last began.
    pub(crate) current: Option<String>,
}

/// One of a service's `deployments[]`.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) definition: String,
    pub(crate) revision: String,
    pub(crate) desired: i64,
    pub(crate) failed: i64,
    pub(crate) rollout: &'static str,
    pub(crate) reason: String,
    pub(crate) created: f64,
    pub(crate) updated: f64,
}

/// A service deployment: the record of one deployment from request to verdict.
#[derive(Debug)]
pub(crate) struct Rollout {
    pub(crate) arn: String,
    /// Index of its service.
    pub(crate) service: usize,
    /// Id of its entry in `deployments[]`.
    pub(crate) deployment: String,
    pub(crate) target: String,
    pub(crate) sources: Vec<String>,
    pub(crate) status: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) stage: Option<&'static str>,
    /// Percent of production traffic on the target.
    pub(crate) weight: f64,
    pub(crate) created: f64,
    pub(crate) updated: f64,
    pub(crate) finished: Option<f64>,
    pub(crate) rollback: Option<Value>,
    pub(crate) tripped: bool,
    pub(crate) threshold: i64,
    /// The pause that it waits in.
    pub(crate) pause: Option<Value>,
    pub(crate) configuration: Value,
    pub(crate) script: Script,
}

/// A service revision.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) arn: String,
    pub(crate) service: usize,
    pub(crate) definition: String,
    pub(crate) created: f64,
}

/// A task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) definition: String,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) desired: &'static str,
    pub(crate) created: f64,
    pub(crate) started: Option<f64>,
    pub(crate) stopped: Option<f64>,
    pub(crate) stop_code: Option<&'static str>,
    pub(crate) stop_reason: Option<String>,
    /// Name, image, exit code, reason by container.
    pub(crate) containers: Vec<TaskContainer>,
    pub(crate) launch_type: String,
    pub(crate) overrides: Value,
    /// What a one-off task will do: at which world second it takes which status.
    pub(crate) course: VecDeque<(f64, &'static str)>,
    pub(crate) run: Option<RunScript>,
    /// What a service's task writes when it starts.
    pub(crate) log: Vec<String>,
}

/// A container of a task.
#[derive(Debug, Clone)]
pub(crate) struct TaskContainer {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) essential: bool,
    pub(crate) exit: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// An SSM parameter with all its versions, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) kind: String,
    pub(crate) versions: Vec<String>,
    pub(crate) modified: f64,
}

/// A secret.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    pub(crate) arn: String,
    pub(crate) value: String,
    pub(crate) version: String,
    pub(crate) created: f64,
}

impl State {
    /// Unix seconds of the world's now.
    pub(crate) fn now(&self) -> f64 {
        self.epoch + self.clock.now()
    }

    /// An ARN of a service of AWS.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }

    /// The name of the cluster that a request means; `default` where it names none.
    pub(crate) fn cluster(&self, request: &Value) -> Result<String, Refusal> {
        let named = request
            .get("cluster")
            .and_then(Value::as_str)
            .unwrap_or("default");
        let name = named.rsplit('/').next().unwrap_or(named);
        if self.clusters.contains_key(name) {
            return Ok(name.to_owned());
        }
        Err(Refusal::new(
            "ClusterNotFoundException",
            "Cluster not found.",
        ))
    }

    /// Makes a cluster if it is not there.
    pub(crate) fn make_cluster(&mut self, name: &str) {
        let arn = self.arn("ecs", &format!("cluster/{name}"));
        self.clusters.entry(name.to_owned()).or_insert_with(|| {
            json!({"clusterArn": arn, "clusterName": name, "status": "ACTIVE", "statistics": [], "tags": [],
                "settings": [{"name": "containerInsights", "value": "disabled"}],
                "capacityProviders": [], "defaultCapacityProviderStrategy": []})
        });
    }

    /// The index of a service by name or ARN in a cluster.
    pub(crate) fn service(&self, cluster: &str, named: &str) -> Option<usize> {
        let name = named.rsplit('/').next().unwrap_or(named);
        self.services
            .iter()
            .position(|s| s.cluster == cluster && s.name == name)
    }

    /// The revision that a family, `family:revision` or ARN means; of a family its latest active.
    pub(crate) fn definition(&self, reference: &str) -> Option<&Definition> {
        let short = reference
            .split_once(":task-definition/")
            .map_or(reference, |(_, short)| short);
        match short.rsplit_once(':') {
            Some((family, revision)) => {
                let revision: i64 = revision.parse().ok()?;
                self.definitions
                    .get(family)?
                    .iter()
                    .find(|d| d.revision == revision)
            }
            None => self.definitions.get(short)?.iter().rev().find(|d| d.active),
        }
    }

    /// The same, for use: it must be active.
    pub(crate) fn usable(&self, reference: &str) -> Result<&Definition, Refusal> {
        match self.definition(reference) {
            Some(found) if found.active => Ok(found),
            Some(_) => Err(Refusal::client("TaskDefinition is inactive")),
            None => Err(Refusal::client("TaskDefinition not found.")),
        }
    }

    /// Tasks of a deployment of a service with this status.
    pub(crate) fn counted(&self, deployment: &str, status: &str) -> i64 {
        let meant = |t: &&Task| t.started_by.as_deref() == Some(deployment) && t.status == status;
        i64::try_from(self.tasks.iter().filter(meant).count()).unwrap_or(i64::MAX)
    }

    /// Puts a service event on top.
    pub(crate) fn say(&mut self, service: usize, words: &str) {
        let id = self.random.uuid();
        let at = super::answer::time(self.now());
        let service = &mut self.services[service];
        let message = format!("(service {}) {words}", service.name);
        service
            .events
            .push_front(json!({"id": id, "createdAt": at, "message": message}));
        service.events.truncate(100);
    }
}
