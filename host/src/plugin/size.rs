//! How much text an answer of the host is.

use super::bindings::types;

/// Bytes of text in an answer.
pub(super) trait Size {
    fn size(&self) -> usize;
}

impl<T: Size> Size for &T {
    fn size(&self) -> usize {
        T::size(self)
    }
}

impl Size for () {
    fn size(&self) -> usize {
        0
    }
}

impl Size for String {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Size for u8 {
    fn size(&self) -> usize {
        1
    }
}

impl Size for types::Entry {
    fn size(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

impl Size for types::Failure {
    fn size(&self) -> usize {
        let rest = [&self.address, &self.hint, &self.details];
        let rest: usize = rest.map(Size::size).iter().sum();
        self.code.len() + self.message.len() + rest
    }
}

impl<T: Size> Size for Option<T> {
    fn size(&self) -> usize {
        self.as_ref().map_or(0, Size::size)
    }
}

impl<T: Size> Size for Vec<T> {
    fn size(&self) -> usize {
        self.iter().map(Size::size).sum()
    }
}
