//! The folder of the store: files that are there whole or not at all, one process at a time that
//! makes one, and room that is bounded.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::OFlags;

use super::seen;

/// How often the one that makes a file is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Use is noted once in this time, so that reading mostly writes nothing.
const USED: Duration = Duration::from_secs(24 * 3600);
/// What a process left behind that was killed while it wrote.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// What was noted of a file is kept for so long after its last use.
const NOTED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whoever restored or planted a store may have put links and pipes into it: the first lead
/// elsewhere, the second are waited for.
const NO_DETOURS: i32 = OFlags::NONBLOCK
    .union(OFlags::NOFOLLOW)
    .bits()
    .cast_signed();

const CODE: &str = "code";
const COMPONENT: &str = "component";
const SIGNED: &str = "signed";
const SEEN: &str = "seen";
const PART: &str = "part";
const LOCK: &str = "lock";

/// A folder that can be written to.
pub(super) struct Folder {
    path: PathBuf,
    /// Bytes of all code together; the least recently used goes first.
    room: u64,
}

/// The right to make one file, until it is dropped.
pub(super) struct Claim {
    path: PathBuf,
    _locked: File,
}

impl Drop for Claim {
    /// The file goes while it is still locked. Who waited for it looks for the code next, and so
    /// does who makes a new one.
    fn drop(&mut self) {
        let _others_may_have_removed_it = std::fs::remove_file(&self.path);
    }
}

impl Folder {
    /// Makes the folder, for this user alone, unless it is there.
    pub fn open(path: &Path, room: u64) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self {
            path: path.to_owned(),
            room,
        })
    }

    /// Where code of this name is kept.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{CODE}"))
    }

    /// Where a component is kept.
    pub fn component(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{COMPONENT}"))
    }

    /// Where a manifest is kept, with what was found to be signed of it.
    pub fn signed(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{SIGNED}"))
    }

    /// Where it is noted what is known of the file of this name.
    pub fn seen(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{SEEN}"))
    }

    /// Writes one of these two, in place of what is there.
    ///
    /// It is not synced: a file that a crash left cut or empty does not carry its MAC, and is made
    /// anew.
    pub fn write(&self, path: &Path, parts: &[&[u8]]) -> std::io::Result<File> {
        let unfinished = self.path.join(format!("{}.{PART}", unique()?));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        let written = parts
            .iter()
            .try_for_each(|part| file.write_all(part))
            .and_then(|()| std::fs::rename(&unfinished, path));
        if written.is_err() {
            let _there_is_no_more_to_do = std::fs::remove_file(&unfinished);
        }
        written.map(|()| file)
    }

    /// Waits until nobody else makes this file. `None` where that takes too long, or the file
    /// system knows no locks: then two may make the same file, which costs time and harms nothing.
    pub fn claim(&self, name: &str, until: Instant) -> Option<Claim> {
        let path = self.path.join(format!("{name}.{LOCK}"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(NO_DETOURS)
            .open(&path)
            .ok()?;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    return Some(Claim {
                        path,
                        _locked: file,
                    });
                }
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(LOOK);
                }
                Err(_) => return None,
            }
        }
    }

    /// Removes what was used least recently until the rest fits, and what was left behind; never
    /// this file.
    pub fn make_room(&self, newest: &Path) -> std::io::Result<()> {
        let now = SystemTime::now();
        let (mut kept, mut sum) = (Vec::new(), 0);
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            // Other processes remove files as well.
            let Ok(about) = path.symlink_metadata() else {
                continue;
            };
            let used = self.last_used(&about)?;
            let age = now.duration_since(used).unwrap_or_default();
            match path.extension().and_then(|kind| kind.to_str()) {
                Some(CODE | COMPONENT | SIGNED) => {
                    sum += about.len();
                    kept.push((used, about.len(), path));
                }
                Some(PART | LOCK) if age > LEFT_BEHIND => {
                    let _it_may_be_gone = std::fs::remove_file(path);
                }
                Some(SEEN) if age > NOTED => {
                    let _it_may_be_gone = std::fs::remove_file(path);
                }
                _ => {}
            }
        }
        kept.sort();
        for (_, bytes, path) in kept {
            if sum > self.room && path != newest {
                let _it_may_be_gone = std::fs::remove_file(path);
                sum -= bytes;
            }
        }
        Ok(())
    }

    /// Use is noted at what is known of a file: a note of it on the file itself would make it
    /// another one.
    fn last_used(&self, about: &Metadata) -> std::io::Result<SystemTime> {
        let seen = self.seen(&seen::name(about));
        let noted = seen.symlink_metadata().and_then(|seen| seen.modified());
        let written = about.modified()?;
        Ok(noted.map_or(written, |noted| noted.max(written)))
    }
}

/// Opens a file of the store to read it, if it is one.
pub(super) fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(NO_DETOURS).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::Error::other("it is no file")),
    }
}

/// Notes that a file was used.
pub(super) fn used(file: &File) -> std::io::Result<()> {
    let now = SystemTime::now();
    let before = file.metadata()?.modified()?;
    match now.duration_since(before) {
        Ok(age) if age > USED => file.set_modified(now),
        _ => Ok(()),
    }
}

/// A word that no other process has.
pub(crate) fn unique() -> std::io::Result<String> {
    let mut bytes = [0; 8];
    super::key::fill(&mut bytes)?;
    Ok(format!("{:016x}", u64::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A file that was used so many hours ago.
    fn aged(folder: &Path, name: &str, hours: u64) {
        let file = File::create(folder.join(name)).unwrap();
        file.set_len(10).unwrap();
        let then = SystemTime::now() - Duration::from_secs(hours * 3600);
        file.set_modified(then).unwrap();
    }

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path(), 25).unwrap();
        for (name, hours) in [("old.code", 9), ("new.code", 1), ("middle.code", 5)] {
            aged(place.path(), name, hours);
        }
        aged(place.path(), "a.part", 2);
        aged(place.path(), "b.part", 0);
        aged(place.path(), "c.lock", 2);
        aged(place.path(), "not-ours", 99);
        folder.make_room(&folder.path("new")).unwrap();
        assert_eq!(
            names(place.path()),
            ["b.part", "middle.code", "new.code", "not-ours"]
        );
    }

    #[test]
    fn the_newest_stays_whatever_its_size() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path(), 5).unwrap();
        aged(place.path(), "old.code", 9);
        let new = folder.path("new");
        folder.write(&new, &[b"0123456789"]).unwrap();
        folder.make_room(&new).unwrap();
        assert_eq!(names(place.path()), ["new.code"]);
    }

    #[test]
    fn use_is_noted_once_a_day() {
        let place = tempfile::tempdir().unwrap();
        aged(place.path(), "today", 3);
        aged(place.path(), "last-week", 170);
        for (name, noted) in [("today", false), ("last-week", true)] {
            let file = OpenOptions::new()
                .read(true)
                .open(place.path().join(name))
                .unwrap();
            let before = file.metadata().unwrap().modified().unwrap();
            used(&file).unwrap();
            let after = file.metadata().unwrap().modified().unwrap();
            assert_eq!(before != after, noted, "{name}");
        }
    }

    #[test]
    fn one_at_a_time_makes_a_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path(), 5).unwrap();
        let claim = folder.claim("x", Instant::now()).unwrap();
        assert!(folder.claim("x", Instant::now()).is_none());
        assert!(folder.claim("y", Instant::now()).is_some());
        drop(claim);
        assert!(folder.claim("x", Instant::now()).is_some());
        assert_eq!(names(place.path()), [""; 0]);
    }
}
