//! The live line of each deployment: redrawn in place on a terminal, a plain line now and then
//! elsewhere.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{escape, text};
use crate::event::fleet::Fleet;
use crate::event::{Event, Progress};

/// Seconds after which a plain line is printed though nothing changed.
const SILENCE: f64 = 30.0;
/// Services that each get lines of their own; of more, the whole is shown, and how each ends.
const EACH: usize = 8;
/// Name of the line of the whole; no service has it.
const WHOLE: &str = "";

/// What is on the screen.
pub(super) struct Live {
    screen: Option<MultiProgress>,
    bars: BTreeMap<String, ProgressBar>,
    last: BTreeMap<String, Progress>,
    said: BTreeMap<String, String>,
    /// How far the whole is, where it is many services.
    fleet: Option<Fleet>,
}

impl Live {
    pub(super) fn new(terminal: bool) -> Self {
        let screen = terminal.then(MultiProgress::new);
        Self {
            screen,
            bars: BTreeMap::new(),
            last: BTreeMap::new(),
            said: BTreeMap::new(),
            fleet: None,
        }
    }

    /// Takes in what is only worth a live line; true where nothing is left to print. Of many
    /// services, only what is `wanted` gets lines of its own.
    pub(super) fn swallows(
        &mut self,
        event: &Event,
        of: Option<&str>,
        wanted: bool,
        quiet: bool,
    ) -> bool {
        let many = self.fleet.as_ref().is_some_and(|f| f.total > EACH) && !wanted;
        match event {
            Event::Progress(_) | Event::Fleet(_) if quiet => true,
            Event::Progress(progress) => self.show(progress, of, many),
            Event::Fleet(fleet) => self.whole(fleet),
            Event::Planned(_) | Event::Registered(_) | Event::ServiceEvent(_) => many,
            _ => false,
        }
    }

    /// Takes in a progress; true where nothing is left to print: the line was redrawn, or
    /// nothing changed within the last half minute.
    fn show(&mut self, progress: &Progress, of: Option<&str>, many: bool) -> bool {
        let key = key(&progress.service, of);
        if self.screen.is_some() {
            if self.bars.contains_key(&key) || self.bars.len() <= EACH {
                let last = self
                    .said
                    .get(&key)
                    .map(|s| format!(" · {}", escape::line(s)));
                let picture = text::picture(progress);
                self.redraw(&key, format!("{picture}{}", last.unwrap_or_default()));
            }
            return true;
        }
        let last = self.last.get(&key);
        let quiet =
            last.is_some_and(|l| !l.differs(progress) && progress.elapsed - l.elapsed < SILENCE);
        if !quiet && !many {
            self.last.insert(key, progress.clone());
        }
        quiet || many
    }

    /// Takes in how far the whole is; true where nothing is left to print.
    fn whole(&mut self, fleet: &Fleet) -> bool {
        let many = fleet.total > EACH;
        if self.screen.is_some() {
            self.fleet = Some(fleet.clone());
            if many {
                self.redraw(WHOLE, text::fleet(fleet));
            }
            return true;
        }
        let last = self.fleet.as_ref();
        let due = last.is_none_or(|l| l.wave != fleet.wave || fleet.elapsed - l.elapsed >= SILENCE);
        if due {
            self.fleet = Some(fleet.clone());
        }
        !(many && due)
    }

    /// Notes what belongs on a live line, and takes the line away once there is a verdict.
    pub(super) fn follow(&mut self, event: &Event, of: Option<&str>) {
        match event {
            Event::ServiceEvent(said) => {
                self.said
                    .insert(key(&said.service, of), said.message.clone());
            }
            Event::Verdict(verdict) => {
                let key = key(&verdict.service, of);
                self.last.remove(&key);
                self.said.remove(&key);
                if let Some(bar) = self.bars.remove(&key) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    /// Runs something that writes to the terminal with the live lines out of its way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.screen {
            Some(screen) => screen.suspend(write),
            None => write(),
        }
    }

    /// Takes all live lines away.
    pub(super) fn clear(&mut self) {
        for bar in std::mem::take(&mut self.bars).into_values() {
            bar.finish_and_clear();
        }
    }

    fn redraw(&mut self, key: &str, message: String) {
        let Some(screen) = &self.screen else { return };
        let bar = self.bars.entry(key.to_owned()).or_insert_with(|| {
            let bar = screen.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
                .expect("invariant: the template is a valid one");
            bar.set_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
            bar
        });
        bar.set_message(message);
    }
}

/// A service of one of several configurations.
fn key(service: &str, of: Option<&str>) -> String {
    of.map_or_else(|| service.to_owned(), |of| format!("{of} {service}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(elapsed: f64, running: i32) -> Progress {
        Progress {
            service: "web".into(),
            task_definition: "web:8".into(),
            desired: 2,
            running,
            pending: 0,
            failed: 0,
            stage: None,
            elapsed,
        }
    }

    #[test]
    fn a_plain_line_comes_on_change_or_after_half_a_minute() {
        let mut live = Live::new(false);
        let silent: Vec<bool> = [at(0.0, 0), at(5.0, 0), at(6.0, 1), at(30.0, 1), at(36.0, 1)]
            .iter()
            .map(|p| live.show(p, None, false))
            .collect();
        assert_eq!(silent, [false, true, false, true, false]);
    }
}
