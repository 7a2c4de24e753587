//! Files of the project, for plugins: read only, and nothing outside of the folder.

use std::io;

use cap_std::fs::Dir;

use crate::edit::Failure;

/// Bytes of a file at most.
const LARGEST: u64 = 4 << 20;

/// Names in a folder, sorted, relative to the project, folders with `/` at the end.
pub(super) fn entries(project: &Dir, folder: &str) -> Result<Vec<String>, Failure> {
    let folder = folder.trim_matches('/');
    let read = project.read_dir(if folder.is_empty() { "." } else { folder });
    let mut names = Vec::new();
    for entry in read.map_err(|e| failure(folder, &e))? {
        let entry = entry.map_err(|e| failure(folder, &e))?;
        // A name that is no UTF-8 has no address, and no plugin could ask for it.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let end = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            "/"
        } else {
            ""
        };
        names.push(if folder.is_empty() {
            format!("{name}{end}")
        } else {
            format!("{folder}/{name}{end}")
        });
    }
    names.sort();
    Ok(names)
}

/// A file, whole.
pub(super) fn read(project: &Dir, path: &str) -> Result<Vec<u8>, Failure> {
    let size = project.metadata(path).map_err(|e| failure(path, &e))?.len();
    if size > LARGEST {
        return Err(Failure::new(
            "too-large",
            format!("`{path}` has {size} bytes, more than {LARGEST}"),
        ));
    }
    project.read(path).map_err(|e| failure(path, &e))
}

fn failure(path: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new("not-found", format!("there is no `{path}` in the project"))
                .hint("paths are relative to the folder of acetate.toml")
        }
        _ => Failure::new("unavailable", format!("`{path}` cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cap_std::ambient_authority;

    #[test]
    fn inside_the_project_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        dir.create_dir_all("config/sub").unwrap();
        dir.write("config/b.env", "B=1").unwrap();
        dir.write("a.txt", "").unwrap();
        assert_eq!(entries(&dir, "").unwrap(), ["a.txt", "config/"]);
        assert_eq!(
            entries(&dir, "config/").unwrap(),
            ["config/b.env", "config/sub/"]
        );
        assert_eq!(read(&dir, "config/b.env").unwrap(), b"B=1");
        for (path, code) in [
            ("none", "not-found"),
            ("../x", "unavailable"),
            ("/etc/passwd", "unavailable"),
        ] {
            assert_eq!(read(&dir, path).unwrap_err().code, code, "{path}");
        }
        assert_eq!(entries(&dir, "none").unwrap_err().code, "not-found");
        assert_eq!(entries(&dir, "..").unwrap_err().code, "unavailable");
    }
}
