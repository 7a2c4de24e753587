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
    /// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html). A bucket
    /// in another region says which one, and is asked there.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn has_object(&self, bucket: &str, key: &str) -> Result<bool, CallError> {
        match self.head(bucket, key, None).await {
            Err((_, Some(region))) => self.head(bucket, key, Some(region)).await,
            answer => answer,
        }
        .map_err(|(error, _)| error)
    }

    /// The same in one region; with an error comes the region that the bucket is in instead.
    async fn head(
        &self,
        bucket: &str,
        key: &str,
        region: Option<String>,
    ) -> Result<bool, (CallError, Option<String>)> {
        let call = self.s3().await.head_object().bucket(bucket).key(key);
        let there = region.map(|region| {
            aws_sdk_s3::config::Builder::default().region(aws_sdk_s3::config::Region::new(region))
        });
        let call = match there {
            Some(config) => call.customize().config_override(config),
            None => call.customize(),
        };
        let Err(error) = call.send().await else {
            return Ok(true);
        };
        let answer = error.raw_response();
        let region = answer
            .filter(|answer| matches!(answer.status().as_u16(), 301 | 400))
            .and_then(|answer| answer.headers().get("x-amz-bucket-region"));
        let region = region.map(str::to_owned);
        // IAM knows no action of the call's own name.
        let error = CallError::of("s3:GetObject", &error);
        match error.class == Class::NotFound || error.http_status == Some(404) {
            true => Ok(false),
            false => Err((error, region)),
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
