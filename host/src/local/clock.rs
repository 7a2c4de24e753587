//! The world's time: the real clock, faster by a factor, or a virtual one that only moves when
//! it is looked at or told to.

use std::time::Instant;

use serde::Deserialize;

/// What moves the world's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockKind {
    /// The real clock, `speed` times as fast.
    #[default]
    Real,
    /// Each look at deployments or tasks moves it by `look-seconds`.
    Looks,
    /// Only `advance` moves it.
    Manual,
}

/// Seconds since the world began.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    kind: ClockKind,
    started: Instant,
    speed: f64,
    look: f64,
    moved: f64,
    /// The moment that is being played.
    held: Option<f64>,
}

impl Clock {
    /// A clock at 0.
    pub(crate) fn new(kind: ClockKind, speed: f64, look: f64) -> Self {
        Self {
            kind,
            started: Instant::now(),
            speed,
            look,
            moved: 0.0,
            held: None,
        }
    }

    /// Seconds since the world began.
    pub(crate) fn now(&self) -> f64 {
        if let Some(held) = self.held {
            return held;
        }
        match self.kind {
            ClockKind::Real => self.moved + self.started.elapsed().as_secs_f64() * self.speed,
            ClockKind::Looks | ClockKind::Manual => self.moved,
        }
    }

    /// Stands still at a moment while what happened then is played; goes on with `None`.
    pub(crate) fn hold(&mut self, at: Option<f64>) {
        self.held = at;
    }

    /// Someone looked.
    pub(crate) fn look(&mut self) {
        if self.kind == ClockKind::Looks {
            self.moved += self.look;
        }
    }

    /// Moves by `seconds`.
    pub(crate) fn advance(&mut self, seconds: f64) {
        self.moved += seconds.max(0.0);
    }
}
