//! What each fuzz target does with its bytes. The same functions run over the committed corpus in
//! the integration tests, so that every finding stays found; see README.md.

/// What the process that runs a plugin says.
mod answers;
/// Components: as they come, generated, and generated ones that are plugins.
mod components;
/// acetate.toml.
mod configuration;
/// Edits, addresses and lines of `allow`.
mod edits;
/// The custom section `acetate:manifest`.
mod manifest;
/// Files for `--replay`.
mod recordings;

pub use answers::answers;
pub use components::components;
pub use configuration::configuration;
pub use edits::edits;
pub use manifest::manifest;
pub use recordings::recordings;

/// The name of a target, which its part of the corpus has too, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 6] = [
    ("answers", answers),
    ("components", components),
    ("configuration", configuration),
    ("edits", edits),
    ("manifest", manifest),
    ("recordings", recordings),
];
