//! What a service runs, compared with what it was made from: by content, not by ARN.

use serde::Serialize;

use super::{Registered, family_of};
use crate::render::{content_digest, stamps_of};

/// How what runs stands to its template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// Made from the template as it is now.
    Fresh,
    /// The template has changed since.
    Stale,
    /// Not made by acetate: it has no stamp.
    Foreign,
    /// Infrastructure code put the service back on a revision of the template's family.
    Reset,
    /// Its content is not what its stamp says.
    Drifted,
}

impl Freshness {
    /// In words, to be put after the revision's name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fresh => "fresh: made from the template as it is now",
            Self::Stale => "stale: the template has changed since it was made",
            Self::Foreign => "foreign: it has no stamp of acetate's",
            Self::Reset => {
                "reset by infrastructure: the service is back on a revision of the template's family"
            }
            Self::Drifted => "drifted: its content is not what its stamp says",
        }
    }
}

/// Judges what runs. `latest` is the latest revision of our family, `template_digest` the content
/// digest of the template as it is now.
#[must_use]
pub fn judge(
    running: Registered<'_>,
    latest: Option<Registered<'_>>,
    template_family: Option<&str>,
    template_digest: &str,
) -> Freshness {
    let stamps = stamps_of(running.definition);
    let by_infrastructure = template_family.is_some() && family_of(running.arn) == template_family;
    if by_infrastructure {
        let was_ours = latest.is_some_and(|l| !stamps_of(l.definition).is_empty());
        return if was_ours {
            Freshness::Reset
        } else {
            Freshness::Foreign
        };
    }
    let Some(rendered) = stamps.get("render-digest") else {
        return Freshness::Foreign;
    };
    if *rendered != content_digest(running.definition) {
        return Freshness::Drifted;
    }
    match stamps.get("template-digest") {
        Some(then) if then == template_digest => Freshness::Fresh,
        Some(_) => Freshness::Stale,
        None => Freshness::Foreign,
    }
}
