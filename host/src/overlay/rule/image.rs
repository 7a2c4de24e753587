//! Image references against the repository of a line.

/// Whether an image reference is this repository with a tag, a digest, both or neither.
pub(super) fn is_of(image: &str, repository: &str) -> bool {
    let Some(rest) = image.strip_prefix(repository) else {
        return false;
    };
    let (tag, digest) = match rest.split_once('@') {
        Some((tag, digest)) => (tag, Some(digest)),
        None => (rest, None),
    };
    let tag = tag.is_empty() || tag.strip_prefix(':').is_some_and(is_tag);
    let digest = digest.is_none_or(|digest| {
        digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    tag && digest
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(word) && !text.starts_with(['.', '-'])
}

/// The repository of an image reference: without tag and digest.
pub(in crate::overlay) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}
