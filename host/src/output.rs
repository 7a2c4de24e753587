//! The only place that prints. stdout is data, stderr is talk.
//!
//! Text and JSON are two readers of the same [`Event`]s. In text, data goes to stdout and talk to
//! stderr, with a live line for each deployment where stderr is a terminal. In JSON, a document
//! ([`Output::json`]) or, after [`Output::stream`], one line an event goes to stdout; talk is
//! one JSON object a line, on stderr, and in the stream once there is one.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::diff::Difference;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Event, Problem};
use crate::plan::Plan;
use screen::Screen;

mod ci;
pub mod escape;
mod live;
pub mod mask;
mod screen;
mod text;

pub use ci::CiOptions;

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// When text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// Where stderr is a terminal that wants it (`NO_COLOR`, `CLICOLOR`, `TERM` are heeded).
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// How a run prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputOptions {
    /// What stdout carries.
    pub format: Format,
    /// Data, results, warnings and errors only.
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
    /// When text is coloured.
    pub color: Color,
}

/// Prints for one run.
pub struct Output {
    options: OutputOptions,
    streaming: bool,
    colored: bool,
    /// Which of several configurations it prints for.
    of: Option<String>,
    screen: Arc<Mutex<Screen>>,
}

impl Output {
    /// Prints to the process's stdout and stderr.
    #[must_use]
    pub fn new(options: OutputOptions) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let auto = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let shows_live = terminal && !options.quiet && options.format == Format::Text;
        Self::to(
            options,
            Box::new(std::io::stdout()),
            Box::new(std::io::stderr()),
            auto && terminal,
            shows_live,
        )
    }

    /// Prints into two writers, with no live line: for tests.
    #[must_use]
    pub fn into_writers(
        options: OutputOptions,
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
    ) -> Self {
        Self::to(options, stdout, stderr, false, false)
    }

    fn to(
        options: OutputOptions,
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        auto_color: bool,
        shows_live: bool,
    ) -> Self {
        let colored = match options.color {
            Color::Auto => auto_color,
            Color::Always => true,
            Color::Never => false,
        };
        Self {
            options,
            streaming: false,
            colored,
            of: None,
            screen: Arc::new(Mutex::new(Screen::new(stdout, stderr, shows_live))),
        }
    }

    /// Prints in the same places, for work that goes on at the same time; `of` names the
    /// configuration where there are several.
    #[must_use]
    pub fn beside(&self, of: Option<&str>) -> Self {
        Self {
            options: self.options,
            streaming: self.streaming,
            colored: self.colored,
            of: of.map_or_else(|| self.of.clone(), |of| Some(of.to_owned())),
            screen: Arc::clone(&self.screen),
        }
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, which tells a CI system beside it.
    #[must_use]
    pub fn telling(self, ci: CiOptions) -> Self {
        self.screen().ci = Some(ci::Ci::new(ci));
        self
    }

    /// Whether a summary of the run is written.
    #[must_use]
    pub fn has_summary(&self) -> bool {
        self.screen().ci.as_ref().is_some_and(ci::Ci::has_summary)
    }

    /// What a deploy changes, for the summary only.
    pub fn summarise(&mut self, difference: &Difference) {
        if let Some(ci) = &mut self.screen().ci {
            ci.difference(difference);
        }
    }

    /// Tells the CI system how the run ended.
    pub fn told(&mut self, exit_code: u8) {
        let ci = self.screen().ci.take();
        let failed = ci.map(|ci| ci.end(exit_code));
        failed.iter().flatten().for_each(|what| self.warn(what));
    }

    /// What stdout carries.
    #[must_use]
    pub fn format(&self) -> Format {
        self.options.format
    }

    /// Whether stdout carries JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.options.format == Format::Json
    }

    /// How often `-v` was given.
    #[must_use]
    pub fn verbosity(&self) -> u8 {
        self.options.verbose
    }

    /// Whether text is coloured.
    #[must_use]
    pub fn is_colored(&self) -> bool {
        self.colored
    }

    /// From here on, with `--format json`, stdout is one stream of events, talk and errors
    /// included. Nothing changes in text.
    pub fn stream(&mut self) {
        self.streaming = true;
    }

    /// Data, exactly as given, with a line end where it has none. The caller escapes what is
    /// not ours and not JSON.
    pub fn data(&mut self, text: &str) {
        let end = if text.ends_with('\n') || text.is_empty() {
            ""
        } else {
            "\n"
        };
        self.screen().write_stdout(&format!("{text}{end}"));
    }

    /// Data as one JSON document: indented, or on one line in a stream of events.
    pub fn json(&mut self, value: &impl Serialize) {
        let text = if self.streaming {
            serde_json::to_string(value)
        } else {
            serde_json::to_string_pretty(value)
        };
        let text = text.expect("invariant: what acetate prints has string keys only");
        self.data(&escape::json(&text));
    }

    /// Something happened.
    pub fn event(&mut self, event: &Event) {
        let event = &*mask::event(event);
        self.print(event);
        let mut screen = self.screen();
        if let Some(line) = screen.ci.as_mut().and_then(|ci| ci.hear(event)) {
            screen.talk(&line);
        }
    }

    fn print(&mut self, event: &Event) {
        if self.is_json() {
            return self.json_event(event);
        }
        let of = self.of.as_deref();
        let wanted = self.options.verbose > 0;
        if self
            .screen()
            .live
            .swallows(event, of, wanted, self.options.quiet)
        {
            return;
        }
        let Some(said) = text::event(event, self.colored) else {
            return;
        };
        if self.options.quiet && !said.even_quiet {
            return;
        }
        self.screen().live.follow(event, of);
        let text = match of {
            Some(of) => format!("{}: {}", escape::line(of), said.text),
            None => said.text,
        };
        if said.is_data {
            self.data(&text)
        } else {
            self.screen().talk(&text)
        }
    }

    /// What a deploy would do: the data of a run that goes no further.
    pub fn plan(&mut self, plan: &Plan) {
        if self.is_json() {
            return self.event(&Event::Planned(plan.clone()));
        }
        self.screen().ci.iter_mut().for_each(|ci| ci.planned(plan));
        self.data(&text::planned_calls(plan));
    }

    /// What a deploy would change: the data of a run that goes no further. Its values may be
    /// printed.
    pub fn difference(&mut self, difference: &Difference) {
        if self.is_json() {
            return self.event(&Event::Difference(difference.clone()));
        }
        self.summarise(difference);
        match difference.split.is_empty() {
            true => self.note(&text::no_difference(difference)),
            false => self.data(&text::difference(difference)),
        }
        if let Some(reason) = text::untold(difference) {
            self.note(&reason);
        }
    }

    /// Whether there is a terminal with somebody to ask.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        terminal && !self.is_json()
    }

    /// Asks for a yes on the terminal.
    pub fn confirm(&mut self, question: &str) -> bool {
        self.screen().talk(&format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// Findings, in the order given.
    pub fn diagnostics(&mut self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            self.event(&Event::Diagnostic(diagnostic.clone()));
        }
    }

    /// Talk that is worth knowing.
    pub fn note(&mut self, message: &str) {
        self.event(&Event::Note {
            message: message.to_owned(),
        });
    }

    /// Talk that asks to be looked at.
    pub fn warn(&mut self, message: &str) {
        self.event(&Event::Warning {
            message: message.to_owned(),
        });
    }

    /// The error that ends the run: heading, causes, hints.
    pub fn error(&mut self, error: &Error) {
        self.event(&Event::Error(problem(error)));
    }

    /// Ends the printing: takes the live lines away, and tells whether stdout took all of it. A
    /// reader that went away (broken pipe) is no failure.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] where stdout could not be written, a full disk for instance.
    pub fn finish(&mut self) -> Result<(), Error> {
        match self.screen().finish() {
            Some(cause) => Err(Error::new(
                ErrorKind::Input,
                format!("cannot write to stdout: {cause}"),
            )),
            None => Ok(()),
        }
    }

    fn json_event(&mut self, event: &Event) {
        let talk = matches!(
            event,
            Event::Note { .. } | Event::Warning { .. } | Event::Diagnostic(_) | Event::Error(_)
        );
        if self.options.quiet && matches!(event, Event::Note { .. }) {
            return;
        }
        let mut line =
            serde_json::to_value(event).expect("invariant: events have string keys only");
        if let (Some(of), Some(members)) = (&self.of, line.as_object_mut()) {
            members.insert("config".to_owned(), of.as_str().into());
        }
        let line = line.to_string();
        let line = escape::json(&line);
        if talk && !self.streaming {
            self.screen().talk(&line)
        } else {
            self.data(&line)
        }
    }
}

/// An error as data.
#[must_use]
pub fn problem(error: &Error) -> Problem {
    let mut caused_by = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        caused_by.push(next.to_string());
        cause = next.source();
    }
    Problem {
        exit_code: error.kind.exit_code(),
        message: error.to_string(),
        caused_by,
        hints: error.hints.clone(),
    }
}

#[cfg(test)]
mod tests;
