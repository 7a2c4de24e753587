//! Meeting a registry's challenge: a
//! [token](https://distribution.github.io/distribution/spec/auth/token/) for this one
//! repository, or user name and password.

use serde_json::Value;

use super::challenge::{self, Challenge};
use super::credentials::Credentials;
use super::fetch::{Fetched, Fetcher, Request};
use super::reference::Reference;
use super::url::Url;

/// Characters of a token at most.
const LONGEST: usize = 16 << 10;

/// The value of `Authorization` that the registry asked for; none where it cannot be had.
///
/// # Errors
/// Why its token service gave none, as a fragment.
pub async fn authorize(
    fetcher: &Fetcher,
    (image, asked): (&Reference, &Request<'_>),
    refused: &Fetched,
    credentials: Option<&Credentials>,
) -> Result<Option<String>, String> {
    // Whoever a redirect led to is not the registry that credentials are kept for.
    if refused.redirected {
        return Ok(None);
    }
    match challenge::read(refused.challenges.iter().map(String::as_str)) {
        None => Ok(None),
        Some(Challenge::Basic) => Ok(credentials.map(Credentials::basic)),
        Some(Challenge::Bearer { realm, service }) => {
            let mut url = Url::parse(&realm)
                .map_err(|why| format!("it names a token service that must not be asked: {why}"))?;
            fetcher.check_lead(asked.url, &url)?;
            if let Some(service) = service {
                url = url.with("service", &service);
            }
            let scope = format!("repository:{}:{}", image.repository, asked.actions);
            let url = url.with("scope", &scope);
            let header = credentials.map(Credentials::basic);
            let request = Request::get(&url, "application/json");
            let answer = fetcher.fetch(&request, header.as_deref()).await?;
            match answer.status {
                200 => Ok(Some(format!("Bearer {}", token(&answer.body)?))),
                401 | 403 => Ok(None),
                status => Err(format!("its token service answers with HTTP {status}")),
            }
        }
    }
}

fn token(body: &[u8]) -> Result<String, String> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let names = ["token", "access_token"];
    let found = names.iter().find_map(|name| answer.get(name)?.as_str());
    let usable = |token: &&str| {
        !token.is_empty() && token.len() <= LONGEST && token.bytes().all(|b| b.is_ascii_graphic())
    };
    found
        .filter(usable)
        .map(str::to_owned)
        .ok_or_else(|| "its token service gives no token".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_two_names_and_one_form() {
        assert_eq!(token(br#"{"token":"a.b"}"#), Ok("a.b".to_owned()));
        assert_eq!(token(br#"{"access_token":"a"}"#), Ok("a".to_owned()));
        for bad in [
            &br#"{"token":"a\r\nHost: evil"}"#[..],
            br#"{"token":""}"#,
            br#"{"token":1}"#,
            br#"{}"#,
            b"",
        ] {
            assert!(token(bad).is_err());
        }
        let long = format!(r#"{{"token":"{}"}}"#, "a".repeat(LONGEST + 1));
        assert!(token(long.as_bytes()).is_err());
    }
}
