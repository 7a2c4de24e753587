//! The built-in overlay.
