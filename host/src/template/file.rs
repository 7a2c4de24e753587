//! `file:PATH`: a file of the project's folder.

use std::io;

use cap_std::fs::Dir;

use super::{Source, absent};
use crate::error::{Error, ErrorKind};

pub(super) fn read(folder: &Dir, path: &str) -> Result<Source, Error> {
    let reference = format!("file:{path}");
    match folder.read(path) {
        Ok(text) => Ok(Source { reference, text, secret: false }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(absent(&reference, "the path is relative to the folder of acetate.toml"))
        }
        Err(e) => Err(Error::new(ErrorKind::Input, Unreadable { reference, source: e })
            .hint("files lie in the folder of acetate.toml or below; others can be piped in, with `template = \"-\"`")),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("template `{reference}` cannot be read")]
struct Unreadable {
    reference: String,
    source: io::Error,
}
