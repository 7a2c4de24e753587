//! S3: one object, for templates.

use super::{Aws, CallError, Class};

/// An object that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Version that was read; `None` where the bucket keeps none.
    pub version: Option<String>,
}

/// Far above what RegisterTaskDefinition accepts (64 KiB), far below what hurts.
const LARGEST: i64 = 4 * 1024 * 1024;

impl Aws {
    async fn s3(&self) -> &aws_sdk_s3::Client {
        let config = self.config().await;
        self.s3.get_or_init(|| {
            // Own endpoints have no name for each bucket.
            let own = config.endpoint_url().is_some();
            let config = aws_sdk_s3::config::Builder::from(config)
                .force_path_style(own)
                .build();
            aws_sdk_s3::Client::from_conf(config)
        })
    }

    /// Whether an object is there, by
    /// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn has_object(&self, bucket: &str, key: &str) -> Result<bool, CallError> {
        let call = self.s3().await.head_object().bucket(bucket).key(key);
        // IAM knows no action of this name.
        match call
            .send()
            .await
            .map_err(|e| CallError::of("s3:GetObject", &e))
        {
            Ok(_) => Ok(true),
            Err(e) if e.class == Class::NotFound || e.http_status == Some(404) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// An object's bytes and version, by
    /// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html); `None`
    /// where there is no such bucket, key or version.
    ///
    /// # Errors
    /// [`CallError`]; `Invalid` for an object that is too large to be a template.
    pub async fn object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Object>, CallError> {
        const OPERATION: &str = "s3:GetObject";
        let call = self
            .s3()
            .await
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned));
        let answer = match call.send().await.map_err(|e| CallError::of(OPERATION, &e)) {
            Ok(answer) => answer,
            Err(e) if e.class == Class::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        if answer
            .content_length()
            .is_some_and(|length| length > LARGEST)
        {
            let mut error = CallError::malformed(
                OPERATION,
                format!("the object is larger than {LARGEST} bytes"),
            );
            error.class = Class::Invalid;
            return Err(error);
        }
        let version = answer
            .version_id()
            .filter(|v| *v != "null")
            .map(str::to_owned);
        let bytes = answer.body.collect().await;
        let bytes = bytes.map_err(|e| CallError {
            class: Class::Network,
            ..CallError::malformed(OPERATION, e.to_string())
        })?;
        Ok(Some(Object {
            bytes: bytes.to_vec(),
            version,
        }))
    }
}
