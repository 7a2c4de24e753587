//! HTTP: which operation a request means, the faults played on it, its place in the journal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::answer::{Answer, Refusal};
use super::cut::Cut;
use super::fault::{self, Fault, FaultKind};
use super::guard::Guard;
use super::journal::{Entry, Journal};
use super::state::State;
use super::wire::{Call, Protocol};
use super::{ecs, events, logs, secrets, ssm, sts, surroundings, wire};

/// Largest request body that is read, in bytes: above every limit of AWS's, so that the limit can
/// be refused in AWS's words.
const LARGEST_BODY: usize = 4 << 20;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    journal: Mutex<Journal>,
    latency: Duration,
    started: Instant,
    /// Judges what the caller may do.
    pub(crate) guard: Guard,
    /// Lets go of the calls that are held.
    pub(crate) go: Notify,
}

impl Hub {
    /// A hub around this state.
    pub(crate) fn new(state: State, latency: Duration) -> Self {
        Self {
            state: Mutex::new(state),
            journal: Mutex::default(),
            latency,
            started: Instant::now(),
            guard: Guard::default(),
            go: Notify::new(),
        }
    }

    /// The state, locked.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal, locked.
    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an entry; its index.
    fn open(&self, call: &Call, signer: Option<String>, fault: Option<&Fault>) -> usize {
        let start = self.started.elapsed().as_secs_f64();
        let mut journal = self.journal();
        journal.entries.push(Entry {
            operation: call.operation.clone(),
            start,
            end: start,
            status: None,
            done: false,
            signer,
            fault: fault.map(|f| f.kind.name()),
            request: call.request.clone(),
        });
        journal.entries.len() - 1
    }

    /// Closes an entry with the status of its answer, if it has one.
    fn close(&self, entry: usize, status: Option<u16>) {
        let end = self.started.elapsed().as_secs_f64();
        if let Some(entry) = self.journal().entries.get_mut(entry) {
            (entry.end, entry.status) = (end, status);
        }
    }
}

/// The application.
pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new().fallback(handle).with_state(hub)
}

async fn handle(
    Shared(hub): Shared<Arc<Hub>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path();
    if let Some(route) = path.strip_prefix("/_acetate/") {
        return admin(&hub, &parts.method, route, &body);
    }
    match wire::read(&parts.method, &parts.uri, &parts.headers, &body) {
        Ok(call) => serve(&hub, &cut, call, &parts.headers).await,
        Err(refusal) => refused(Protocol::Json, &refusal),
    }
}

/// Serves one call of AWS's, with the fault that is due on it.
async fn serve(hub: &Hub, cut: &Cut, call: Call, headers: &HeaderMap) -> Response {
    let expired = sts::is_over(headers).then(|| Fault::once(&call.operation, FaultKind::Expired));
    let fault = expired.or_else(|| due(&mut hub.state(), &call));
    let go = hub.go.notified();
    tokio::pin!(go);
    // Whoever sees the call in the journal may let it go.
    go.as_mut().enable();
    let entry = hub.open(&call, sts::signer(headers), fault.as_ref());
    let late = fault.as_ref().map_or(0, |f| f.delay_ms);
    let wait = hub.latency + Duration::from_millis(late);
    let early = fault.as_ref().filter(|f| f.done).map(|_| {
        let answer = work(hub, &call, entry);
        hub.close(entry, Some(answer.status().as_u16()));
        answer
    });
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let kind = fault.map(|f| f.kind);
    if kind == Some(FaultKind::Hold) {
        go.await;
    }
    let response = match kind {
        Some(FaultKind::Delay | FaultKind::Hold) | None => {
            Some(early.unwrap_or_else(|| work(hub, &call, entry)))
        }
        Some(kind) => spoilt(hub, kind, &call, entry),
    };
    hub.close(entry, response.as_ref().map(|r| r.status().as_u16()));
    response.unwrap_or_else(|| {
        cut.now();
        StatusCode::OK.into_response()
    })
}

/// What a fault makes of an answer; none where the connection is to be cut.
fn spoilt(hub: &Hub, kind: FaultKind, call: &Call, entry: usize) -> Option<Response> {
    let body = |status, of, body| (status, [(header::CONTENT_TYPE, of)], body).into_response();
    match kind {
        FaultKind::Lost => {
            let _ = work(hub, call, entry);
            None
        }
        FaultKind::Html => Some(body(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/html",
            "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
        )),
        FaultKind::Malformed => Some(body(StatusCode::OK, wire::JSON, r#"{"taskDefinition":{"#)),
        kind => {
            let account = hub.state().account.clone();
            let refusal = fault::refusal(kind, &call.operation, &account, &call.request);
            refusal.map(|r| refused(call.protocol, &r))
        }
    }
}

/// Does the work, if the caller may ask for it, and notes that it was done.
fn work(hub: &Hub, call: &Call, entry: usize) -> Response {
    let account = hub.state().account.clone();
    let refusal = hub.guard.refusal(&call.operation, &call.request, &account);
    let answer = match refusal {
        Some(refusal) => refused(call.protocol, &refusal),
        None => answer(hub, call),
    };
    if let Some(entry) = hub.journal().entries.get_mut(entry) {
        entry.done = answer.status().is_success();
    }
    answer
}

/// The fault to play on this call: one that was asked for, or that it comes too soon.
fn due(state: &mut State, call: &Call) -> Option<Fault> {
    let now = state.clock.now();
    let limits = state.limits.as_mut().filter(|_| call.service == "ecs");
    if limits.is_some_and(|limits| !limits.allow(&call.operation, now)) {
        return Some(Fault::once(&call.operation, FaultKind::Throttle));
    }
    fault::take(&mut state.faults, &call.operation)
}

/// What the work comes to.
fn answer(hub: &Hub, call: &Call) -> Response {
    let mut state = hub.state();
    if ecs::LOOKS.contains(&call.operation.as_str()) {
        state.clock.look();
    }
    state.play();
    let answer: Answer = match call.protocol {
        Protocol::Json => match call.service {
            "ecs" => ecs::answer(&mut state, &call.operation, &call.request),
            "events" => events::rules(&state, &call.operation, &call.request),
            "scheduler" => events::schedules(&state, &call.operation, &call.request),
            "logs" => logs::answer(&state, &call.operation, &call.request),
            "ssm" => ssm::answer(&mut state, &call.operation, &call.request),
            "ecr" => surroundings::ecr(&state, &call.operation, &call.request),
            _ => secrets::answer(&mut state, &call.operation, &call.request),
        },
        Protocol::Query if call.service == "iam" => {
            return surroundings::iam(&state, &call.operation, &call.request);
        }
        Protocol::Query => return sts::answer(&state, &call.operation, &call.request),
        Protocol::Object => {
            return wire::object(&state, call.request["path"].as_str().unwrap_or_default());
        }
    };
    drop(state);
    match answer {
        Ok(answer) => wire::json_response(StatusCode::OK, &answer),
        Err(refusal) => refused(Protocol::Json, &refusal),
    }
}

fn refused(protocol: Protocol, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    // An answer to HEAD has no body: its status is all that it says.
    let status = match (protocol, refusal.code.as_str()) {
        (Protocol::Object, "AccessDeniedException") => StatusCode::FORBIDDEN,
        _ => status,
    };
    match protocol {
        Protocol::Json => {
            // Secrets Manager spells it `Message`; clients read either.
            let body = json!({"__type": refusal.code, "message": refusal.message, "Message": refusal.message});
            wire::json_response(status, &body)
        }
        Protocol::Query | Protocol::Object => wire::xml_refusal(status, protocol, refusal),
    }
}

/// The endpoint's own routes, for tests in other languages and for people with curl.
fn admin(hub: &Hub, method: &Method, route: &str, body: &Bytes) -> Response {
    let bad = |told: String| (StatusCode::BAD_REQUEST, told).into_response();
    match (method.as_str(), route) {
        ("GET", "journal") => {
            let journal = hub.journal();
            let shown = json!({"rounds": journal.rounds(), "entries": journal.entries});
            wire::json_response(StatusCode::OK, &shown)
        }
        ("DELETE", "journal") => {
            hub.journal().entries.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        ("GET", "faults") => wire::json_response(StatusCode::OK, &json!(hub.state().faults)),
        ("PUT", "faults") => match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => {
                hub.state().faults = faults;
                StatusCode::NO_CONTENT.into_response()
            }
            Err(e) => bad(format!("faults: {e}")),
        },
        ("POST", "let-go") => {
            hub.go.notify_waiters();
            StatusCode::NO_CONTENT.into_response()
        }
        ("POST", "advance") => match serde_json::from_slice::<Value>(body)
            .ok()
            .and_then(|v| v["seconds"].as_f64())
        {
            Some(seconds) => {
                let mut state = hub.state();
                state.clock.advance(seconds);
                state.play();
                StatusCode::NO_CONTENT.into_response()
            }
            None => bad("advance: `{\"seconds\": NUMBER}` is needed".to_owned()),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
