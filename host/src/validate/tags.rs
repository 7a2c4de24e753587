//! Tags: how many, of what length, in which alphabet. See
//! [tag restrictions](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions).

use std::collections::BTreeSet;

use super::findings::Findings;
use super::spot::{Document, Spot};

const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    let tags = document.root.items("tags");
    if tags.len() > MAX_TAGS {
        let message = format!("{} tags, ECS takes {MAX_TAGS}", tags.len());
        findings.error("too-many-tags", &document.root.place("tags"), message);
    }
    let mut seen = BTreeSet::new();
    for tag in &tags {
        let key = tag.text("key").unwrap_or_default();
        if !seen.insert(key) {
            findings.error(
                "duplicate-name",
                &tag.at,
                format!("the tag `{key}` is there twice"),
            );
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            let message = format!("the tag `{key}` is AWS's own and cannot be set");
            findings.error("reserved-tag", &tag.at, message);
        }
        tag_text("key", key, 1, MAX_TAG_KEY, tag, findings);
        tag_text(
            "value",
            tag.text("value").unwrap_or_default(),
            0,
            MAX_TAG_VALUE,
            tag,
            findings,
        );
    }
}

fn tag_text(
    member: &str,
    text: &str,
    least: usize,
    most: usize,
    tag: &Spot<'_>,
    findings: &mut Findings,
) {
    let length = text.chars().count();
    if !(least..=most).contains(&length) {
        let message =
            format!("a tag's {member} has {least} to {most} characters, this one {length}");
        findings.error("bad-tag", &tag.place(member), message);
    }
    let taken = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if let Some(strange) = text.chars().find(|c| !taken(*c)) {
        let message = format!("a tag's {member} cannot hold `{strange}`");
        findings
            .error("bad-tag", &tag.place(member), message)
            .hint("letters, digits, spaces and `_.:/=+-@`");
    }
}
