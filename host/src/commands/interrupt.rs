//! Ctrl-C and SIGTERM: the run ends at once, and says what goes on in AWS.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, ErrorKind};

/// Configuration and service.
type Key = (String, String);
/// What goes on, and the command that picks it up.
type Told = (String, String);

/// What goes on in AWS on behalf of this run, by service: what, and the command that picks it up.
#[derive(Debug, Clone, Default)]
pub struct Underway {
    /// By configuration and service.
    all: Rc<RefCell<BTreeMap<Key, Told>>>,
    of: String,
}

impl Underway {
    /// The same, for one of several configurations.
    #[must_use]
    pub fn of(&self, config: &str) -> Self {
        Self {
            all: Rc::clone(&self.all),
            of: config.to_owned(),
        }
    }

    fn key(&self, service: &str) -> Key {
        (self.of.clone(), service.to_owned())
    }

    /// From now on this goes on: a fragment, and the command that picks it up again.
    pub fn set(&self, service: &str, what: String, resume: &str) {
        let entry = (what, resume.to_owned());
        self.all.borrow_mut().insert(self.key(service), entry);
    }

    /// Nothing goes on for this service any more.
    pub fn clear(&self, service: &str) {
        self.all.borrow_mut().remove(&self.key(service));
    }
}

/// Runs work until it is done or a signal comes.
///
/// # Errors
/// Those of the work; [`ErrorKind::Interrupted`] and [`ErrorKind::Terminated`] for a signal.
pub async fn interruptible<T>(
    underway: &Underway,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = received(SignalKind::interrupt()) => Err(ended(ErrorKind::Interrupted, "Ctrl-C", underway)),
        () = received(SignalKind::terminate()) => Err(ended(ErrorKind::Terminated, "SIGTERM", underway)),
        done = work => done,
    }
}

async fn received(kind: SignalKind) {
    match signal(kind) {
        Ok(mut stream) => {
            stream.recv().await;
        }
        // No handler, no message: the signal then ends the process as it always does.
        Err(_) => std::future::pending().await,
    }
}

fn ended(kind: ErrorKind, by: &str, underway: &Underway) -> Error {
    let underway = underway.all.borrow();
    if underway.is_empty() {
        return Error::new(kind, format!("ended by {by}; nothing was changed"));
    }
    let of = |((of, _), (what, _)): (&Key, &Told)| match of.is_empty() {
        true => what.clone(),
        false => format!("{of}: {what}"),
    };
    let what: Vec<String> = underway.iter().map(of).collect();
    let error = Error::new(kind, format!("ended by {by}; {}", what.join("; ")));
    underway.values().fold(error, |e, (_, resume)| {
        e.hint(format!("`{resume}` picks it up again"))
    })
}
