//! Values that changed because AWS or a registry answers differently now.

/// Whether the host answered with `new`, and `old` is what it would have answered to the same
/// question before: the same image with another digest, the same secret with another suffix.
pub(super) fn is_another_answer(old: &str, new: &str, answers: &[String]) -> bool {
    let answered = answers
        .iter()
        .any(|answer| !answer.is_empty() && new.contains(answer.as_str()));
    answered && question(old).is_some_and(|asked| question(new) == Some(asked))
}

/// What a resolved reference was asked by: an image without its digest, a secret's ARN without
/// the hyphen and six characters that Secrets Manager adds, with its key, stage and version.
fn question(reference: &str) -> Option<(&str, &str)> {
    if let Some((image, _)) = reference.split_once("@sha256:") {
        return Some((image, ""));
    }
    let start = reference.find(":secret:")? + ":secret:".len();
    let end = reference[start..]
        .find(':')
        .map_or(reference.len(), |at| start + at);
    let plain = end.checked_sub(7).filter(|plain| *plain > start)?;
    let suffix = reference.as_bytes()[plain..end].strip_prefix(b"-");
    suffix
        .is_some_and(|suffix| suffix.iter().all(u8::is_ascii_alphanumeric))
        .then(|| reference.get(..plain).zip(reference.get(end..)))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_without_its_answer_is_the_question() {
        for (reference, asked) in [
            ("r/app:1@sha256:00", Some(("r/app:1", ""))),
            (
                "arn:aws:secretsmanager:r:1:secret:db-AbCdEf",
                Some(("arn:aws:secretsmanager:r:1:secret:db", "")),
            ),
            (
                "arn:aws:secretsmanager:r:1:secret:a-b-AbCdEf:url::",
                Some(("arn:aws:secretsmanager:r:1:secret:a-b", ":url::")),
            ),
            ("arn:aws:secretsmanager:r:1:secret:db", None),
            ("arn:aws:secretsmanager:r:1:secret:", None),
            (
                "arn:aws:secretsmanager:r:1:secret:d\u{fc}\u{fc}-AbCd\u{fc}",
                None,
            ),
            ("plain", None),
        ] {
            assert_eq!(question(reference), asked, "{reference}");
        }
    }
}
