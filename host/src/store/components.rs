//! Components and what is signed of them, by digest. They are no secret and need no key: their
//! digest tells whether they are what was asked for, and whoever reads them looks at it.

use std::fs::File;
use std::io::Read as _;

use super::digest::Digest;
use super::folder::{self, Folder};
use super::{KeyFault, Store, not_kept};

/// Bytes of what is kept of signatures, at most.
const MOST: u64 = 64 << 20;

impl Store {
    /// A component that was kept. Its bytes may be any: they are looked at when they are read.
    #[must_use]
    pub fn component(&self, digest: &Digest) -> Option<File> {
        let shelf = self.shelf()?;
        let file = folder::open(&shelf.component(&digest.to_string())).ok()?;
        let _it_may_go_earlier = folder::used(&file);
        Some(file)
    }

    /// Keeps a component; that it cannot be kept is told as an event.
    pub fn keep_component(&self, digest: &Digest, bytes: &[u8]) {
        let Some(shelf) = self.shelf() else { return };
        let path = shelf.component(&digest.to_string());
        let kept = shelf.write(&path, &[bytes]);
        if let Err(error) = kept.and_then(|_| shelf.make_room(&path)) {
            self.note(format!("component sha256:{digest} is not kept: {error}"));
        }
    }

    /// What was kept of a manifest and its signatures. It may be anything.
    #[must_use]
    pub fn signed(&self, manifest: &Digest) -> Option<Vec<u8>> {
        let shelf = self.shelf()?;
        let file = folder::open(&shelf.signed(&manifest.to_string())).ok()?;
        let _it_may_go_earlier = folder::used(&file);
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Keeps what there is of a manifest and its signatures.
    pub fn keep_signed(&self, manifest: &Digest, bytes: &[u8]) {
        let Some(shelf) = self.shelf() else { return };
        let path = shelf.signed(&manifest.to_string());
        if let Err(error) = shelf.write(&path, &[bytes]) {
            self.note(format!(
                "signatures of sha256:{manifest} are not kept: {error}"
            ));
        }
    }

    /// The folder, which needs no key for this; why there is none is told once.
    fn shelf(&self) -> Option<&Folder> {
        let open = || -> Result<Folder, KeyFault> {
            let folder = self.options.folder.as_deref().ok_or(KeyFault::Nowhere)?;
            let opened = Folder::open(folder, self.options.room);
            opened.map_err(|source| KeyFault::Impossible {
                path: folder.display().to_string(),
                source,
            })
        };
        let shelf = self.shelf.get_or_init(|| {
            let opened = open();
            if let Err(fault) = &opened {
                self.tell(not_kept(fault));
            }
            opened.ok()
        });
        shelf.as_ref()
    }
}
