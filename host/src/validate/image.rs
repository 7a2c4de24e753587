//! References of images: `[HOST[:PORT]/]PATH[:TAG][@sha256:DIGEST]`.
//!
//! Refused is what ECS does not register ("Container.image contains invalid characters", "should
//! be 255 characters or less", see `image` of
//! [`ContainerDefinition`](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html))
//! and what no runtime can pull, since it is none by the
//! [grammar](https://pkg.go.dev/github.com/distribution/reference) that docker and containerd share.

use super::findings::Findings;
use super::spot::Document;

/// Characters before the digest.
const MAX_IMAGE: usize = 255;
const MAX_TAG: usize = 128;
const FORM: &str = "write it as `[HOST[:PORT]/]PATH[:TAG][@sha256:DIGEST]`, such as `public.ecr.aws/nginx/nginx:1.29`";

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        let image = container.text("image").filter(|image| !image.is_empty());
        if let Some((image, why)) = image.and_then(|image| Some((image, wrong(image)?))) {
            let message = format!("`{image}` is no reference of an image: {why}");
            findings
                .error("image-reference", &container.place("image"), message)
                .hint(FORM);
        }
    }
}

/// Why it is none.
fn wrong(image: &str) -> Option<String> {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || "-_:./#@".contains(*c);
    if let Some(other) = image.chars().find(|c| !is_allowed(c)) {
        return Some(format!("ECS allows no {other:?} in it"));
    }
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    if name.len() > MAX_IMAGE {
        return Some(format!(
            "{} characters, and ECS allows {MAX_IMAGE}",
            name.len()
        ));
    }
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Some("its digest is not `sha256:` and 64 hexadecimal digits".to_owned());
    }
    // What ECS allows a number sign for is not known.
    if name.contains('#') {
        return None;
    }
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Some(format!("`{tag}` is no tag"));
    }
    let (host, repository) = apart(path);
    if let Some(host) = host.filter(|host| !is_host(host)) {
        return Some(format!("`{host}` is no host"));
    }
    if repository.chars().any(|c| c.is_ascii_uppercase()) {
        return Some(format!(
            "`{repository}` has large letters, and no repository has"
        ));
    }
    (!repository.split('/').all(is_component)).then(|| format!("`{repository}` is no repository"))
}

/// The host, and the rest. A first part without a dot, a port or a large letter is no host, but
/// for `localhost`.
fn apart(path: &str) -> (Option<&str>, &str) {
    let is_host = |first: &str| {
        first == "localhost" || first.contains(|c: char| ".:".contains(c) || c.is_ascii_uppercase())
    };
    match path.split_once('/') {
        Some((first, rest)) if is_host(first) => (Some(first), rest),
        _ => (None, path),
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "1"));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    is_port && name.split('.').all(is_label)
}

/// Small letters and digits, with one dot, one or two underscores or some hyphens between them.
fn is_component(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = text.split(is_letter).filter(|part| !part.is_empty());
    let mut separators = between.map(|part| part.trim_matches('-'));
    let is_whole = text.starts_with(is_letter) && text.ends_with(is_letter);
    let is_plain = |part: &str| matches!(part, "" | "." | "_" | "__");
    let mixed =
        text.contains("-.") || text.contains(".-") || text.contains("-_") || text.contains("_-");
    is_whole && !mixed && separators.all(is_plain)
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= MAX_TAG
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || ".-".contains(c))
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn references_that_a_runtime_takes_are_left_alone() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for image in [
            "app",
            "app:1",
            "nginx:1.29-alpine_slim",
            "library/a__b.c--d/e:V1",
            "localhost/app",
            "localhost:5000/app:1",
            "Registry.Example.com:443/team/app",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/web:1",
            "a#b",
            &format!("app@{digest}"),
            &format!("app:1@{digest}"),
            &format!("{}@{digest}", "a".repeat(255)),
        ] {
            assert_eq!(wrong(image), None, "{image}");
        }
    }

    #[test]
    fn what_ecs_or_every_runtime_refuses_is_told() {
        for (image, why) in [
            ("bad image", "ECS allows no ' '"),
            ("app:1\n", "ECS allows no '\\n'"),
            ("https://host/app", "`https:` is no host"),
            ("${IMAGE}", "ECS allows no '$'"),
            ("äpp", "ECS allows no 'ä'"),
            ("app:", "`` is no tag"),
            ("app:-1", "`-1` is no tag"),
            ("a:b:c", "`a:b` is no repository"),
            ("team/App:1", "large letters"),
            ("/app", "`/app` is no repository"),
            ("host.example//app", "`/app` is no repository"),
            ("a..b", "`a..b` is no repository"),
            ("a-.b", "is no repository"),
            ("host:port/app", "`host:port` is no host"),
            ("app@sha256:12", "its digest"),
            ("app@1", "its digest"),
            (&"a".repeat(256), "256 characters"),
            (&format!("app:{}", "1".repeat(129)), "is no tag"),
        ] {
            let told = wrong(image).unwrap_or_default();
            assert!(told.contains(why), "{image}: {told}");
        }
    }
}
