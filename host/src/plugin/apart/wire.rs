//! Messages on a pipe: eight bytes of length, little end first, and then as many bytes.

use std::io::{Error, ErrorKind, Read, Result, Write};

/// Why no message was read.
#[derive(Debug)]
pub enum Unread {
    /// There is none any more, or not all of it.
    Gone,
    /// It is longer than it may be.
    TooLong,
    /// There is no memory for it.
    NoRoom,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::OutOfMemory => Self::NoRoom,
            _ => Self::Gone,
        }
    }
}

/// Writes one message.
pub fn write(to: &mut impl Write, message: &[u8]) -> Result<()> {
    to.write_all(&(message.len() as u64).to_le_bytes())?;
    to.write_all(message)?;
    to.flush()
}

/// Reads one message. However long it says it is, no more memory is taken than has come.
pub fn read(from: &mut impl Read, most: u64) -> std::result::Result<Vec<u8>, Unread> {
    let mut length = [0; 8];
    from.read_exact(&mut length).map_err(|_| Unread::Gone)?;
    let length = u64::from_le_bytes(length);
    if length > most {
        return Err(Unread::TooLong);
    }
    let mut message = Vec::new();
    let read = from.take(length).read_to_end(&mut message)?;
    match read as u64 == length {
        true => Ok(message),
        false => Err(Unread::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_whole_or_not_at_all() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"one").unwrap();
        write(&mut pipe, b"").unwrap();
        let mut both = pipe.as_slice();
        assert_eq!(read(&mut both, 3).unwrap(), b"one");
        assert_eq!(read(&mut both, 3).unwrap(), b"");
        assert!(matches!(read(&mut both, 3), Err(Unread::Gone)));
        assert!(matches!(
            read(&mut pipe.as_slice(), 2),
            Err(Unread::TooLong)
        ));
        assert!(matches!(read(&mut &pipe[..10], 3), Err(Unread::Gone)));
        let endless = u64::MAX.to_le_bytes();
        let read = read(&mut endless.as_slice(), u64::MAX);
        assert!(matches!(read, Err(Unread::Gone)));
    }
}
