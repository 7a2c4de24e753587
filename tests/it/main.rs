//! The integration tests: one binary, a file a verb or a concern.
#![expect(
    clippy::disallowed_methods,
    reason = "tests start programs and read files"
)]

/// Large plugins at their first use: run by a process that has nothing.
mod apart;
/// What plugins may look up: grants, limits, registries, recordings.
mod capabilities;
/// What a CI system is told: annotations, the job summary, values.
#[cfg(feature = "local")]
mod ci;
/// Roles that are assumed, and credentials that end.
#[cfg(feature = "local")]
mod credentials;
/// `deploy`: what it calls and says, and the verdicts that must never be wrong.
#[cfg(feature = "local")]
mod deploy;
/// `diff`: by meaning, by layer, and its exit codes.
#[cfg(feature = "local")]
mod diff;
/// Every folder of `examples/` and every console block of the README.
#[cfg(feature = "local")]
mod examples;
/// `explain`: who set what.
mod explain;
/// Every call under faults, kills and races.
#[cfg(feature = "local")]
mod faults;
/// Documents made from the SDK's model pass through unchanged.
mod fidelity;
/// Many services in one run.
#[cfg(feature = "local")]
mod fleet;
/// What was found by fuzzing stays mended.
mod fuzz;
/// Help, exit codes, completions, the manual page.
mod help;
/// Guests that mean harm.
#[cfg(feature = "local")]
mod hostile;
/// Templates that infrastructure code makes.
#[cfg(feature = "local")]
mod infrastructure;
/// `init`: what is written, from scratch and from a service.
#[cfg(feature = "local")]
mod init;
/// Round trips of a deploy.
#[cfg(feature = "local")]
mod journal;
/// Levels of ownership: what plugins may edit, refused and said in words.
mod levels;
/// Limits on plugins in acetate.toml: each is broken, none can be set above its bound.
mod limits;
/// The embedded endpoint: what it answers, refuses and plays.
#[cfg(feature = "local")]
mod local;
/// `validate` and `diff` on task definitions that people wrote.
mod meaning;
/// Against moto: task definitions, templates, lookups, deploys, signatures.
mod moto;
/// `validate` beside cfn-lint and botocore, on the same bad documents.
mod oracle;
/// `permissions`: the policy beside what is called.
#[cfg(feature = "local")]
mod permissions;
/// `plan`, and `deploy --plan`: what was shown is done, or nothing.
#[cfg(feature = "local")]
mod plan;
/// The sandbox: what plugins are served, refused and limited to.
mod plugin;
/// `plugin inspect`: what is in a component.
mod plugin_inspect;
/// `plugin run`: one component against a template file.
mod plugin_run;
/// `history prune`: what may go, and what refers to it.
#[cfg(feature = "local")]
mod prune;
/// README.md: its blocks run and parse, its links lead somewhere, its plugin can be built.
#[cfg(feature = "local")]
mod readme;
/// host/docs/reference.md: what the tables of the program say.
mod reference;
/// `register`: the ARN on stdout.
#[cfg(feature = "local")]
mod register;
/// `render`: the document and nothing else.
mod render;
/// `rollback` and `history`: where they go back to.
#[cfg(feature = "local")]
mod rollback;
/// `run`: a one-off task, and its code.
#[cfg(feature = "local")]
mod run;
/// `schema`: what it prints is a schema of acetate.toml.
mod schema;
/// Plugins of registries: locked, signed, verified, or refused.
#[cfg(feature = "local")]
mod sharing;
/// Signals: what each verb says that follows something.
#[cfg(feature = "local")]
mod signals;
/// Stages and PAUSE hooks, `continue`, `abort`.
#[cfg(feature = "local")]
mod stages;
/// The built-in plugin: what is in the tree is what its source gives.
mod standard;
/// `status`: what runs, made from what.
#[cfg(feature = "local")]
mod status;
/// The store of compiled code, and the process that compiles.
mod store;
/// Runs acetate as a user would, in a folder and an environment of its own.
mod support;
/// Layout, rings, size budget: what no compiler checks.
mod tidy;
/// What this version does not do is refused or warned about, never passed over.
#[cfg(feature = "local")]
mod unserved;
/// `validate`: all faults at once.
mod validate;
/// The verdicts that must never be wrong, and the table of exit codes.
#[cfg(feature = "local")]
mod verdicts;
/// `verify`: each check well, faulty, denied and late.
#[cfg(feature = "local")]
mod verify;
/// `wait`: follows what is in progress, judges what is over.
#[cfg(feature = "local")]
mod wait;
