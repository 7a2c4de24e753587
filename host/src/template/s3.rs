//! `s3://BUCKET/KEY[?versionId=…]`: an object.

use super::{Source, absent};
use crate::aws::Aws;
use crate::error::Error;

pub(super) async fn read(
    aws: &Aws,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Source, Error> {
    let found = aws
        .object(bucket, key, version)
        .await
        .map_err(|e| e.into_error(false))?;
    let object = found.ok_or_else(|| {
        absent(
            &reference(bucket, key, version),
            "check bucket, key and version, and that they may be read",
        )
    })?;
    Ok(Source {
        reference: reference(bucket, key, object.version.as_deref()),
        text: object.bytes,
        secret: false,
    })
}

fn reference(bucket: &str, key: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("s3://{bucket}/{key}?versionId={version}"),
        None => format!("s3://{bucket}/{key}"),
    }
}
