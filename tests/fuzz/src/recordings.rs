//! A file for `--replay`.

use acetate::recording::Recording;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The text of a recording; and, where it is JSON, a recording with this as its content and the
/// right sum.
pub fn recordings(bytes: &[u8]) {
    read(bytes);
    let Ok(content) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let sum = format!("{:x}", Sha256::digest(content.to_string()));
    let text = json!({ "acetate-recording": 1, "sha256": sum, "content": content });
    read(text.to_string().as_bytes());
}

/// Refused, or accepted whole: what was read is what is written again.
fn read(text: &[u8]) {
    match Recording::parse(text) {
        Ok(recording) => {
            let text = recording.to_text();
            let again = Recording::parse(text.as_bytes()).expect("it was written by us");
            assert_eq!(again, recording);
            assert_eq!(again.to_text(), text);
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}
