//! The two streams of the process and the live lines on one of them.

use std::io::Write;

use super::ci::Ci;
use super::live::Live;

/// Where everything goes in the end; shared by all that is at work.
pub(super) struct Screen {
    pub(super) live: Live,
    pub(super) ci: Option<Ci>,
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    broken: Option<std::io::Error>,
}

impl Screen {
    pub(super) fn new(
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        shows_live: bool,
    ) -> Self {
        Self {
            live: Live::new(shows_live),
            ci: None,
            stdout,
            stderr,
            broken: None,
        }
    }

    pub(super) fn talk(&mut self, text: &str) {
        let stderr = &mut self.stderr;
        // Where stderr is gone, there is nobody left to tell.
        self.live.aside(|| drop(writeln!(stderr, "{text}")));
    }

    pub(super) fn write_stdout(&mut self, text: &str) {
        let stdout = &mut self.stdout;
        let written = self.live.aside(|| {
            stdout
                .write_all(text.as_bytes())
                .and_then(|()| stdout.flush())
        });
        if let Err(cause) = written {
            self.remember(cause);
        }
    }

    /// Takes the live lines away; what kept stdout from taking all of it.
    pub(super) fn finish(&mut self) -> Option<std::io::Error> {
        self.live.clear();
        if let Err(cause) = self.stdout.flush() {
            self.remember(cause);
        }
        self.broken.take()
    }

    fn remember(&mut self, cause: std::io::Error) {
        if cause.kind() != std::io::ErrorKind::BrokenPipe {
            self.broken.get_or_insert(cause);
        }
    }
}
