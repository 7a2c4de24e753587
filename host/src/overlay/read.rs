//! The calls of `acetate:plugin/task` and `template`: what a plugin may see.

use serde_json::Value;

use crate::edit::Failure;
use crate::task_definition::address;

use super::draft::Draft;
use super::origin;

impl Draft {
    /// The family that will be registered.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Names of the containers, in document order.
    #[must_use]
    pub fn containers(&self) -> Vec<String> {
        texts(self.document().get("containerDefinitions"), "name")
    }

    /// Names of the volumes, in document order.
    #[must_use]
    pub fn volumes(&self) -> Vec<String> {
        texts(self.document().get("volumes"), "name")
    }

    /// The image of a container.
    ///
    /// # Errors
    /// `not-found` if there is no such container.
    pub fn image(&self, container: &str) -> Result<Option<String>, Failure> {
        let at = self.container(container)?.child("image");
        let image = self.at(&at).ok().flatten();
        Ok(image.and_then(Value::as_str).map(str::to_owned))
    }

    /// Plain variables of a container, in document order.
    ///
    /// # Errors
    /// `not-found` if there is no such container.
    pub fn environment(&self, container: &str) -> Result<Vec<(String, String)>, Failure> {
        self.pairs(container, "environment", "value")
    }

    /// Secrets of a container and where each comes from, in document order.
    ///
    /// # Errors
    /// `not-found` if there is no such container.
    pub fn secrets(&self, container: &str) -> Result<Vec<(String, String)>, Failure> {
        self.pairs(container, "secrets", "valueFrom")
    }

    /// Tags in document order.
    #[must_use]
    pub fn tags(&self) -> Vec<(String, String)> {
        pairs(self.document().get("tags"), "key", "value")
    }

    /// Any part as JSON text; `None` when absent.
    ///
    /// # Errors
    /// `invalid` for text that is no address, or that has an index into a keyed list.
    pub fn json(&self, text: &str) -> Result<Option<String>, Failure> {
        json_at(self.document(), text)
    }

    /// Any part of the template as it came.
    ///
    /// # Errors
    /// See [`Draft::json`].
    pub fn template_json(&self, text: &str) -> Result<Option<String>, Failure> {
        json_at(self.state.template.value(), text)
    }

    /// Who set the value at an address; see [`origin`].
    ///
    /// # Errors
    /// See [`Draft::json`].
    pub fn origin(&self, text: &str) -> Result<Option<String>, Failure> {
        Ok(origin(&self.state, &self.address(text)?))
    }

    fn pairs(
        &self,
        container: &str,
        list: &str,
        member: &str,
    ) -> Result<Vec<(String, String)>, Failure> {
        let at = self.container(container)?.child(list);
        Ok(pairs(self.at(&at).ok().flatten(), "name", member))
    }
}

fn json_at(document: &Value, text: &str) -> Result<Option<String>, Failure> {
    let refused = |error: address::AddressError| Failure {
        address: Some(text.to_owned()),
        ..Failure::new("invalid", error.to_string())
    };
    let at = address::parse(document, text).map_err(refused)?;
    Ok(address::get(document, &at)
        .map_err(refused)?
        .map(Value::to_string))
}

fn texts(list: Option<&Value>, member: &str) -> Vec<String> {
    let elements = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    elements
        .iter()
        .filter_map(|element| element.get(member)?.as_str().map(str::to_owned))
        .collect()
}

/// Names and values; a value that is left out reads as empty, as ECS has it.
fn pairs(list: Option<&Value>, key: &str, member: &str) -> Vec<(String, String)> {
    let elements = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let text = |element: &Value, member: &str| {
        element
            .get(member)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    elements
        .iter()
        .filter_map(|element| {
            Some((
                text(element, key)?,
                text(element, member).unwrap_or_default(),
            ))
        })
        .collect()
}
