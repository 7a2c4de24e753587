//! The manifest of a plugin: one layer, the component.

use serde_json::Value;

use crate::lock::is_digest;
use crate::registry::{Descriptor, IMAGE};

/// Media types that a component has: the one that is written today, and older ones.
pub const LAYERS: [&str; 3] = [
    "application/wasm",
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.module.wasm.content.layer.v1+wasm",
];

/// The layer that is the component. The configuration beside it is not read: it says nothing that
/// the component does not say itself.
///
/// # Errors
/// Why it is no manifest of a plugin, as a fragment.
pub fn layer_of(manifest: &[u8]) -> Result<Descriptor, String> {
    let manifest: Value =
        serde_json::from_slice(manifest).map_err(|_| "its manifest is no JSON".to_owned())?;
    let kind = manifest.get("mediaType").and_then(Value::as_str);
    if manifest.get("manifests").is_some() {
        return Err("its manifest is an index of several".to_owned());
    }
    if kind.is_some_and(|kind| kind != IMAGE) {
        return Err("its manifest is of another kind".to_owned());
    }
    let layers = manifest.get("layers").cloned().unwrap_or_default();
    let layers: Vec<Descriptor> =
        serde_json::from_value(layers).map_err(|_| "its manifest names no layers".to_owned())?;
    let [layer] = layers.as_slice() else {
        return Err(format!(
            "it has {} layers, and a plugin has one",
            layers.len()
        ));
    };
    if !LAYERS.contains(&layer.media_type.as_str()) {
        return Err("its layer is no WebAssembly".to_owned());
    }
    if !is_digest(&layer.digest) {
        return Err(
            "its layer has a digest that is none of SHA-256, and no other is taken".to_owned(),
        );
    }
    Ok(layer.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(manifest: &Value) -> Result<String, String> {
        layer_of(manifest.to_string().as_bytes()).map(|layer| layer.digest)
    }

    #[test]
    fn a_plugin_has_one_layer_of_webassembly() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let layer =
            |kind: &str, digest: &str| json!({ "mediaType": kind, "digest": digest, "size": 1 });
        for kind in LAYERS {
            let manifest = json!({ "mediaType": IMAGE, "layers": [layer(kind, &digest)] });
            assert_eq!(read(&manifest), Ok(digest.clone()));
        }
        assert_eq!(
            read(&json!({ "layers": [layer(LAYERS[0], &digest)] })),
            Ok(digest.clone())
        );
        let two = vec![layer(LAYERS[0], &digest); 2];
        for (manifest, why) in [
            (json!([]), "no layers"),
            (json!({ "layers": [] }), "0 layers"),
            (json!({ "layers": two }), "2 layers"),
            (
                json!({ "layers": [{ "mediaType": "application/wasm" }] }),
                "no layers",
            ),
            (
                json!({ "layers": [layer("application/gzip", &digest)] }),
                "no WebAssembly",
            ),
            (
                json!({ "layers": [layer(LAYERS[0], "sha512:00")] }),
                "SHA-256",
            ),
            (
                json!({ "mediaType": "x", "layers": [layer(LAYERS[0], &digest)] }),
                "another kind",
            ),
            (
                json!({ "manifests": [], "layers": [layer(LAYERS[0], &digest)] }),
                "index",
            ),
        ] {
            let error = read(&manifest).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(layer_of(b"\xff").is_err());
    }
}
