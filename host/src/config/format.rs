//! The forms that strings of the configuration take, each with its check, its words and its
//! pattern for the JSON Schema.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::nearest::{did_you_mean, listed};
use super::patterns::Of;
use super::template_ref::TemplateRef;
use crate::arn::{Arn, is_account};
use crate::overlay::Rule;

/// Whether a text is the ARN of a role.
fn is_role(text: &str) -> bool {
    let role = Arn::parse(text).filter(|arn| arn.service == "iam" && is_account(arn.account));
    let name = role.and_then(|arn| arn.resource.strip_prefix("role/"));
    name.is_some_and(|name| !name.is_empty())
}

/// The longest time that can be waited for: AWS keeps a deployment's bake time below a day.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// The form of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Any string.
    Any,
    /// Any string but the empty one.
    Filled,
    /// A name of the user's own: letters, digits, `.`, `_` and `-`.
    Name,
    /// A task definition family.
    Family,
    /// An AWS account id.
    Account,
    /// The ARN of an IAM role.
    Role,
    /// A time as `1h30m`, `15m`, `90s`.
    Duration,
    /// A template reference.
    Template,
    /// A plugin reference.
    Plugin,
    /// A line of `allow`.
    Place,
    /// `ssm:NAME`.
    Parameter,
    /// `accepted`, `stage:NAME` or `done`.
    WaitUntil,
    /// Names of services, a number or a percentage of them.
    Wave,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A pattern of a grant.
    Pattern(Of),
    /// References of plugins that a rule of trust is for.
    References,
}

impl Format {
    /// Checks a string without variables.
    ///
    /// # Errors
    /// What is wrong, as a fragment, and the way out.
    pub fn check(self, text: &str) -> Result<(), (String, Option<String>)> {
        let wrong = |expected: &str| Err((format!("expected {expected}, found `{text}`"), None));
        match self {
            Self::Any => Ok(()),
            _ if text.is_empty() => Err(("value is empty".to_owned(), None)),
            Self::Filled => Ok(()),
            Self::Duration => duration(text).map(drop).map_err(|why| (why, None)),
            Self::Plugin => text
                .parse::<PluginRef>()
                .map(drop)
                .map_err(|why| (why, None)),
            Self::Place => match text.parse::<Rule>() {
                Ok(_) => Ok(()),
                Err(error) => Err((error.message, Some(error.hint))),
            },
            Self::Template => match text.parse::<TemplateRef>() {
                Ok(_) => Ok(()),
                Err(why) => Err((why.to_string(), None)),
            },
            Self::Pattern(of) => of.check(text),
            Self::References => match crate::trust::Pattern::parse(text) {
                Ok(_) => Ok(()),
                Err(why) => Err((why, None)),
            },
            Self::OneOf(values) if !values.contains(&text) => {
                let expected = format!("one of {}", listed(values.iter().copied()));
                let message = format!("expected {expected}, found `{text}`");
                Err((message, did_you_mean(text, values.iter().copied())))
            }
            _ if self.matches(text) => Ok(()),
            Self::Family if text.len() > 255 => wrong("at most 255 characters"),
            _ => wrong(self.expected()),
        }
    }

    fn matches(self, text: &str) -> bool {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let after = |prefix: &str| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| !rest.is_empty())
        };
        match self {
            Self::Name => text.chars().all(|c| word(c) || c == '.'),
            Self::Family => text.len() <= 255 && text.chars().all(word),
            Self::Account => is_account(text),
            Self::Role => is_role(text),
            Self::Parameter => after("ssm:"),
            Self::WaitUntil => text == "accepted" || text == "done" || after("stage:"),
            Self::Wave => text.parse::<crate::plan::fleet::Wave>().is_ok(),
            _ => true,
        }
    }

    /// The form in words, for "expected …".
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Any | Self::Filled => "a string",
            Self::Name => "a name of letters, digits, `.`, `_` and `-`",
            Self::Family => "a family of letters, digits, `_` and `-`",
            Self::Account => "an account of 12 digits",
            Self::Role => "the ARN of an IAM role",
            Self::Duration => "a time such as `15m`",
            Self::Template => "a template reference",
            Self::Plugin => "a plugin reference",
            Self::Place => "a place such as `env:app:LOG_LEVEL`",
            Self::Parameter => "`ssm:` and the name of a parameter",
            Self::WaitUntil => "`accepted`, `stage:NAME` or `done`",
            Self::Wave => "names of services, a number or a percentage",
            Self::OneOf(_) => "one of a few words",
            Self::Pattern(of) => of.expected(),
            Self::References => "references of plugins",
        }
    }

    /// A regular expression (ECMA 262) that every string of this form matches; none where words say it.
    pub const fn pattern(self) -> Option<&'static str> {
        let pattern = match self {
            Self::Any | Self::Filled | Self::OneOf(_) => return None,
            Self::Name => "^[A-Za-z0-9._-]+$",
            Self::Family => "^[A-Za-z0-9_-]{1,255}$",
            Self::Account => "^[0-9]{12}$",
            Self::Role => "^arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/.",
            Self::Duration => "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
            Self::Template => "^(ecs:.|ssm:.|s3://.|file:.|-$)",
            Self::Plugin => "^(builtin|path|oci):.",
            Self::Place => {
                "^(sidecars$|(tags|image|health-check):.|(labels|env|secrets):[^:]+:.|sidecar:[^=]+=.|json:/.)"
            }
            Self::Parameter => "^ssm:.",
            Self::WaitUntil => "^(accepted|done|stage:.+)$",
            Self::Wave => "^(100%|[1-9][0-9]?%|[^,%]+(,[^,]+)*)$",
            Self::Pattern(of) => of.pattern(),
            Self::References => {
                "^(\\*|(localhost|[a-z0-9_-]*[.:][a-z0-9._:-]*)(/|(/[a-z0-9._-]+)+/?))$"
            }
        };
        Some(pattern)
    }
}

/// A time such as `1h30m`, `15m` or `90s`: hours, minutes and seconds, in this order.
///
/// # Errors
/// What is wrong, as a fragment.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as `15m`, `90s` or `1h30m`, found `{text}`");
    let (mut rest, mut seconds, mut any) = (text, 0_u64, false);
    for (unit, factor) in [('h', 3600), ('m', 60), ('s', 1)] {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = if digits {
            number.parse::<u64>().ok()
        } else {
            None
        };
        let number = number
            .and_then(|number| number.checked_mul(factor))
            .ok_or_else(wrong)?;
        seconds = seconds.checked_add(number).ok_or_else(wrong)?;
        (rest, any) = (after, true);
    }
    if !any || !rest.is_empty() {
        return Err(wrong());
    }
    match Duration::from_secs(seconds) {
        Duration::ZERO => Err(format!("time is zero: `{text}`")),
        time if time > LONGEST => Err(format!("time is longer than 720h: `{text}`")),
        time => Ok(time),
    }
}

/// What a size is, for "expected …".
pub const SIZE: &str = "a size such as `64MiB`";

/// The suffixes of sizes, the largest first.
const SUFFIXES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// A regular expression (ECMA 262) of sizes.
pub const SIZE_PATTERN: &str = "^[0-9]+([KMG]i)?B$";

/// A size in bytes, such as `64MiB`, `512KiB` or `100B`.
///
/// # Errors
/// What is wrong, as a fragment.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected {SIZE}, `512KiB` or `100B`, found `{text}`");
    let split = |(suffix, factor): &(&str, u64)| Some((text.strip_suffix(suffix)?, *factor));
    let (number, factor) = SUFFIXES.iter().find_map(split).ok_or_else(wrong)?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number = number.parse::<u64>().ok().filter(|_| digits);
    let bytes = number.and_then(|number| number.checked_mul(factor));
    match bytes.ok_or_else(wrong)? {
        0 => Err(format!("size is zero: `{text}`")),
        bytes => Ok(bytes),
    }
}

/// A size as [`size`] reads it, with the largest suffix that says it exactly.
pub fn written_size(bytes: u64) -> String {
    let exact = |(_, factor): &&(&str, u64)| bytes >= *factor && bytes.is_multiple_of(*factor);
    let (suffix, factor) = SUFFIXES.iter().find(exact).unwrap_or(&("B", 1));
    format!("{}{suffix}", bytes / factor)
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluginRef {
    /// `builtin:NAME`: inside this program.
    Builtin(String),
    /// `path:FILE`: a component file of the project folder.
    Path(String),
    /// `oci:REFERENCE`: an artifact of a registry.
    Oci(String),
}

impl FromStr for PluginRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected `builtin:NAME`, `path:FILE` or `oci:REFERENCE`";
        match text.split_once(':') {
            Some((_, "")) | None => Err(format!("{expected}, found `{text}`")),
            Some(("builtin", name)) => Ok(Self::Builtin(name.to_owned())),
            Some(("path", file)) => Ok(Self::Path(file.to_owned())),
            Some(("oci", reference)) => Ok(Self::Oci(reference.to_owned())),
            Some(_) => Err(format!("{expected}, found `{text}`")),
        }
    }
}

impl fmt::Display for PluginRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(name) => write!(f, "builtin:{name}"),
            Self::Path(file) => write!(f, "path:{file}"),
            Self::Oci(reference) => write!(f, "oci:{reference}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h30m5s"), Ok(5405));
        assert_eq!(seconds("720h"), Ok(2_592_000));
        for bad in [
            "",
            "15",
            "m",
            "15 m",
            "-1m",
            "1m1h",
            "1d",
            "1.5h",
            "+1m",
            "99999999999999999999s",
        ] {
            let expected =
                format!("expected a time such as `15m`, `90s` or `1h30m`, found `{bad}`");
            assert_eq!(seconds(bad), Err(expected));
        }
        assert_eq!(seconds("0s"), Err("time is zero: `0s`".to_owned()));
        assert_eq!(
            seconds("721h"),
            Err("time is longer than 720h: `721h`".to_owned())
        );
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("64MiB", 64 << 20),
            ("512KiB", 512 << 10),
            ("2GiB", 2 << 30),
            ("100B", 100),
        ] {
            assert_eq!(size(text), Ok(bytes));
            assert_eq!(written_size(bytes), text);
        }
        assert_eq!(size("1024KiB").map(written_size), Ok("1MiB".to_owned()));
        assert_eq!(size("0MiB"), Err("size is zero: `0MiB`".to_owned()));
        for bad in [
            "",
            "64",
            "MiB",
            "64 MiB",
            "64MB",
            "64M",
            "-1B",
            "1.5MiB",
            "+1B",
            "99999999999GiB",
        ] {
            let expected =
                format!("expected a size such as `64MiB`, `512KiB` or `100B`, found `{bad}`");
            assert_eq!(size(bad), Err(expected));
        }
    }

    #[test]
    fn plugin_references() {
        for text in [
            "builtin:standard",
            "path:plugins/own.wasm",
            "oci:ghcr.io/acme/otel:1.2.0",
        ] {
            let parsed: PluginRef = text.parse().expect(text);
            assert_eq!(parsed.to_string(), text);
        }
        for text in ["", "otel", "oci:", "http:x", "ghcr.io/acme/otel:1.2.0"] {
            let expected = "expected `builtin:NAME`, `path:FILE` or `oci:REFERENCE`";
            assert_eq!(
                text.parse::<PluginRef>(),
                Err(format!("{expected}, found `{text}`"))
            );
        }
    }

    #[test]
    fn forms() {
        let ok = [
            (Format::Family, "prod-web_1"),
            (Format::Account, "222222222222"),
            (Format::Role, "arn:aws-cn:iam::222222222222:role/deploy"),
            (Format::Role, "arn:aws:iam::222222222222:role/ci/deploy"),
            (Format::Parameter, "ssm:/prod/web/task-definition"),
            (Format::WaitUntil, "stage:BAKE_TIME"),
            (Format::Name, "otel.v1"),
        ];
        for (format, text) in ok {
            assert_eq!(format.check(text), Ok(()), "{text}");
        }
        let bad = [
            (Format::Filled, "", "value is empty"),
            (
                Format::Family,
                "we b",
                "expected a family of letters, digits, `_` and `-`, found `we b`",
            ),
            (
                Format::Account,
                "123",
                "expected an account of 12 digits, found `123`",
            ),
            (
                Format::Role,
                "deploy",
                "expected the ARN of an IAM role, found `deploy`",
            ),
            (
                Format::Parameter,
                "ssm:",
                "expected `ssm:` and the name of a parameter, found `ssm:`",
            ),
            (
                Format::WaitUntil,
                "stage:",
                "expected `accepted`, `stage:NAME` or `done`, found `stage:`",
            ),
            (
                Format::Name,
                "a b",
                "expected a name of letters, digits, `.`, `_` and `-`, found `a b`",
            ),
        ];
        let roles = [
            "arn:aws:iam::1:role/deploy",
            "arn:aws:iam:::role/deploy",
            "arn:aws:iam::222222222222:role/",
            "arn:aws:iam::222222222222:user/deploy",
            "arn:aws:sts::222222222222:assumed-role/deploy/me",
        ];
        for text in roles {
            assert!(Format::Role.check(text).is_err(), "{text}");
        }
        for (format, text, message) in bad {
            assert_eq!(format.check(text), Err((message.to_owned(), None)));
        }
        let reaction = Format::OneOf(&["rollback", "leave"]).check("rolback");
        let message = "expected one of `rollback`, `leave`, found `rolback`".to_owned();
        assert_eq!(
            reaction,
            Err((message, Some("did you mean `rollback`?".to_owned())))
        );
    }
}
