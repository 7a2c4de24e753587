//! The ends of many services: how far the whole is, the summary, and the exit code.

use tokio::time::Instant;

use super::Ready;
use super::several::called;
use crate::aws::throttled;
use crate::commands::fleet::{Failed, Which};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::event::fleet::{End, Ended, Fleet, Summary};
use crate::output::Output;

/// How a service ended.
pub struct How {
    end: End,
    error: Option<Error>,
    /// ARN of the task definition that it came to.
    task_definition: Option<String>,
    /// Something was changed for it.
    changed: bool,
}

impl How {
    /// What it came to; an error is not well.
    pub fn new(ended: Result<End, Error>, task_definition: Option<String>, changed: bool) -> Self {
        let (end, error) = match ended {
            Ok(end) => (end, None),
            Err(error) => (End::Failed, Some(error)),
        };
        Self {
            end,
            error,
            task_definition,
            changed,
        }
    }
}

/// The ends so far.
pub struct Report {
    services: Vec<Ended>,
    underway: usize,
    wave: usize,
    waves: usize,
    /// In the order in which they came.
    errors: Vec<(Which, Error)>,
    /// This run has changed something, so that no refusal leaves all as it was.
    changed: bool,
    started: Instant,
}

impl Report {
    /// Nothing is begun yet.
    pub fn new(ready: &[Ready], waves: &[Vec<usize>], unplanned: Failed) -> Self {
        let wave_of = |index| waves.iter().position(|w| w.contains(&index)).unwrap_or(0) + 1;
        let mut services: Vec<Ended> = ready
            .iter()
            .enumerate()
            .map(|(index, one)| Ended {
                config: one.member.of.clone(),
                cluster: one.plan().cluster.clone(),
                service: one.plan().service.clone(),
                region: one.prepared.region.clone(),
                wave: wave_of(index),
                end: End::NotBegun,
                exit_code: None,
                task_definition: None,
                message: None,
            })
            .collect();
        let mut errors = Vec::new();
        for (which, error) in unplanned {
            services.push(Ended {
                config: which.of.clone(),
                cluster: String::new(),
                service: which.name.clone(),
                region: None,
                wave: 1,
                end: End::Failed,
                exit_code: Some(error.kind.exit_code()),
                task_definition: None,
                message: Some(error.to_string()),
            });
            errors.push((which, error));
        }
        Self {
            services,
            underway: 0,
            wave: 0,
            waves: waves.len(),
            errors,
            changed: false,
            started: Instant::now(),
        }
    }

    /// Whether one did not end well so far.
    pub fn has_failed(&self) -> bool {
        self.services.iter().any(|s| s.end == End::Failed)
    }

    /// Whether one that comes before this service did not end well; it is told, and counts.
    pub fn comes_after_failed(&mut self, ready: &[Ready], index: usize, out: &mut Output) -> bool {
        let one = &ready[index];
        let before = &one.prepared.settings.after_services;
        let is_bad = |(other, end): &(&Ready, &Ended)| {
            other.member.of == one.member.of
                && before.iter().any(|name| name == called(other))
                && !end.end.is_well()
        };
        let Some((other, _)) = ready.iter().zip(&self.services).find(is_bad) else {
            return false;
        };
        let message = format!(
            "`{}` is not deployed, because `{}` comes before it",
            called(one),
            called(other)
        );
        out.warn(&message);
        self.services[index].message = Some(message);
        true
    }

    /// A wave begins.
    pub fn wave(&mut self, number: usize, out: &mut Output) {
        self.wave = number + 1;
        self.show(out);
    }

    /// A service is begun.
    pub fn begun(&mut self, index: usize, out: &mut Output) {
        self.underway += 1;
        self.services[index].message = None;
        if !out.is_json() {
            self.show(out);
        }
    }

    /// A service has ended.
    pub fn ended(&mut self, index: usize, how: How, out: &mut Output) {
        self.underway -= 1;
        self.changed |= how.changed;
        let ended = &mut self.services[index];
        ended.end = how.end;
        ended.exit_code = Some(how.error.as_ref().map_or(0, |e| e.kind.exit_code()));
        ended.task_definition = how.task_definition;
        ended.message = how.error.as_ref().map(ToString::to_string);
        let which = which(ended);
        self.errors.extend(how.error.map(|error| (which, error)));
        self.show(out);
    }

    fn count(&self, end: impl Fn(End) -> bool) -> usize {
        self.services.iter().filter(|s| end(s.end)).count()
    }

    fn show(&self, out: &mut Output) {
        let total = self.services.len();
        if total < 2 {
            return;
        }
        let (well, failed) = (
            self.count(End::is_well),
            self.count(|end| end == End::Failed),
        );
        out.event(&Event::Fleet(Fleet {
            wave: self.wave,
            waves: self.waves,
            total,
            waiting: total.saturating_sub(well + failed + self.underway),
            underway: self.underway,
            well,
            failed,
            elapsed: self.started.elapsed().as_secs_f64(),
        }));
    }

    /// The error of the only service is the error of the run. Of several services, each error is
    /// told, and the worst counts.
    ///
    /// # Errors
    /// Where not all went well.
    pub fn end(mut self, out: &mut Output) -> Result<(), Error> {
        let total = self.services.len();
        if total < 2 {
            return self.errors.pop().map_or(Ok(()), |(_, error)| Err(error));
        }
        let kind = |error: &Error| match error.kind {
            ErrorKind::AwsRefused if self.changed => ErrorKind::AwsRefusedAfterChange,
            kind => kind,
        };
        let kinds = self.errors.iter().map(|(_, error)| kind(error));
        let worst = kinds.max_by_key(|k| k.weight());
        let failed: Vec<String> = self
            .services
            .iter()
            .filter(|s| !s.end.is_well())
            .map(|s| which(s).to_string())
            .collect();
        for (which, error) in std::mem::take(&mut self.errors) {
            out.error(&which.says(error));
        }
        let not_begun = self.count(|end| end == End::NotBegun);
        out.event(&Event::Summary(Summary {
            exit_code: worst.map_or(0, ErrorKind::exit_code),
            total,
            well: self.count(End::is_well),
            failed: self.count(|end| end == End::Failed),
            not_begun,
            throttled: throttled(),
            elapsed: self.started.elapsed().as_secs_f64(),
            services: self.services,
        }));
        let Some(worst) = worst else { return Ok(()) };
        let message = format!(
            "not all went well: {} of {total} services ({})",
            failed.len(),
            failed.join(", ")
        );
        let error = Error::new(worst, message);
        Err(match not_begun {
            0 => error,
            _ => error.hint("deploy again when it is mended: what runs already is left alone"),
        })
    }
}

fn which(ended: &Ended) -> Which {
    Which {
        of: ended.config.clone(),
        name: ended.service.clone(),
    }
}
