//! What is done for each service of a run, and the ends of that.

use std::fmt;

use futures_util::StreamExt;
use futures_util::stream;

use super::Known;
use crate::commands::prepare::look_together;
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// Services for which something could not be done, and why.
pub type Failed = Vec<(Which, Error)>;

/// Which service of a run: its name, and its configuration where there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Name of the configuration file.
    pub of: Option<String>,
    /// Name of the service.
    pub name: String,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        match &self.of {
            Some(of) => write!(f, " of `{of}`"),
            None => Ok(()),
        }
    }
}

impl Which {
    /// The error of one of several services, which does not always say whose it is.
    #[must_use]
    pub fn says(&self, error: Error) -> Error {
        let known = self.of.is_none() && error.to_string().contains(&format!("`{}`", self.name));
        match known {
            true => error,
            false => error.hint(format!("this is about {self}")),
        }
    }
}

/// Services that are read at the same time.
pub const AT_ONCE: usize = 12;

/// What is done for each of these services, several at the same time; what came of it in their
/// order, with the configuration where there are several, and what could not be done.
pub async fn each<T>(
    all: Vec<Known>,
    out: &Output,
    work: impl AsyncFn(Known, &mut Output) -> Result<T, Error>,
) -> (Vec<(Option<String>, T)>, Failed) {
    let together: Vec<_> = all.iter().map(|(m, s)| (&*m.project, s)).collect();
    look_together(&together).await;
    let one = async |known: Known| {
        let (of, name) = (known.0.of.clone(), known.1.name.clone());
        let mut out = known.0.out(out);
        (of, name, work(known, &mut out).await)
    };
    let mut ends = stream::iter(all).map(one).buffered(AT_ONCE);
    let (mut done, mut failed) = (Vec::new(), Failed::new());
    while let Some((of, name, end)) = ends.next().await {
        match end {
            Ok(end) => done.push((of, end)),
            Err(error) => failed.push((Which { of, name }, error)),
        }
    }
    (done, failed)
}

/// Tells what could not be done (`what`: a participle), of `all` services.
///
/// # Errors
/// The only one; of several each is told, and the worst counts.
pub fn told(mut failed: Failed, all: usize, what: &str, out: &mut Output) -> Result<(), Error> {
    if failed.len() < 2 {
        let Some((which, error)) = failed.pop() else {
            return Ok(());
        };
        return Err(match all {
            1 => error,
            _ => error.hint(format!("this is about {which}, one of {all} services")),
        });
    }
    let worst = failed.iter().map(|(_, error)| error.kind);
    let worst = worst.max_by_key(|kind| kind.weight());
    let names: Vec<String> = failed.iter().map(|(which, _)| which.to_string()).collect();
    for (which, error) in failed {
        out.error(&which.says(error));
    }
    let message = format!(
        "{} of {all} services cannot be {what} ({})",
        names.len(),
        names.join(", ")
    );
    Err(Error::new(worst.unwrap_or(ErrorKind::Bug), message))
}

/// The worse of two ends; the other one is told.
///
/// # Errors
/// That one.
pub fn worse(
    one: Result<(), Error>,
    other: Result<(), Error>,
    out: &mut Output,
) -> Result<(), Error> {
    let (one, other) = match (one, other) {
        (Err(one), Err(other)) => (one, other),
        (one, other) => return one.and(other),
    };
    let (less, more) = match one.kind.weight() < other.kind.weight() {
        true => (one, other),
        false => (other, one),
    };
    out.error(&less);
    Err(more)
}
