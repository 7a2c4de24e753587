//! Every key of acetate.toml, once: what the parser knows, what unknown keys are compared with,
//! and what the JSON Schema is made from.

use super::format::Format;
use super::limits::{self, Limit};
use super::patterns::Of;

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for: one sentence.
    pub about: &'static str,
}

/// What a key takes.
#[derive(Debug)]
pub enum Kind {
    /// A string of this form.
    Text(Format),
    /// An integer from 0 to this.
    Count(i64),
    /// `true` or `false`.
    Boolean,
    /// An amount that a plugin may use.
    Limit(&'static Limit),
    /// An array of strings.
    Texts,
    /// An array of strings of this form.
    Each(Format),
    /// `true` or `false`, or an array of strings of this form.
    Granted(Format),
    /// An integer of any sign.
    Integer,
    /// A table with these keys and no other.
    Table(&'static [&'static [Key]]),
    /// A table with names of the user's own; each value is of this kind.
    Named(Format, &'static Kind),
    /// A table whose keys somebody else knows (a plugin's schema).
    Open,
}

/// Where a set of keys may be written. [`ROOT`] is the whole file.
pub type Groups = &'static [&'static [Key]];

/// The top level.
pub const ROOT: Groups = &[LAYER, ROOT_ONLY];
/// A table of `[services]`.
pub const SERVICE: Groups = &[LAYER];
/// A table of `[environments]`.
pub const ENVIRONMENT: Groups = &[LAYER, ENVIRONMENT_ONLY];

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

/// What root, service, environment and service in environment have in common, and what is left
/// when they are laid over each other.
pub const LAYER: &[Key] = &[
    key(
        "cluster",
        Kind::Text(Format::Filled),
        "Name or ARN of the ECS cluster.",
    ),
    key(
        "service",
        Kind::Text(Format::Filled),
        "Name of the ECS service; below `[services]` the key where it is left out. Without any service the configuration is for scheduled and standalone tasks.",
    ),
    key(
        "template",
        Kind::Text(Format::Template),
        "Where the template is read from: `ecs:FAMILY[:REVISION]`, `ssm:NAME[:VERSION]`, `s3://BUCKET/KEY[?versionId=…]`, `file:PATH`, or `-` for stdin. Infrastructure code owns it; acetate never writes to it.",
    ),
    key(
        "family",
        Kind::Text(Format::Family),
        "Task definition family that acetate registers into; never the template's.",
    ),
    key(
        "shared-family",
        Kind::Boolean,
        "Allows several environments or services to register into one family of one account and region.",
    ),
    key(
        "account",
        Kind::Text(Format::Account),
        "The AWS account that this is meant for, 12 digits; another account is refused.",
    ),
    key("region", Kind::Text(Format::Filled), "AWS region."),
    key(
        "profile",
        Kind::Text(Format::Filled),
        "Profile of the AWS configuration files. It goes before keys of the environment.",
    ),
    key(
        "assume-role",
        Kind::Text(Format::Role),
        "ARN of the IAM role to work as.",
    ),
    key(
        "confirm",
        Kind::Boolean,
        "Asks before a deploy where a terminal is there.",
    ),
    key(
        "containers",
        Kind::Named(Format::Filled, &Kind::Open),
        "What to lay over the template's containers, by container name; short for the configuration of the built-in plugin.",
    ),
    key(
        "sidecars",
        Kind::Named(Format::Filled, &Kind::Open),
        "Containers to add, by container name; short for the configuration of the built-in plugin.",
    ),
    key(
        "tags",
        Kind::Open,
        "Tags of the registered task definition; short for the configuration of the built-in plugin.",
    ),
    key(
        "before",
        Kind::Named(Format::Name, &STEP),
        "One-off tasks on the new revision before the service moves, in the order written; a failure leaves the service untouched.",
    ),
    key(
        "after",
        Kind::Named(Format::Name, &STEP),
        "One-off tasks on the new revision after the service moved, in the order written; a failure counts as a failed deployment.",
    ),
    key(
        "after-services",
        Kind::Texts,
        "Services of this configuration that are deployed before this one.",
    ),
    key(
        "overlays",
        Kind::Named(Format::Name, &Kind::Table(&[ENTRY, OVERLAY_ONLY])),
        "Plugins that lay their overlay on the template, by a name of your own.",
    ),
    key(
        "policies",
        Kind::Named(Format::Name, &Kind::Table(&[ENTRY])),
        "Plugins that judge the rendered task definition and change nothing, by a name of your own.",
    ),
    key(
        "limits",
        Kind::Table(&[LIMITS]),
        "How much each plugin of `[overlays]` and `[policies]` may use; the built-in one keeps the defaults.",
    ),
    key("plugins", Kind::Table(&[PLUGINS]), "How plugins are run."),
    key(
        "deploy",
        Kind::Table(&[DEPLOY]),
        "How a deployment is followed and judged.",
    ),
];

/// What only the top level has.
pub const ROOT_ONLY: &[Key] = &[
    key(
        "inputs",
        Kind::Named(Format::Name, &Kind::Table(&[INPUT])),
        "All that a run may vary on: `${inputs.NAME}`, given with `--set NAME=VALUE`.",
    ),
    key(
        "services",
        Kind::Named(Format::Name, &Kind::Table(SERVICE)),
        "Several services, by a name of your own, which is `${service}`; lies over the top level.",
    ),
    key(
        "environments",
        Kind::Named(Format::Name, &Kind::Table(ENVIRONMENT)),
        "Environments by name, which is `${env}`, chosen with `--environment`; lies over the top level and over `[services]`.",
    ),
    key(
        "trust",
        Kind::Table(&[TRUST, TRUST_ONLY_HERE]),
        "Who must have signed plugins of registries; the machine's own file has its say besides.",
    ),
    key(
        "vendored",
        Kind::Text(Format::Filled),
        "Folder of the project with what `plugin vendor` wrote: plugins of registries are taken from there, and verified as everywhere.",
    ),
    key(
        "waves",
        Kind::Each(Format::Wave),
        "What a deploy of several services begins with, wave by wave: names of services, a number or a percentage of them, such as `[\"canary\", \"10%\"]`. The rest comes last; after a failure no further wave is begun.",
    ),
];

/// What only environments have besides.
pub const ENVIRONMENT_ONLY: &[Key] = &[key(
    "services",
    Kind::Named(Format::Name, &Kind::Table(SERVICE)),
    "What is particular to a service in this environment; lies over everything else.",
)];

const INPUT: &[Key] = &[
    key(
        "description",
        Kind::Text(Format::Any),
        "What it is, for people.",
    ),
    key(
        "default",
        Kind::Text(Format::Any),
        "Its value where none is given; `running:CONTAINER` is the image that this container runs now, here and wherever a value is given. An input without default is required.",
    ),
    key(
        "env",
        Kind::Text(Format::Filled),
        "Environment variable that it is read from where `--set` does not give it; an empty variable counts as none.",
    ),
];

const STEP: Kind = Kind::Table(&[&[
    key(
        "container",
        Kind::Text(Format::Filled),
        "Container whose command is replaced for the task.",
    ),
    key(
        "command",
        Kind::Texts,
        "Command of the task; the container's own where it is left out.",
    ),
]]);

/// What overlays and policies have in common.
pub const ENTRY: &[Key] = &[
    key(
        "plugin",
        Kind::Text(Format::Plugin),
        "The plugin: `builtin:NAME`, `path:FILE` or `oci:REFERENCE`.",
    ),
    key(
        "order",
        Kind::Integer,
        "Lower comes first, and the built-in entry has 0; equal ones go by name.",
    ),
    key(
        "grant",
        Kind::Table(&[GRANT]),
        "What the plugin may look up; nothing where it is left out.",
    ),
    key(
        "inputs",
        Kind::Texts,
        "Names of the inputs that the plugin may read.",
    ),
    key(
        "limits",
        Kind::Table(&[LIMITS]),
        "How much this plugin may use; lies over `[limits]`.",
    ),
    key(
        "config",
        Kind::Open,
        "The plugin's configuration, checked against its own schema.",
    ),
];

/// The keys of `[trust]`, and of a file that is about trust alone.
pub const TRUST: &[Key] = &[
    key(
        "keys",
        Kind::Named(Format::Name, &Kind::Text(Format::Filled)),
        "Public keys by a name of your own, ECDSA over P-256: PEM, or the name of a file that holds it.",
    ),
    key(
        "plugins",
        Kind::Named(Format::References, &Kind::Table(&[RULE])),
        "What is asked for plugins of these references: `ghcr.io/acme/` is all below, `ghcr.io/acme/otel` one repository, `*` all. Of several the longest counts; without any a plugin is refused.",
    ),
    key(
        "max-level",
        Kind::Text(Format::OneOf(LEVELS)),
        "The highest level of places that `allow` may name for any plugin but the built-in one.",
    ),
];

const TRUST_ONLY_HERE: &[Key] = &[key(
    "file",
    Kind::Text(Format::Filled),
    "A file of the project with the keys of `[trust]`, which has its say besides.",
)];

const RULE: &[Key] = &[
    key("all-of", Kind::Texts, "Keys that must all have signed."),
    key(
        "any-of",
        Kind::Texts,
        "Keys of which `minimum` must have signed.",
    ),
    key(
        "minimum",
        Kind::Count(u16::MAX as i64),
        "How many keys of `any-of` must have signed. Default 1.",
    ),
    key(
        "unsigned",
        Kind::Boolean,
        "Takes these plugins without any signature: whoever writes to the registry then decides, at the next update, what runs.",
    ),
    key(
        "max-level",
        Kind::Text(Format::OneOf(LEVELS)),
        "The highest level of places that `allow` may name for these plugins.",
    ),
];

/// The keys of `[plugins]`.
pub const PLUGINS: &[Key] = &[key(
    "compiler",
    Kind::Text(Format::OneOf(COMPILERS)),
    "Which compilers make native code of plugins. With `any`, a component of 4 MiB or more is compiled quickly by Winch at its first use and run in a process of its own that has nothing; `cranelift` forbids that, and the first use of such a component takes several times as long. Default `any`.",
)];

/// The keys of `[limits]`: a key for each limit of the table.
pub const LIMITS: &[Key] = &{
    let mut keys = [const { key("", Kind::Open, "") }; limits::TABLE.len()];
    let mut at = 0;
    while at < keys.len() {
        let limit = &limits::TABLE[at];
        keys[at] = key(limit.name, Kind::Limit(limit), limit.about);
        at += 1;
    }
    keys
};

const OVERLAY_ONLY: &[Key] = &[
    key(
        "allow",
        Kind::Each(Format::Place),
        "Places that the plugin may edit, such as `env:app:OTEL_*`; nothing where it is left out.",
    ),
    key(
        "override",
        Kind::Texts,
        "Places where this entry may win over an earlier one.",
    ),
];

const GRANT: &[Key] = &[
    key(
        "parameters",
        Kind::Granted(Format::Pattern(Of::Parameters)),
        "SSM parameters whose names, ARNs and kinds it may see, and that secrets which it may set may refer to: the container is then given their values.",
    ),
    key(
        "parameter-values",
        Kind::Granted(Format::Pattern(Of::Parameters)),
        "SSM parameters whose plain values it may read; never SecureString.",
    ),
    key(
        "secret-names",
        Kind::Granted(Format::Pattern(Of::Secrets)),
        "Secrets whose names and ARNs it may see, and that secrets which it may set may refer to: the container is then given their values.",
    ),
    key(
        "secret-keys",
        Kind::Granted(Format::Pattern(Of::Secrets)),
        "Secrets of which it may see the names of the JSON keys.",
    ),
    key(
        "images",
        Kind::Granted(Format::Pattern(Of::Images)),
        "Registries and repositories in which it may look up digests.",
    ),
    key(
        "files",
        Kind::Granted(Format::Pattern(Of::Files)),
        "Files of the project folder that it may read.",
    ),
];

/// The keys of `[deploy]`.
pub const DEPLOY: &[Key] = &[
    key(
        "timeout",
        Kind::Text(Format::Duration),
        "How long a deployment is waited for, as `15m`, `90s`, `1h30m`. Default `15m`.",
    ),
    key(
        "on-failure",
        Kind::Text(Format::OneOf(REACTIONS)),
        "What to do with a failed deployment that ECS does not roll back itself. Default `rollback`.",
    ),
    key(
        "on-timeout",
        Kind::Text(Format::OneOf(REACTIONS)),
        "What to do when the time runs out. Default `leave`.",
    ),
    key(
        "fail-after",
        Kind::Count(u32::MAX as i64),
        "Failed tasks of the new revision after which a service without circuit breaker is judged failed; 0 never judges. Default 5.",
    ),
    key(
        "wait-until",
        Kind::Text(Format::WaitUntil),
        "How far a deployment is followed: `accepted`, `stage:NAME` or `done`. Default `done`.",
    ),
    key(
        "require-running",
        Kind::Boolean,
        "A deployment with nothing running is not proven: exit code 8 instead of a warning. Default false.",
    ),
    key(
        "skip-checks",
        Kind::Each(Format::OneOf(crate::verify::NAMES)),
        "Checks of `verify` that are left out, `all` for none at all.",
    ),
    key(
        "publish",
        Kind::Text(Format::Parameter),
        "`ssm:NAME` of the parameter that gets the ARN of what runs after each success.",
    ),
    key(
        "stamp",
        Kind::Text(Format::OneOf(STAMPS)),
        "Whether registered revisions carry `acetate:` tags that say what they were made from. Default `tags`.",
    ),
    key(
        "template-tags",
        Kind::Text(Format::OneOf(TEMPLATE_TAGS)),
        "Whether the template's tags are registered too. Default `copy`.",
    ),
];

/// Values of `on-failure` and `on-timeout`.
pub const REACTIONS: &[&str] = &["rollback", "leave"];
/// Values of `max-level`.
pub const LEVELS: &[&str] = &["metadata", "influence", "code"];
/// Values of `compiler`.
pub const COMPILERS: &[&str] = &["any", "cranelift"];
/// Values of `stamp`.
pub const STAMPS: &[&str] = &["tags", "none"];
/// Values of `template-tags`.
pub const TEMPLATE_TAGS: &[&str] = &["copy", "drop"];

/// The table in which a key belongs that was written elsewhere, in words.
pub fn home(name: &str) -> Option<&'static str> {
    let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
    if has(ROOT_ONLY) {
        Some("at the top level")
    } else if has(DEPLOY) {
        Some("in `[deploy]`")
    } else if has(PLUGINS) {
        Some("in `[plugins]`")
    } else if has(LIMITS) {
        Some("in `[limits]`, or in `limits` of an overlay or a policy")
    } else if has(LAYER) {
        Some("at the top level, in a service or in an environment")
    } else {
        None
    }
}
