//! `-`: standard input, read once for the whole run.

use std::io::{self, IsTerminal, Read};

use tokio::sync::OnceCell;

use super::Source;
use crate::error::{Error, ErrorKind};

static TEXT: OnceCell<Vec<u8>> = OnceCell::const_new();

pub(super) async fn read() -> Result<Source, Error> {
    let text = TEXT.get_or_try_init(|| async {
        let read = tokio::task::spawn_blocking(read_all).await;
        read.expect("reading does not panic")
    });
    let text = text.await.map_err(|e| {
        Error::new(
            ErrorKind::Input,
            format!("template `-` cannot be read: {e}"),
        )
        .hint("pipe a task definition in: `… | acetate deploy`")
    })?;
    Ok(Source {
        reference: "-".to_owned(),
        text: text.clone(),
        secret: false,
    })
}

fn read_all() -> io::Result<Vec<u8>> {
    let mut input = io::stdin().lock();
    if input.is_terminal() {
        return Err(io::Error::other("standard input is a terminal"));
    }
    let mut text = Vec::new();
    input.read_to_end(&mut text)?;
    Ok(text)
}
