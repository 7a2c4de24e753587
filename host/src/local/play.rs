//! Time passes: the steps that are due happen to services, deployments and tasks.

use super::answer::time;
use super::script::{Cause, Step};
use super::state::State;
use super::world::Outcome;
use super::{deployment, task};

/// What is due next.
enum Due {
    Rollout(usize),
    Task(usize),
}

impl State {
    /// Plays all that is due by now, in order of time.
    pub(crate) fn play(&mut self) {
        let until = self.clock.now();
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= until) {
            self.clock.hold(Some(at));
            match due {
                Due::Rollout(rollout) => {
                    if let Some(step) = self.rollouts[rollout].script.next() {
                        self.step(rollout, &step);
                        let now = self.now();
                        self.rollouts[rollout].updated = now;
                    }
                }
                Due::Task(index) => task::course(self, index),
            }
        }
        self.clock.hold(None);
        let old = self.now() - 3600.0;
        self.tasks.retain(|t| t.stopped.is_none_or(|at| at > old));
    }

    fn next_due(&self) -> Option<(f64, Due)> {
        let paused = |r: &super::state::Rollout| r.pause.is_some();
        let rollouts = self.rollouts.iter().enumerate().filter(|(_, r)| !paused(r));
        let rollouts = rollouts.filter_map(|(i, r)| Some((r.script.due()?, Due::Rollout(i))));
        let tasks = self.tasks.iter().enumerate();
        let tasks = tasks.filter_map(|(i, t)| Some((t.course.front()?.0, Due::Task(i))));
        rollouts.chain(tasks).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn step(&mut self, rollout: usize, step: &Step) {
        let (service, id) = (
            self.rollouts[rollout].service,
            self.rollouts[rollout].deployment.clone(),
        );
        match step {
            Step::Begin => self.rollouts[rollout].status = "IN_PROGRESS",
            Step::Stage(stage) => self.rollouts[rollout].stage = Some(stage),
            Step::Pause(_) => deployment::pause(self, rollout),
            Step::Weight(percent) => self.rollouts[rollout].weight = *percent,
            Step::Start(n) => self.start(service, &id, *n),
            Step::Run(n) => task::run(self, &id, *n),
            Step::Fail(n, cause) => self.fail(service, &id, *n, *cause),
            Step::Vanish(n) => self.vanish(&id, *n),
            Step::Drain(n) => self.drain(service, &id, *n),
            Step::Complete => deployment::complete(self, rollout),
            Step::Trip(back) => deployment::trip(self, rollout, *back),
            Step::TurnBack => deployment::turn_back(self, rollout),
            Step::Back(well) => deployment::back(self, rollout, *well),
            Step::Stop(back) => deployment::stopped(self, rollout, *back),
            Step::Supersede => self.supersede(rollout),
        }
    }

    /// Starts tasks of a deployment and says so.
    fn start(&mut self, service: usize, id: &str, n: i64) {
        let started = task::start_for(self, service, id, n);
        if !started.is_empty() {
            self.say(
                service,
                &format!("has started {} tasks: {}.", started.len(), named(&started)),
            );
        }
    }

    /// Tasks of a deployment fail.
    fn fail(&mut self, service: usize, id: &str, n: i64, cause: Cause) {
        let failed = task::fail(self, id, n, cause);
        for (name, words) in &failed {
            match cause {
                Cause::Unhealthy => self.say(
                    service,
                    &format!("(task {name}) failed container health checks."),
                ),
                Cause::Pull | Cause::Secret => {
                    self.say(
                        service,
                        &format!("was unable to place a task. Reason: {words}."),
                    );
                }
                Cause::Exit => {}
            }
        }
        let now = self.now();
        let found = self.services[service]
            .deployments
            .iter_mut()
            .find(|d| d.id == id);
        let Some(deployment) = found else { return };
        deployment.failed += i64::try_from(failed.len()).unwrap_or(0);
        deployment.updated = now;
        if deployment.failed >= 3 {
            let guide = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
            self.say(
                service,
                &format!("is unable to consistently start tasks successfully. {guide}"),
            );
        }
    }

    /// Tasks of a deployment stop without counting as failed.
    fn vanish(&mut self, id: &str, n: i64) {
        let reason = format!("Scaling activity initiated by (deployment {id})");
        task::stop_some(self, |t| t.started_by.as_deref() == Some(id), n, &reason);
    }

    /// Tasks of a service's other deployments stop.
    fn drain(&mut self, service: usize, id: &str, n: i64) {
        let others: Vec<String> = self.services[service]
            .deployments
            .iter()
            .map(|d| d.id.clone())
            .collect();
        let reason = format!("Scaling activity initiated by (deployment {id})");
        let old = |t: &super::state::Task| {
            t.started_by
                .as_deref()
                .is_some_and(|by| by != id && others.iter().any(|o| o == by))
        };
        let stopped = task::stop_some(self, old, n, &reason);
        if !stopped.is_empty() {
            self.say(
                service,
                &format!(
                    "has stopped {} running tasks: {}.",
                    stopped.len(),
                    named(&stopped)
                ),
            );
        }
    }

    /// Someone else registers another revision of the family and deploys it.
    fn supersede(&mut self, rollout: usize) {
        let service = self.rollouts[rollout].service;
        let running = self.services[service].definition.clone();
        let Some(known) = self.definition(&running) else {
            return;
        };
        let mut document = known.document.clone();
        let family = document["family"].as_str().unwrap_or_default().to_owned();
        document["registeredAt"] = time(self.now());
        let arn = super::definition::add(self, &family, document, None);
        deployment::begin(self, service, &arn, Outcome::Ok);
    }
}

/// `(task a) (task b)`, as events name tasks.
fn named(tasks: &[String]) -> String {
    tasks
        .iter()
        .map(|t| format!("(task {t})"))
        .collect::<Vec<_>>()
        .join(" ")
}
