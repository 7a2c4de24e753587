//! Acetate deploys to Amazon ECS.
//!
//! Infrastructure code (Terraform, CDK, CloudFormation) owns a *template* task definition.
//! Acetate reads it, lets sandboxed WebAssembly plugins lay their overlay on it, shows what that
//! changes, registers the result in a family of its own, updates the service, and follows the
//! deployment to a true verdict. The template is never written to; it is read at every deploy.
//!
//! # The flow, which is also the map of the code
//!
//! [`config`] → [`template`] → [`overlay`] (by [`plugin`]s) → [`render`] → [`validate`] →
//! policy → [`verify`] → [`diff`] → [`plan`] → register → update → [`wait`] → verdict
//!
//! A stage's name is its module's name, its verb's name on the command line, and its test file's
//! name. One run of `deploy` goes like this:
//!
//! 1. [`commands::prepare`] reads the configuration ([`config`]), and then at the same time the
//!    template ([`template`]), the service and the latest revision of the family ([`aws`]), while
//!    the plugins are loaded ([`plugin`]) and what they will look up is fetched.
//! 2. Each overlay runs against a draft ([`overlay`]); its edits ([`edit`]) are applied all
//!    together or not at all. [`render`] adds family and stamps.
//! 3. [`validate`] and the policies judge the document; [`plan`] decides what is to be done, as
//!    data; [`verify`] says whether what the document refers to exists and fits.
//! 4. The plan is executed: register, look again at the same time, update, one call each.
//! 5. [`wait`] is given what was seen and says what to look at next, and in the end the verdict.
//!
//! # Three rings
//!
//! - **Core** is pure: no clock, disk, network, environment, printing. It is given everything and
//!   returns data.
//! - **Rim** has the effects, one concern a folder.
//! - **Wiring** takes the arguments, calls core and rim, and hands events to the output.
//!
//! Arrows go wiring → rim → core and never back: `arrows_go_from_wiring_to_rim_to_core`. What
//! core must not call is listed in `host/clippy.toml`; a module of another ring opens itself with
//! one `#[expect(clippy::disallowed_methods)]` below.
//!
//! # Invariants
//!
//! Each is held by the tests that it names; `each_invariant_is_held_by_tests_that_exist` looks
//! for them.
//!
//! 1. **The document is JSON, not SDK structs**: one [`serde_json::Value`] from the bytes that
//!    AWS sent to the bytes that AWS receives, unknown members, member order and number formats
//!    included. Held by `what_is_registered_is_what_was_read`,
//!    `bytes_go_out_and_come_in_as_they_are`, `an_empty_overlay_is_the_identity_on_the_corpus`.
//! 2. **The model is the SDK's**: known members, types and enum values are read from what the SDK
//!    crate publishes, and an unknown member is kept and warned about. Held by
//!    `the_tree_has_the_shape_of_a_task_definition`,
//!    `every_enum_of_the_sdk_has_a_line_and_every_line_is_an_enum`,
//!    `the_explored_model_is_botocores`.
//! 3. **The template is never written to**: registering into the family of an `ecs:` template is
//!    refused before any call. Held by `the_templates_own_family_is_refused_before_any_call`,
//!    `the_templates_family_is_never_the_target`.
//! 4. **Plugins edit, the host applies**: each edit is recorded with who, where, old and new, at
//!    places that its entry may edit, and the whole list is applied or none of it. Held by
//!    `the_log_leads_from_template_to_document`, `a_failure_or_a_reported_error_applies_nothing`,
//!    `conflicts_are_about_places_and_results`,
//!    `no_call_reaches_a_place_of_level_code_with_an_influence_level_allow`.
//! 5. **A plugin is served nothing but `acetate:plugin`**: what its toolchain drags in from WASI
//!    is linked to an empty world. Held by `the_empty_world_holds_nothing`,
//!    `what_is_no_plugin_is_refused_at_load`, `lookups_are_served_as_far_as_they_are_granted`,
//!    `each_call_is_refused_until_it_is_granted`.
//! 6. **Same inputs, same bytes**: a render depends on template, plugins, configuration, inputs
//!    and the host's answers, and on nothing else. Held by `is_the_same_twice_and_elsewhere`,
//!    `fuel_is_the_same_for_every_run`, `a_question_is_asked_once_and_replied_to_the_same`,
//!    `a_replay_without_network_gives_the_same_bytes`.
//! 7. **No value of a SecureString or of Secrets Manager leaves the function that fetched it**,
//!    and plain values that look like credentials are masked where they are printed. Held by
//!    `a_secure_string_has_no_value_even_if_one_came`, `keys_of_an_object_and_of_nothing_else`,
//!    `values_of_variables_and_secrets_are_never_repeated`,
//!    `what_looks_like_a_credential_is_masked`, `a_template_that_is_a_secret_is_not_recorded`.
//! 8. **Decide, then do**: a deploy is a [`plan::Plan`], data that is shown and then executed.
//!    Held by `a_dry_run_shows_the_plan_that_is_executed_and_changes_nothing`,
//!    `what_is_new_is_registered`, `verdict_17_what_runs_already_needs_nothing`,
//!    `a_world_that_moved_is_seen`.
//! 9. **Only SUCCESSFUL is success**, and only of the deployment that our request made or found.
//!    Held by `successful_is_success_once_the_service_was_seen_after_it`,
//!    `verdict_1_rolled_back_and_stable_again_is_no_success`,
//!    `verdict_3_completed_for_another_task_definition_is_no_success`.
//! 10. **Only [`output`] prints**: work emits [`event`]s, text and JSON are two readers of them,
//!     stdout is data and stderr is talk, and text that is not ours is escaped. Held by
//!     `prints_the_document_and_nothing_else`, `a_stream_holds_talk_too`,
//!     `foreign_text_is_shown_not_obeyed`.
//!
//! # Errors and exit codes
//!
//! A module of the core has errors and findings of its own. At the rim there is one
//! [`error::Error`]: a kind, a cause, hints. The kind decides the exit code
//! ([`error::ErrorKind::exit_code`]); the table is [`commands::EXIT_CODES`]. Messages are
//! lowercase fragments with values in backticks, the way out is a hint, and problems of the
//! input say file, line and key. Findings are collected ([`event::Diagnostic`]), not told one at
//! a time, and name their place as an address ([`task_definition::address`]).
//!
//! # Where things live
//!
//! | what | where |
//! | --- | --- |
//! | ARNs and partitions | [`arn`] |
//! | keys of acetate.toml, precedence, variables | [`config`] |
//! | what is stripped between Describe and Register | `task_definition/strip.rs` |
//! | keyed lists, addresses | `task_definition/keyed.rs`, [`task_definition::address`] |
//! | what two documents mean alike | [`diff`] |
//! | the rules of `validate` | [`validate`], a file a concern |
//! | what is checked online, and what is a fault | [`verify`]; who asks: `commands/verify/` |
//! | claims and conflicts between plugins | `overlay/claims.rs` |
//! | levels of places, lines of `allow`, names that load code | `overlay/level.rs`, `overlay/rule.rs`, `overlay/loading.rs` |
//! | what a line of `allow` means, in words | `overlay/meaning.rs` |
//! | what a plugin is served, one file an interface | `plugin/host/`; the contract is `wit/` |
//! | what plugins may ask, and who replies | `plugin/lookups.rs`, `aws/lookups.rs`, [`registry`], [`recording`] |
//! | limits on plugins | [`config::limits`], and [`mod@reference`] as a page |
//! | what plugins are trusted with | [`threat_model`] |
//! | plugins of registries: lock, trust, from a reference to bytes | [`lock`], [`trust`], [`sharing`], and [`shared_plugins`] as a page; at a run: `commands/prepare/locked.rs` |
//! | native code of plugins: where it lies, who signs it, who makes it | [`store`] |
//! | raw bytes in and out of the SDK | `aws/raw.rs` |
//! | why tasks fail: words, causes, what to check | `wait/causes.rs`, [`wait::why`] |
//! | services that have no SDK crate here | [`aws::plain`] |
//! | many services: which, in which waves and jobs, what they share | [`plan::fleet`], `commands/fleet.rs`, `commands/deploy/` |
//! | which verdict, and why | [`wait`], and [`verdicts`] as a page |
//! | the built-in plugin | `plugins/standard`, its settings in `plugin.toml` |

// Core: pure. No clock, disk, network, environment, printing. The order is that of the flow; a
// blank line between two modules keeps it.
pub mod arn;

pub mod config;

pub mod task_definition;

pub mod edit;

pub mod overlay;

pub mod render;

pub mod validate;

pub mod verify;

pub mod diff;

pub mod plan;

pub mod wait;

pub mod rollback;

pub mod permissions;

pub mod lock;

pub mod trust;

pub mod event;

// Rim: effects, one concern a folder.
#[expect(
    clippy::disallowed_methods,
    reason = "rim: standard input is read, and a family in between is waited for"
)]
pub mod template;

#[expect(
    clippy::disallowed_methods,
    reason = "rim: docker's credentials are read from its file"
)]
pub mod registry;

#[expect(
    clippy::disallowed_methods,
    reason = "rim: plugins run under a clock, and their files are read"
)]
pub mod plugin;

#[expect(
    clippy::disallowed_methods,
    reason = "rim: compiled code lies on disk, and a process of its own makes it"
)]
pub mod store;

#[expect(
    clippy::disallowed_methods,
    reason = "rim: AWS is reached here, and its settings read from the environment"
)]
pub mod aws;

#[expect(
    clippy::disallowed_methods,
    reason = "rim: the machine's own files about trust and registries are read"
)]
pub mod sharing;

pub mod recording;

#[expect(clippy::disallowed_methods, reason = "the only place that prints")]
pub mod output;

pub mod error;

#[cfg(feature = "local")]
#[expect(
    clippy::disallowed_methods,
    reason = "rim: it serves on loopback, on a thread and a clock of its own"
)]
pub mod local;

// Wiring: arguments in, core and rim called, events to output.
pub mod cli;

#[expect(
    clippy::disallowed_methods,
    reason = "wiring: the configuration may name variables of the environment"
)]
pub mod commands;

// Pages for people, which are a part of this documentation.
#[doc = include_str!("../docs/threat-model.md")]
pub mod threat_model {}

#[doc = include_str!("../docs/sharing.md")]
pub mod shared_plugins {}

#[doc = include_str!("../docs/verdicts.md")]
pub mod verdicts {}

#[doc = include_str!("../docs/reference.md")]
pub mod reference {}
