//! Where a template is read from.

use std::fmt;
use std::str::FromStr;

/// A template reference as acetate.toml and the command line have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateRef {
    /// `ecs:FAMILY[:REVISION]`: a task definition; the newest ACTIVE one without revision.
    Ecs {
        /// The family.
        family: String,
        /// Its revision, from 1.
        revision: Option<u32>,
    },
    /// `ssm:NAME[:VERSION]`: a parameter; its newest version without version.
    Ssm {
        /// Name or path of the parameter.
        name: String,
        /// Its version, from 1.
        version: Option<u64>,
    },
    /// `s3://BUCKET/KEY[?versionId=…]`: an object.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The version id.
        version: Option<String>,
    },
    /// `file:PATH`: a file of the project folder.
    File(String),
    /// `-`: standard input.
    Stdin,
}

/// Why a text is no template reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `ecs:FAMILY`, `ssm:NAME`, `s3://BUCKET/KEY`, `file:PATH` or `-`, found `{0}`")]
pub struct NotATemplate(String);

impl FromStr for TemplateRef {
    type Err = NotATemplate;

    fn from_str(text: &str) -> Result<Self, NotATemplate> {
        let parsed = match text.split_once(':') {
            None if text == "-" => Some(Self::Stdin),
            Some(("ecs", rest)) => ecs(rest),
            Some(("ssm", rest)) => ssm(rest),
            Some(("s3", rest)) => s3(rest),
            Some(("file", path)) if !path.is_empty() => Some(Self::File(path.to_owned())),
            _ => None,
        };
        parsed.ok_or_else(|| NotATemplate(text.to_owned()))
    }
}

fn ecs(rest: &str) -> Option<TemplateRef> {
    let (family, revision) = numbered(rest)?;
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    family.chars().all(valid).then(|| TemplateRef::Ecs {
        family: family.to_owned(),
        revision,
    })
}

fn ssm(rest: &str) -> Option<TemplateRef> {
    let (name, version) = numbered(rest)?;
    Some(TemplateRef::Ssm {
        name: name.to_owned(),
        version,
    })
}

/// A name and the number from 1 after its colon, if there is one.
fn numbered<N: FromStr + PartialOrd + From<u8>>(rest: &str) -> Option<(&str, Option<N>)> {
    let (name, number) = match rest.split_once(':') {
        None => (rest, None),
        Some((name, number)) => {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            let number = number
                .parse::<N>()
                .ok()
                .filter(|number| digits && *number >= N::from(1));
            (name, Some(number?))
        }
    };
    (!name.is_empty()).then_some((name, number))
}

fn s3(rest: &str) -> Option<TemplateRef> {
    let (bucket, rest) = rest.strip_prefix("//")?.split_once('/')?;
    let (key, version) = match rest.split_once("?versionId=") {
        None => (rest, None),
        Some((_, "")) => return None,
        Some((key, version)) => (key, Some(version.to_owned())),
    };
    let filled = !bucket.is_empty() && !key.is_empty();
    filled.then(|| TemplateRef::S3 {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version,
    })
}

impl fmt::Display for TemplateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecs {
                family,
                revision: None,
            } => write!(f, "ecs:{family}"),
            Self::Ecs {
                family,
                revision: Some(revision),
            } => write!(f, "ecs:{family}:{revision}"),
            Self::Ssm {
                name,
                version: None,
            } => write!(f, "ssm:{name}"),
            Self::Ssm {
                name,
                version: Some(version),
            } => write!(f, "ssm:{name}:{version}"),
            Self::S3 {
                bucket,
                key,
                version: None,
            } => write!(f, "s3://{bucket}/{key}"),
            Self::S3 {
                bucket,
                key,
                version: Some(version),
            } => {
                write!(f, "s3://{bucket}/{key}?versionId={version}")
            }
            Self::File(path) => write!(f, "file:{path}"),
            Self::Stdin => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let good = [
            "ecs:web-template",
            "ecs:web_template:12",
            "ssm:/prod/web/template",
            "ssm:template:3",
            "s3://bucket/a/b.json",
            "s3://bucket/a.json?versionId=x.y",
            "file:../template.json",
            "-",
        ];
        for text in good {
            assert_eq!(
                text.parse::<TemplateRef>().map(|parsed| parsed.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        let bad = [
            "",
            "web",
            "ecs:",
            "ecs:web:",
            "ecs:web:0",
            "ecs:web:+1",
            "ecs:web:latest",
            "ecs:a b",
            "ssm:",
            "ssm::1",
            "s3:bucket/key",
            "s3://bucket",
            "s3://bucket/",
            "s3:///key",
            "s3://b/k?versionId=",
            "file:",
            "--",
        ];
        for text in bad {
            let refused = text.parse::<TemplateRef>().map_err(|why| why.to_string());
            let expected =
                "expected `ecs:FAMILY`, `ssm:NAME`, `s3://BUCKET/KEY`, `file:PATH` or `-`";
            assert_eq!(refused, Err(format!("{expected}, found `{text}`")));
        }
    }
}
