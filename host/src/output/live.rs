//! The live line of each deployment: redrawn in place on a terminal, a plain line now and then
//! elsewhere.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{escape, text};
use crate::event::{Event, Progress};

/// Seconds after which a plain line is printed though nothing changed.
const SILENCE: f64 = 30.0;

/// What is on the screen.
pub(super) struct Live {
    screen: Option<MultiProgress>,
    bars: BTreeMap<String, ProgressBar>,
    last: BTreeMap<String, Progress>,
    said: BTreeMap<String, String>,
}

impl Live {
    pub(super) fn new(terminal: bool) -> Self {
        let screen = terminal.then(MultiProgress::new);
        Self {
            screen,
            bars: BTreeMap::new(),
            last: BTreeMap::new(),
            said: BTreeMap::new(),
        }
    }

    /// Takes in a progress; true where nothing is left to print: the line was redrawn, or
    /// nothing changed within the last half minute.
    pub(super) fn show(&mut self, progress: &Progress) -> bool {
        if self.screen.is_some() {
            self.redraw(progress);
            return true;
        }
        let last = self.last.get(&progress.service);
        let quiet =
            last.is_some_and(|l| !l.differs(progress) && progress.elapsed - l.elapsed < SILENCE);
        if !quiet {
            self.last.insert(progress.service.clone(), progress.clone());
        }
        quiet
    }

    /// Notes what belongs on a live line, and takes the line away once there is a verdict.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::ServiceEvent(said) => {
                self.said.insert(said.service.clone(), said.message.clone());
            }
            Event::Verdict(verdict) => {
                if let Some(bar) = self.bars.remove(&verdict.service) {
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

    fn redraw(&mut self, progress: &Progress) {
        let Some(screen) = &self.screen else { return };
        let bar = self
            .bars
            .entry(progress.service.clone())
            .or_insert_with(|| {
                let bar = screen.add(ProgressBar::new_spinner());
                let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
                    .expect("invariant: the template is a valid one");
                bar.set_style(style);
                bar.enable_steady_tick(std::time::Duration::from_millis(120));
                bar
            });
        let last = self
            .said
            .get(&progress.service)
            .map(|s| format!(" · {}", escape::line(s)));
        bar.set_message(format!(
            "{}{}",
            text::picture(progress),
            last.unwrap_or_default()
        ));
    }
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
            .map(|p| live.show(p))
            .collect();
        assert_eq!(silent, [false, true, false, true, false]);
    }
}
