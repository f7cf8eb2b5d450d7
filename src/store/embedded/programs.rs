//! PostgreSQL's programs, wherever this machine's packages put them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::EmbeddedError;

/// The oldest version that Trice runs on.
const OLDEST: u32 = 15;

/// Where packages put them: the folder above, what stands before the version, and the folder below.
const PLACES: [(&str, &str); 7] = [
    // Debian, Ubuntu
    ("/usr/lib/postgresql", ""),
    // PostgreSQL's own packages for Fedora and the like
    ("/usr", "pgsql-"),
    // Homebrew on Apple silicon, and on Intel
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    // Postgres.app
    ("/Applications/Postgres.app/Contents/Versions", ""),
    // MacPorts
    ("/opt/local/lib", "postgresql"),
    // The installer from EDB
    ("/Library/PostgreSQL", ""),
];

/// One version's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Which version.
    pub major: u32,
    /// Where they are.
    pub folder: PathBuf,
}

impl Programs {
    /// The named folder's, or the newest on this machine; of version `major`, if there is data of that one in `data`.
    pub fn find(named: Option<&Path>, major: Option<u32>, data: &Path) -> Result<Self, EmbeddedError> {
        let mut found = named.map_or_else(installed, |folder| Self::at(folder.to_owned()).into_iter().collect());
        found.retain(|programs| programs.major >= OLDEST);
        found.sort_by_key(|programs| std::cmp::Reverse(programs.major));
        if found.is_empty() {
            return Err(EmbeddedError::NoPrograms);
        }
        let wanted = |programs: &Self| major.is_none_or(|major| programs.major == major);
        found
            .into_iter()
            .find(wanted)
            .ok_or_else(|| EmbeddedError::OtherVersion { folder: data.to_owned(), major: major.unwrap_or_default() })
    }

    fn at(folder: PathBuf) -> Option<Self> {
        let complete = ["postgres", "initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file());
        let major = complete.then(|| major(&folder)).flatten()?;
        Some(Self { major, folder })
    }
}

fn installed() -> Vec<Programs> {
    let mut folders = Vec::new();
    for (above, before) in PLACES {
        for entry in fs::read_dir(above).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(before)?.parse::<u32>().ok());
            if version.is_some() {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    // Anywhere else, whatever the path leads to.
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    folders.into_iter().filter_map(Programs::at).collect()
}

fn major(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    version(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in words such as `postgres (PostgreSQL) 15.18 (Debian …)`, or `18beta1`.
fn version(text: &str) -> Option<u32> {
    text.split_whitespace().find_map(|word| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        word[..digits].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_version() {
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(version("nonsense"), None);
    }

    #[test]
    fn says_what_to_do_when_there_is_none() {
        let empty = tempfile::tempdir().unwrap();
        let error = Programs::find(Some(empty.path()), None, empty.path()).unwrap_err();
        assert!(error.to_string().contains("apt-get install postgresql"));
    }

    #[test]
    fn does_not_begin_anew_beside_older_data() {
        let error = Programs::find(None, Some(9), Path::new("data")).unwrap_err();
        assert!(matches!(error, EmbeddedError::OtherVersion { major: 9, .. }), "{error}");
    }
}
