//! Text that somebody else wrote (logs of containers, AWS's words) with what looks like a
//! credential hidden. It may hide too much; words that say what happened stay.

use super::{MASK, secret_value};

/// What the name of a credential ends with; letters and digits only.
const NAMES: [&str; 16] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "ACCESSKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "SIGNINGKEY",
    "ENCRYPTIONKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTHORIZATION",
    "CONNECTIONSTRING",
];

/// Words that say how credentials are sent; they follow.
const SCHEMES: [&str; 6] = ["bearer", "basic", "digest", "token", "apikey", "negotiate"];

/// Words that are no credential after `token: ` and the like, but say what is the matter.
const PROSE: [&str; 38] = [
    "a",
    "access",
    "all",
    "an",
    "are",
    "bad",
    "cannot",
    "could",
    "denied",
    "does",
    "empty",
    "error",
    "expired",
    "failed",
    "has",
    "in",
    "incorrect",
    "invalid",
    "is",
    "malformed",
    "mismatch",
    "missing",
    "must",
    "no",
    "not",
    "ok",
    "rejected",
    "required",
    "signature",
    "the",
    "too",
    "unable",
    "unauthorized",
    "unexpected",
    "unknown",
    "used",
    "was",
    "wrong",
];

/// A line that somebody else wrote, as it may be printed: known values, what follows the name of
/// a credential, and words that are credentials by their looks are masked.
#[must_use]
pub fn line(text: &str, known: &[String]) -> String {
    let text = known
        .iter()
        .fold(text.to_owned(), |text, value| text.replace(value, MASK));
    words(&sent(&named(&urls(&text))))
}

/// Words that are credentials by their looks.
fn words(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "\"'`,;<>()[]{}=".contains(c);
    text.split_inclusive(is_end)
        .map(|part| {
            let word = part.trim_end_matches(is_end);
            match secret_value(word) {
                true => format!("{MASK}{}", &part[word.len()..]),
                false => part.to_owned(),
            }
        })
        .collect()
}

/// URLs with a password, whatever is in it.
fn urls(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
    text.split_inclusive(is_end)
        .map(|part| {
            let word = part.trim_end_matches(is_end);
            let scheme = |text: &str| {
                let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
                text.rfind(|c| !is_scheme(c)).map_or(0, |at| {
                    at + text[at..].chars().next().map_or(1, char::len_utf8)
                })
            };
            let start = word.find("://").map(|at| scheme(&word[..at]));
            match start {
                Some(start) if secret_value(&word[start..]) => {
                    format!("{}{MASK}{}", &word[..start], &part[word.len()..])
                }
                _ => part.to_owned(),
            }
        })
        .collect()
}

/// What follows `Bearer` and `Basic`, if it is no word.
fn sent(text: &str) -> String {
    let mut last = String::new();
    text.split_inclusive(char::is_whitespace)
        .map(|part| {
            let word =
                part.trim_end_matches(|c: char| c.is_whitespace() || "\"'`,;.)]}>:".contains(c));
            let follows = match last.as_str() {
                "bearer" => is_no_word(word),
                "basic" => {
                    is_no_word(word)
                        && word
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
                }
                _ => false,
            };
            let letters = |c: char| !c.is_ascii_alphabetic();
            last = part.trim().trim_start_matches(letters).to_ascii_lowercase();
            match follows {
                true => format!("{MASK}{}", &part[word.len()..]),
                false => part.to_owned(),
            }
        })
        .collect()
}

/// Not as people write: digits, signs, or large letters inside.
fn is_no_word(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_digit() || "._-+/=~".contains(c);
    text.len() >= 6
        && (text.contains(is_sign)
            || text.chars().skip(1).any(|c| c.is_ascii_uppercase())
                && text.contains(|c: char| c.is_ascii_lowercase()))
}

/// What follows the name of a credential and `=` or `:`.
fn named(text: &str) -> String {
    let (mut shown, mut rest, mut at) = (String::with_capacity(text.len()), text, 0);
    while let Some(found) = rest[at..].find(['=', ':']) {
        let separator = at + found;
        match value_at(rest, separator) {
            Some((start, end)) => {
                shown.push_str(&rest[..start]);
                shown.push_str(MASK);
                (rest, at) = (&rest[end..], 0);
            }
            None => at = separator + 1,
        }
    }
    shown + rest
}

/// Where the credential is that this separator stands before, if it does.
fn value_at(text: &str, separator: usize) -> Option<(usize, usize)> {
    let (before, after) = text.split_at(separator);
    let sign = &after[..after.len() - after.trim_start_matches(['=', ':', '>']).len()];
    let name = name_before(before, sign)?;
    let value = after[sign.len()..].trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    let is_apart = start > separator + sign.len();
    let is_empty = sign.starts_with('=') && is_apart && !before.ends_with(' ');
    if sign.contains("::") || is_empty {
        return None;
    }
    let (from, to) = extent(value);
    let found = &value[from..to];
    let is_quoted = from > 0 && !value.starts_with(char::is_alphanumeric);
    let is_folder = name.ends_with("PWD") && found.starts_with('/');
    let is_said = is_apart && !is_quoted && is_prose(found);
    let spared = is_folder || is_said || is_nothing(found);
    (!spared).then_some((start + from, start + to))
}

/// The name that ends here, in large letters and without signs, if a credential would have it.
fn name_before(text: &str, sign: &str) -> Option<String> {
    let text = text.trim_end_matches([' ', '\t']);
    let text = text.trim_end_matches(['"', '\'', '`', '\\']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let of = |text: &str| text.trim_end_matches(is_part).len();
    let mut start = of(text);
    // `private key: …`
    if text[start..].eq_ignore_ascii_case("key") && text[..start].ends_with(' ') {
        start = of(&text[..start - 1]);
    }
    // Parts of ARNs and of paths are no names: what follows says what is the matter with them.
    if sign == ":" && text[..start].ends_with([':', '/']) {
        return None;
    }
    let written = text[start..].to_ascii_uppercase();
    let name: String = written
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let is_short = written.ends_with("_PASS") || written.ends_with("-PASS");
    (is_short || NAMES.iter().any(|end| name.ends_with(end))).then_some(name)
}

/// From where to where the credential goes at the beginning of this text: what is in quotes, or a
/// word, or the one after the scheme.
fn extent(text: &str) -> (usize, usize) {
    for quote in ["\\\"", "\\'", "\"", "'", "`"] {
        if let Some(rest) = text.strip_prefix(quote) {
            return (quote.len(), quote.len() + quoted(rest, quote));
        }
    }
    let end = word(text);
    let scheme = SCHEMES.iter().any(|s| text[..end].eq_ignore_ascii_case(s));
    let next = text[end..].trim_start_matches(' ');
    match scheme && next.len() < text.len() - end && !next.is_empty() {
        true => {
            let start = text.len() - next.len();
            (start, start + word(next))
        }
        false => (0, end),
    }
}

/// Length of what is before the quote that closes; one after a backslash does not.
fn quoted(text: &str, quote: &str) -> usize {
    let mut found = text.match_indices(quote).map(|(at, _)| at);
    let end = found.find(|at| quote.len() > 1 || !text[..*at].ends_with('\\'));
    end.unwrap_or(text.len())
}

/// Length of the word at the beginning. A comma in it belongs to it, unless another name follows.
fn word(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || "&\"'`)]}<>".contains(c);
    let end = text.find(is_end).unwrap_or(text.len());
    let mut commas = text[..end].match_indices([',', ';']);
    let follows = |at: usize| {
        let rest = &text[at + 1..end];
        rest.is_empty() || rest.contains(['=', ':'])
    };
    commas
        .find(|(at, _)| follows(*at))
        .map_or(end, |(at, _)| at)
}

fn is_prose(word: &str) -> bool {
    let bare = word
        .trim_end_matches(['.', ',', ';', '!'])
        .to_ascii_lowercase();
    word.ends_with(':') || PROSE.contains(&bare.as_str())
}

fn is_nothing(value: &str) -> bool {
    let nothing = ["true", "false", "null", "none", "nil", "undefined"];
    value.is_empty()
        || value.starts_with(['{', '[', '('])
        || value.starts_with("arn:")
        || nothing.iter().any(|n| value.eq_ignore_ascii_case(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_name_of_a_credential_is_masked() {
        for (text, shown) in [
            ("password=hunter2", "password=********"),
            (
                "login DB_PASSWORD=hunter2 ok",
                "login DB_PASSWORD=******** ok",
            ),
            ("api_key: x", "api_key: ********"),
            ("api key: x", "api key: ********"),
            ("Private Key = x,y", "Private Key = ********"),
            ("passwd: 'a b' c", "passwd: '********' c"),
            ("db.pwd=a,user=b", "db.pwd=********,user=b"),
            ("DB_PASS=a;b", "DB_PASS=********"),
            (
                r#"{"password":"x\"y","user":"u"}"#,
                r#"{"password":"********","user":"u"}"#,
            ),
            (
                r#"{\"accessToken\": \"x\", \"n\": 1}"#,
                r#"{\"accessToken\": \"********\", \"n\": 1}"#,
            ),
            ("{:password=>\"x\"}", "{:password=>\"********\"}"),
            ("GET /a?token=abc&page=2", "GET /a?token=********&page=2"),
            ("redis://:a=b@host/0", "********"),
            ("DB_URL=postgres://u:p,w@db/x up", "DB_URL=******** up"),
            (
                "Authorization: Bearer eyJhbGci",
                "Authorization: Bearer ********",
            ),
            ("Authorization: hush", "Authorization: ********"),
            (
                "-H 'authorization: basic dXNlcg==' x",
                "-H 'authorization: basic ********' x",
            ),
            ("sent Bearer abc123.", "sent Bearer ********."),
            ("sent \"Basic dXNlcjpwYXNz\"", "sent \"Basic ********\""),
            ("secret=é token=ü", "secret=******** token=********"),
        ] {
            assert_eq!(line(text, &[]), shown, "{text}");
        }
    }

    #[test]
    fn words_that_say_what_happened_stay() {
        for text in [
            "password reset mail sent",
            "token expired",
            "secret prod/db not found",
            "invalid token: expired",
            "could not fetch secret: ResourceNotFoundException: no such secret",
            "unable to retrieve secret from asm: service call has been retried",
            "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf:password::",
            "reading parameter /prod/db_password: ParameterNotFound",
            "Bearer authentication is on, Basic plan, basic auth failed",
            "bearer token expired",
            "use_token=true password=null",
            "password= user=bob",
            "PWD=/srv/app",
            "Token::parse failed at 12:00:01",
            "\"secret\": {\"name\": \"x\"}",
            "DB_SECRET=arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "tokens: 5, keys: 3, https://host:80/token",
            "",
        ] {
            assert_eq!(line(text, &[]), text);
        }
    }
}
