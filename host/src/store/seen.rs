//! What is known of a file that was looked at before, as long as nobody wrote to it.
//!
//! Reading and hashing a plugin of 18 MB with its code takes longer than running it. So what a
//! file holds is noted under this user's key together with what the kernel says of the file:
//! device, inode, bytes, time of the last write and of the last change. What opens a file and writes
//! to it moves the time of the last change, which no program can set: a file that was edited,
//! restored, copied or planted is another one, and is read and hashed again. Git trusts the same
//! numbers to know which files of a working tree to read.
//!
//! One kind of write moves no time: through a mapping that was there before. So native code is
//! noted only in files that this process made itself, which nobody else can have mapped.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use super::folder::{self, Folder};
use super::key::Key;

const MAGIC: [u8; 16] = *b"acetate seen 1\0\0";
/// Seven numbers.
const IDENTITY: usize = 56;
const TAG: usize = 32;
/// More than is ever noted.
const MOST: u64 = 1024;

/// Where it is noted, under which key, and how long a file must have been left alone.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub folder: &'a Folder,
    pub key: &'a Key,
    /// Kernels tell times in steps of some milliseconds, a few file systems in steps of two
    /// seconds: two writes within a step look like one.
    pub settled: Duration,
}

impl Seen<'_> {
    /// What was noted of this file.
    pub fn recall(self, about: &Metadata) -> Option<Vec<u8>> {
        let identity = identity(about);
        let mut file = folder::open(&self.folder.seen(&name(about))).ok()?;
        let mut bytes = Vec::with_capacity(256);
        (&mut file).take(MOST).read_to_end(&mut bytes).ok()?;
        let (signed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        let tag = blake3::Hash::from_slice(tag).ok()?;
        // The comparison of two hashes takes the same time whatever is in them.
        if blake3::keyed_hash(&self.key.0, signed) != tag {
            return None;
        }
        let noted = signed.strip_prefix(&MAGIC)?.strip_prefix(&identity)?;
        let _a_store_may_be_read_only = folder::used(&file);
        Some(noted.to_vec())
    }

    /// Notes something of a file whose content was read after `about` was. Nothing is noted of a
    /// file that was changed a moment ago, and it is no error if nothing can be.
    pub fn note(self, file: &File, about: &Metadata, noted: &[u8]) {
        let identity = identity(about);
        let same = |now: &Metadata| self::identity(now) == identity && self.has_settled(now);
        if file.metadata().is_ok_and(|now| same(&now)) {
            self.write(about, noted);
        }
    }

    /// Notes something of a file that this process made and nobody else ever opened.
    pub fn note_own(self, file: &File, noted: &[u8]) {
        if let Ok(about) = file.metadata() {
            self.write(&about, noted);
        }
    }

    fn write(self, about: &Metadata, noted: &[u8]) {
        let identity = identity(about);
        let signed = [&MAGIC, &identity[..], noted].concat();
        let tag = blake3::keyed_hash(&self.key.0, &signed);
        let _read_again_next_time = self
            .folder
            .write(&self.folder.seen(&name(about)), &[&signed, tag.as_bytes()]);
    }

    fn has_settled(self, about: &Metadata) -> bool {
        let changed = u64::try_from(about.ctime()).ok().and_then(|seconds| {
            let nanoseconds = u32::try_from(about.ctime_nsec()).ok()?;
            SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
        });
        let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
        age.is_some_and(|age| age >= self.settled)
    }
}

/// What the note of a file is called.
pub(super) fn name(about: &Metadata) -> String {
    format!("{:x}-{:x}", about.dev(), about.ino())
}

fn identity(about: &Metadata) -> [u8; IDENTITY] {
    let numbers = [
        about.dev(),
        about.ino(),
        about.len(),
        about.mtime().cast_unsigned(),
        about.mtime_nsec().cast_unsigned(),
        about.ctime().cast_unsigned(),
        about.ctime_nsec().cast_unsigned(),
    ];
    let mut identity = [0; IDENTITY];
    for (place, number) in identity.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([7; 32]);

    fn seen(folder: &Folder) -> Seen<'_> {
        Seen {
            folder,
            key: &KEY,
            settled: Duration::ZERO,
        }
    }

    /// A store, and beside it a file `a` that is open.
    fn place() -> (tempfile::TempDir, Folder, File) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("store"), 1 << 20).unwrap();
        let path = place.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let file = File::open(&path).unwrap();
        (place, folder, file)
    }

    #[test]
    fn a_file_that_was_written_to_is_another_one() {
        let (place, folder, file) = place();
        let path = place.path().join("a");
        let before = file.metadata().unwrap();
        seen(&folder).note(&file, &before, b"noted");
        assert_eq!(
            seen(&folder).recall(&before).as_deref(),
            Some(&b"noted"[..])
        );
        // As long, and with the old time of the last write: only the last change tells.
        let mut now = before.clone();
        while now.ctime_nsec() == before.ctime_nsec() {
            std::fs::write(&path, "two").unwrap();
            let modified = before.modified().unwrap();
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(modified)
                .unwrap();
            now = file.metadata().unwrap();
        }
        assert_eq!(now.modified().unwrap(), before.modified().unwrap());
        assert_eq!(seen(&folder).recall(&now), None);
        // Read before, noted after: what was read may be neither.
        seen(&folder).note(&file, &before, b"noted");
        assert_eq!(seen(&folder).recall(&now), None);
    }

    #[test]
    fn what_another_key_noted_or_somebody_changed_is_nothing() {
        let (_place, folder, file) = place();
        let about = file.metadata().unwrap();
        let other = Seen {
            key: &Key([8; 32]),
            ..seen(&folder)
        };
        other.note(&file, &about, b"noted");
        assert!(other.recall(&about).is_some());
        assert_eq!(seen(&folder).recall(&about), None);
        seen(&folder).note(&file, &about, b"noted");
        let record = folder.seen(&name(&about));
        let good = std::fs::read(&record).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&record, &bad).unwrap();
            assert_eq!(seen(&folder).recall(&about), None, "flipped at {at}");
            std::fs::write(&record, &good[..at]).unwrap();
            assert_eq!(seen(&folder).recall(&about), None, "cut to {at}");
        }
    }

    #[test]
    fn a_file_that_was_changed_a_moment_ago_is_read_again() {
        let (_place, folder, file) = place();
        let about = file.metadata().unwrap();
        let patient = Seen {
            settled: Duration::from_secs(3600),
            ..seen(&folder)
        };
        patient.note(&file, &about, b"noted");
        assert_eq!(patient.recall(&about), None);
    }
}
