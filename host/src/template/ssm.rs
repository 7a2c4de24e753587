//! `ssm:NAME[:VERSION]`: a parameter, String or SecureString, standard or advanced.

use super::{Source, absent};
use crate::aws::Aws;
use crate::error::Error;

pub(super) async fn read(aws: &Aws, name: &str, version: Option<u64>) -> Result<Source, Error> {
    let version = version.map(|version| version.to_string());
    let found = aws
        .template_parameter(name, version.as_deref())
        .await
        .map_err(|e| e.into_error(false))?;
    let (text, version, secret) = found.ok_or_else(|| {
        let reference = version.map_or_else(
            || format!("ssm:{name}"),
            |version| format!("ssm:{name}:{version}"),
        );
        absent(
            &reference,
            "check the parameter's name and version, the account and the region",
        )
    })?;
    Ok(Source {
        reference: format!("ssm:{name}:{version}"),
        text: text.into_bytes(),
        secret,
    })
}
