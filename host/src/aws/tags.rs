//! Tags of a task definition that is registered already.

use aws_sdk_ecs::types::Tag;

use super::raw::Raw;
use super::{Aws, CallError};

impl Aws {
    /// [TagResource](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html):
    /// one tag; one of the same key is replaced.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn tag_task_definition(
        &self,
        arn: &str,
        key: &str,
        value: &str,
    ) -> Result<(), CallError> {
        let raw = Raw::default();
        let tag = Tag::builder().key(key).value(value).build();
        let call = self.ecs().await.tag_resource().resource_arn(arn).tags(tag);
        let result = call.customize().interceptor(raw.clone()).send().await;
        raw.answer("ecs:TagResource", result).map(drop)
    }

    /// [UntagResource](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html);
    /// a tag that is not there is no error.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn untag_task_definition(&self, arn: &str, key: &str) -> Result<(), CallError> {
        let raw = Raw::default();
        let call = self.ecs().await.untag_resource();
        let call = call.resource_arn(arn).tag_keys(key);
        let result = call.customize().interceptor(raw.clone()).send().await;
        raw.answer("ecs:UntagResource", result).map(drop)
    }
}
