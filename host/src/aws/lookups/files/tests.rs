//! Tests of [`super`].

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cap_std::ambient_authority;

use super::*;

const OUTSIDE: &[u8] = b"from outside";

/// A project folder beside a file that must not be read.
fn project() -> (tempfile::TempDir, Dir) {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("project/config/sub")).unwrap();
    std::fs::write(place.path().join("outside.env"), OUTSIDE).unwrap();
    std::fs::write(place.path().join("project/config/b.env"), "B=1").unwrap();
    std::fs::write(place.path().join("project/a.txt"), "").unwrap();
    let dir = Dir::open_ambient_dir(place.path().join("project"), ambient_authority()).unwrap();
    (place, dir)
}

fn code(dir: &Dir, path: &str) -> String {
    read(dir, path).unwrap_err().code
}

#[test]
fn inside_the_project_and_nowhere_else() {
    let (place, dir) = project();
    assert_eq!(entries(&dir, "").unwrap(), ["a.txt", "config/"]);
    assert_eq!(
        entries(&dir, "config").unwrap(),
        ["config/b.env", "config/sub/"]
    );
    assert_eq!(read(&dir, "config/b.env").unwrap(), b"B=1");
    let absolute = place.path().join("outside.env").display().to_string();
    for (path, expected) in [
        ("none", "not-found"),
        ("../outside.env", "unavailable"),
        ("config/../../outside.env", "unavailable"),
        (&absolute, "unavailable"),
        ("/etc/passwd", "unavailable"),
        ("config", "invalid"),
    ] {
        assert_eq!(code(&dir, path), expected, "{path}");
    }
    assert_eq!(entries(&dir, "none").unwrap_err().code, "not-found");
    for outside in ["..", "/", "config/../.."] {
        assert_eq!(entries(&dir, outside).unwrap_err().code, "unavailable");
    }
}

#[test]
fn a_link_leads_nowhere_outside() {
    let (place, dir) = project();
    let link =
        |to: &Path, name: &str| symlink(to, place.path().join("project").join(name)).unwrap();
    link(Path::new("config/b.env"), "inside");
    link(Path::new("../outside.env"), "relative");
    link(&place.path().join("outside.env"), "absolute");
    link(Path::new(".."), "folder");
    link(Path::new("/proc/self/root"), "magic");
    link(Path::new("itself"), "itself");
    assert_eq!(read(&dir, "inside").unwrap(), b"B=1");
    for path in [
        "relative",
        "absolute",
        "folder/outside.env",
        "magic/etc/passwd",
        "itself",
    ] {
        assert_eq!(code(&dir, path), "unavailable", "{path}");
    }
    for folder in ["folder", "magic"] {
        assert_eq!(entries(&dir, folder).unwrap_err().code, "unavailable");
    }
}

/// A file, a link out of the project and a folder's link take each other's place as fast as they
/// can while the name is read.
#[test]
fn a_link_that_is_swapped_in_during_the_read_leads_nowhere_outside() {
    let (place, dir) = project();
    let inside = place.path().join("project");
    std::fs::create_dir(place.path().join("elsewhere")).unwrap();
    std::fs::write(place.path().join("elsewhere/b.env"), OUTSIDE).unwrap();
    let (swapping, mut seen) = (AtomicBool::new(true), [0_usize; 2]);
    std::thread::scope(|threads| {
        let swap = || {
            let (next, name) = (inside.join("next"), inside.join("swapped"));
            let (folder, moved) = (inside.join("config"), inside.join("moved"));
            while swapping.load(Ordering::Relaxed) {
                std::fs::write(&next, "B=1").unwrap();
                std::fs::rename(&next, &name).unwrap();
                symlink("../outside.env", &next).unwrap();
                std::fs::rename(&next, &name).unwrap();
                std::fs::rename(&folder, &moved).unwrap();
                symlink("../elsewhere", &folder).unwrap();
                std::fs::remove_file(&folder).unwrap();
                std::fs::rename(&moved, &folder).unwrap();
            }
        };
        threads.spawn(swap);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) && seen.iter().any(|n| *n < 200) {
            for path in ["swapped", "config/b.env"] {
                match read(&dir, path) {
                    Ok(bytes) => {
                        assert_eq!(bytes, b"B=1", "{path}");
                        seen[0] += 1;
                    }
                    Err(_) => seen[1] += 1,
                }
            }
        }
        swapping.store(false, Ordering::Relaxed);
    });
    // Both sides of the race were met, or the test says nothing.
    assert!(seen.iter().all(|n| *n > 0), "{seen:?}");
}

#[test]
fn what_is_no_plain_file_is_refused_at_once() {
    let (place, dir) = project();
    let fifo = place.path().join("project/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.path().join("project/socket"));
    let began = Instant::now();
    assert_eq!(code(&dir, "fifo"), "invalid");
    assert!(["invalid", "unavailable"].contains(&code(&dir, "socket").as_str()));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_file_is_bounded() {
    let (place, dir) = project();
    let write = |bytes: u64| {
        let file = std::fs::File::create(place.path().join("project/large")).unwrap();
        file.set_len(bytes).unwrap();
    };
    write(LARGEST);
    assert_eq!(read(&dir, "large").unwrap().len() as u64, LARGEST);
    write(LARGEST + 1);
    assert_eq!(code(&dir, "large"), "too-large");
    write(1 << 40);
    assert_eq!(code(&dir, "large"), "too-large");
}

#[test]
fn a_folder_is_sorted_whatever_the_disk_says() {
    let (place, dir) = project();
    for name in ["z", "A", "m", "\u{e4}", "B"] {
        std::fs::write(place.path().join("project/config/sub").join(name), "").unwrap();
    }
    assert_eq!(
        entries(&dir, "config/sub").unwrap(),
        ["A", "B", "m", "z", "\u{e4}"].map(|name| format!("config/sub/{name}"))
    );
}
