//! Templates as users' infrastructure code makes them: a CDK app synthesised offline, and
//! Terraform's HCL. Both are examples, and the examples' task definitions are what they give.

/// The CDK example: synthesised, registered, deployed from.
mod cdk;
/// As much of HCL as the example holds.
mod hcl;
/// The Terraform example: formatted, and the same as its task definition.
mod terraform;

use serde_json::Value;

use crate::support::root;

/// A file of an example.
fn example(path: &str) -> String {
    std::fs::read_to_string(root().join("examples").join(path)).expect("the file is there")
}

/// A JSON file of an example.
fn document(path: &str) -> Value {
    serde_json::from_str(&example(path)).expect("the file is JSON")
}
