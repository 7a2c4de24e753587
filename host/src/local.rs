//! The embedded ECS endpoint: a practice ground, not ECS.
//!
//! It speaks AWS's JSON protocol on loopback, keeps its state in memory and plays deployments
//! whose outcome is scripted in a [`World`]. What it refuses and says is modelled on ECS where
//! that is known; a deploy that works here is no proof that it works there.

mod answer;
mod birth;
mod check;
mod clock;
mod cut;
mod definition;
mod deployment;
mod ecs;
mod events;
mod fault;
mod guard;
mod journal;
mod limits;
mod logs;
mod play;
mod random;
mod script;
mod secrets;
mod serve;
mod ssm;
mod state;
mod sts;
mod surroundings;
mod task;
mod wire;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};

pub use clock::ClockKind;
pub use fault::{Fault, FaultKind};
pub use guard::Lacking;
pub use journal::{Entry, Journal};
pub use surroundings::KnownRole;
pub use world::{
    KnownDefinition, KnownParameter, KnownSecret, KnownService, Outcome, RunScript, TypedParameter,
    World,
};

/// An endpoint that serves, on a thread of its own, until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    region: String,
    hub: Arc<serve::Hub>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Starts an endpoint that plays `world` on `address`; port 0 takes any free port.
///
/// # Errors
/// Input, where the world does not hold together or the address cannot be served on.
pub fn start(world: World, address: SocketAddr) -> Result<Running, Error> {
    let refuse = |e: std::io::Error| {
        Error::new(
            ErrorKind::Input,
            format!("cannot serve on `{address}`: {e}"),
        )
    };
    let (latency, region) = (
        Duration::from_millis(world.latency_ms),
        world.region.clone(),
    );
    let hub = Arc::new(serve::Hub::new(state::State::of(world)?, latency));
    let listener = std::net::TcpListener::bind(address).map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    let address = listener.local_addr().map_err(refuse)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(refuse)?;
    let (stop, stopped) = oneshot::channel();
    let shared = Arc::clone(&hub);
    let thread = std::thread::spawn(move || runtime.block_on(listen(listener, shared, stopped)));
    Ok(Running {
        address,
        region,
        hub,
        stop: Some(stop),
        thread: Some(thread),
    })
}

/// Serves until told to stop. Connections that are open then are dropped with the runtime.
async fn listen(
    listener: std::net::TcpListener,
    hub: Arc<serve::Hub>,
    stopped: oneshot::Receiver<()>,
) {
    let listener = tokio::net::TcpListener::from_std(listener)
        .expect("invariant: we are inside a runtime with I/O");
    let app = serve::router(hub).into_make_service_with_connect_info::<cut::Cut>();
    tokio::select! {
        _ = axum::serve(cut::Door(listener), app) => {}
        _ = stopped => {}
    }
}

impl Running {
    /// The URL of the endpoint, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment that makes any AWS tool talk to this endpoint. The credentials are made up.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_ACCESS_KEY_ID", "practice".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "practice".to_owned()),
        ]
    }

    /// All requests up to now.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.hub.journal().clone()
    }

    /// Forgets the requests up to now.
    pub fn clear_journal(&self) {
        self.hub.journal().entries.clear();
    }

    /// Adds a fault to those that are still to be played.
    pub fn fault(&self, fault: Fault) {
        self.hub.state().faults.push(fault);
    }

    /// From now on `judge` is given the operation and the request of each call, and says what the
    /// caller lacks for it; `None` allows it.
    pub fn guard(&self, judge: impl Fn(&str, &Value) -> Option<Lacking> + Send + Sync + 'static) {
        self.hub.guard.set(Some(Arc::new(judge)));
    }

    /// Lets go of all calls that are held now, as [`FaultKind::Hold`] holds them.
    pub fn let_go(&self) {
        self.hub.go.notify_waiters();
    }

    /// Forgets the faults that are still to be played.
    pub fn forget_faults(&self) {
        self.hub.state().faults.clear();
    }

    /// Moves the world's time by `seconds` and plays what is due.
    pub fn advance(&self, seconds: f64) {
        let mut state = self.hub.state();
        state.clock.advance(seconds);
        state.play();
    }

    /// Scripts the next deployments of a service, before those that are scripted already.
    pub fn next_outcomes(&self, cluster: &str, service: &str, outcomes: &[Outcome]) {
        let mut state = self.hub.state();
        if let Some(index) = state.service(cluster, service) {
            outcomes
                .iter()
                .rev()
                .for_each(|o| state.services[index].outcomes.push_front(*o));
        }
    }

    /// Lifecycle stages at which the next deployments of a service wait in a PAUSE hook.
    pub fn pause_at(&self, cluster: &str, service: &str, stages: &[&str]) {
        let mut state = self.hub.state();
        if let Some(index) = state.service(cluster, service) {
            state.services[index].pause_at = stages.iter().map(|s| (*s).to_owned()).collect();
        }
    }

    /// The revisions of a family in the shape that Describe gives, oldest first, inactive ones
    /// included.
    #[must_use]
    pub fn revisions(&self, family: &str) -> Vec<Value> {
        let state = self.hub.state();
        state
            .definitions
            .get(family)
            .into_iter()
            .flatten()
            .map(|d| d.document.clone())
            .collect()
    }

    /// The service deployments of a service in the shape that Describe gives, oldest first, those
    /// included that are not listed yet.
    #[must_use]
    pub fn deployments(&self, cluster: &str, service: &str) -> Vec<Value> {
        let state = self.hub.state();
        let index = state.service(cluster, service);
        ecs::deployments(&state, index)
    }

    /// A service as DescribeServices shows it now; looking this way moves no clock.
    #[must_use]
    pub fn service(&self, cluster: &str, service: &str) -> Option<Value> {
        let state = self.hub.state();
        state
            .service(cluster, service)
            .map(|index| ecs::service(&state, index))
    }

    /// Serves until the endpoint is stopped from elsewhere, which is never: for a program that
    /// does nothing else.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// Stops serving and closes every connection.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
