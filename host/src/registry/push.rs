//! Sending a plugin to a registry, by the
//! [OCI distribution specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push).

use std::time::Duration;

use super::artifact::IMAGE;
use super::fetch::{Fetched, Request};
use super::{Reference, Registry, unavailable};
use crate::edit::Failure;
use crate::store::Digest;

/// Time for each part that is sent.
const TIME: Duration = Duration::from_secs(600);

impl Registry {
    /// Sends blobs and then the manifest that names them; the manifest's digest comes back.
    ///
    /// # Errors
    /// `unavailable` where the registry must not be asked or does not take it.
    pub async fn push(
        &self,
        image: &Reference,
        blobs: &[&[u8]],
        manifest: &[u8],
    ) -> Result<String, Failure> {
        let image = self.reach.places.of(image);
        let mut good = None;
        for blob in blobs {
            self.send_blob(&image, blob, &mut good).await?;
        }
        let url = self.url(&image, "manifests", image.version())?;
        let request = Request::send("PUT", &url, (manifest, IMAGE), TIME);
        let sent = self.known(&image, request, &mut good).await?;
        taken(&image, &sent, 201)?;
        Ok(format!("sha256:{}", Digest::of(manifest)))
    }

    /// Sends one blob, unless it is there.
    async fn send_blob(
        &self,
        image: &Reference,
        bytes: &[u8],
        good: &mut Option<String>,
    ) -> Result<(), Failure> {
        let digest = format!("sha256:{}", Digest::of(bytes));
        let url = self.url(image, "blobs", &digest)?;
        if self
            .known(image, Request::head(&url, "*/*"), good)
            .await?
            .status
            == 200
        {
            return Ok(());
        }
        let kind = "application/octet-stream";
        let url = self.url(image, "blobs", "uploads/")?;
        let begun = Request::send("POST", &url, (&[], kind), TIME);
        let begun = self.known(image, begun, good).await?;
        taken(image, &begun, 202)?;
        let told = |why: &str| unavailable(&image.registry, why);
        let at = begun
            .location
            .ok_or_else(|| told("it says not where to send it"))?;
        let at = url.redirected(&at).map_err(|why| told(&why))?;
        // What may write there is sent along.
        if at.authority() != url.authority() || at.plain != url.plain {
            return Err(told("it wants it sent to another host"));
        }
        let at = at.with("digest", &digest);
        let sent = Request::send("PUT", &at, (bytes, kind), TIME);
        let sent = self.known(image, sent, good).await?;
        taken(image, &sent, 201)
    }
}

fn taken(image: &Reference, sent: &Fetched, wanted: u16) -> Result<(), Failure> {
    let host = &image.registry;
    match sent.status {
        status if status == wanted => Ok(()),
        401 | 403 => {
            let failure = unavailable(host, "it asks for credentials that may write there");
            Err(failure.hint(format!(
                "`docker login {host}` keeps some where they are found"
            )))
        }
        status => Err(unavailable(host, &format!("it answers with HTTP {status}"))),
    }
}
