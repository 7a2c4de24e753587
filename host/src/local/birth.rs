//! The state that a world begins with.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::clock::Clock;
use super::limits::Limits;
use super::random::Random;
use super::state::{Parameter, State};
use super::surroundings::Surroundings;
use super::world::{KnownDefinition, KnownParameter, KnownSecret, KnownService, Outcome, World};
use super::{definition, deployment, ecs, secrets};
use crate::error::{Error, ErrorKind};

impl State {
    /// Makes what the world says exists.
    ///
    /// # Errors
    /// Input, where the world does not hold together: a service without its task definition.
    pub(crate) fn of(world: World) -> Result<Self, Error> {
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |d| d.as_secs_f64());
        let mut state = Self {
            account: world.account,
            session_seconds: world.session_seconds,
            region: world.region,
            epoch: world.epoch.unwrap_or(real),
            clock: Clock::new(world.clock, world.speed, world.look_seconds),
            random: Random::new(world.seed),
            limits: world.limits.then(Limits::default),
            list_lag: world.list_lag,
            reorder: world.reorder,
            clusters: Default::default(),
            definitions: Default::default(),
            services: Vec::new(),
            rollouts: Vec::new(),
            revisions: Vec::new(),
            tasks: Vec::new(),
            runs: world.runs.into(),
            tokens: Default::default(),
            tags: Default::default(),
            parameters: Default::default(),
            secrets: Default::default(),
            objects: world.objects,
            log_groups: world.log_groups,
            surroundings: Surroundings {
                roles: world.roles,
                images: world.images,
                pull_through: world.pull_through,
            },
            daemons: world.daemons,
            schedules: world.schedules,
            rules: world.rules,
            faults: world.faults,
        };
        state.clock.hold(Some(0.0));
        let named = world
            .clusters
            .into_iter()
            .chain(world.services.iter().map(|s| s.cluster.clone()));
        named
            .chain(["default".to_owned()])
            .for_each(|name| state.make_cluster(&name));
        for known in world.task_definitions {
            state.give_definition(known)?;
        }
        state.give_parameters(world.parameters.into_iter());
        for (name, known) in world.secrets {
            let value = match known {
                KnownSecret::Plain(value) => value,
                KnownSecret::Json { json } => Value::from_iter(json).to_string(),
            };
            secrets::add(&mut state, &name, value);
        }
        for known in world.services {
            state.give_service(known)?;
        }
        state.clock.hold(None);
        Ok(state)
    }

    fn give_definition(&mut self, known: KnownDefinition) -> Result<(), Error> {
        let mut document = known
            .definition
            .ok_or_else(|| bad("a task definition has no `definition`"))?;
        if let Some(family) = known.family {
            document["family"] = family.into();
        }
        if document.get("family").and_then(Value::as_str).is_none() {
            return Err(bad("a task definition has no family"));
        }
        let arn = definition::register(self, document, known.revision);
        if known.inactive
            && let Some(made) = self
                .definitions
                .values_mut()
                .flatten()
                .find(|d| d.arn == arn)
        {
            made.active = false;
            made.document["status"] = "INACTIVE".into();
        }
        Ok(())
    }

    fn give_parameters(&mut self, known: impl Iterator<Item = (String, KnownParameter)>) {
        let modified = self.now();
        for (name, known) in known {
            let (kind, value) = match known {
                KnownParameter::Plain(value) => ("String".to_owned(), value),
                KnownParameter::Typed(typed) => (typed.kind, typed.value),
            };
            self.parameters.insert(
                name,
                Parameter {
                    kind,
                    versions: vec![value],
                    modified,
                },
            );
        }
    }

    fn give_service(&mut self, known: KnownService) -> Result<(), Error> {
        let mut request = json!({
            "taskDefinition": known.task_definition, "desiredCount": known.desired,
            "launchType": known.launch_type, "schedulingStrategy": known.scheduling,
            "deploymentController": {"type": known.controller},
        });
        for (name, value) in known.members.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        let breaker = json!({"enable": known.circuit_breaker, "rollback": known.rollback});
        if request.get("deploymentConfiguration").is_none() {
            request["deploymentConfiguration"] = json!({});
        }
        for (name, value) in [
            ("deploymentCircuitBreaker", breaker),
            ("strategy", json!(known.strategy)),
        ] {
            if request["deploymentConfiguration"].get(name).is_none() {
                request["deploymentConfiguration"][name] = value;
            }
        }
        // ECS makes no such service without one, so a world need not say it each time.
        if request.get("networkConfiguration").is_none()
            && ecs::wants_network(self, &known.task_definition)
        {
            request["networkConfiguration"] = json!({"awsvpcConfiguration": {
                "subnets": ["subnet-0123456789abcdef0"], "securityGroups": ["sg-0123456789abcdef0"],
                "assignPublicIp": "DISABLED",
            }});
        }
        let (name, told) = (known.name.clone(), known.name.clone());
        let made = ecs::add_service(self, &request, known.cluster, name);
        let index = made.map_err(|e| bad(&format!("service `{told}`: {}", e.message)))?;
        self.services[index].pause_at = known.pause_at;
        self.services[index].log = known.log;
        self.services[index].outcomes = known.outcome.into();
        let definition = self.services[index].definition.clone();
        match known.initial {
            Outcome::Ok => deployment::long_done(self, index, &definition),
            other => deployment::begin(self, index, &definition, other),
        }
        Ok(())
    }
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::Input, format!("bad world: {message}"))
}
