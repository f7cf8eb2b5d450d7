//! The development PostgreSQL: server programs found on this machine, a private cluster in the data directory, reached
//! through a Unix socket alone. It survives `kill -9` of either side, and is for one Trice at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        net::UnixStream,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use programs::Programs;

mod programs;

/// Names the socket file only: nothing listens on TCP.
const PORT: u16 = 5432;
/// The longest path of a socket, on the strictest of our systems (macOS: 104 bytes).
const LONGEST_SOCKET: usize = 100;

/// Why there is no PostgreSQL. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Nothing to run.
    #[error(
        "no DATABASE_URL is set, and no PostgreSQL (15 or newer) was found on this machine. Do one of these:\n  \
         Debian, Ubuntu:  apt-get install postgresql\n  \
         macOS:           brew install postgresql@17\n  \
         elsewhere:       set DATABASE_URL, or DEV_PG_BIN=/path/to/postgresql/bin"
    )]
    NoPrograms,
    /// The cluster was made by another major version.
    #[error("{} holds data of PostgreSQL {major}, which is not on this machine: install it, or move that folder away", folder.display())]
    OtherVersion {
        /// The data directory.
        folder: PathBuf,
        /// Whose data it is.
        major: u32,
    },
    /// Another Trice works here.
    #[error("the data directory {} is taken: another Trice uses it. Stop that one, or choose another: DATA_DIR=other-data", .0.display())]
    Taken(PathBuf),
    /// Root may not run PostgreSQL, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as: set DATABASE_URL, or start Trice as another user"
    )]
    NoUser,
    /// The system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program of PostgreSQL's failed.
    #[error("{program} failed:\n{output}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        output: String,
    },
}

type Result<T, E = EmbeddedError> = std::result::Result<T, E>;

/// A running cluster. Without [`Self::stop`] the server stays up, and the next start takes it over.
pub struct EmbeddedPostgres {
    programs: Programs,
    data: PathBuf,
    socket: PathBuf,
    user: Option<(u32, u32)>,
    url: String,
    created: bool,
    /// Held while this lives: a second start in the same place is told, instead of being stopped together with this one.
    _lock: File,
}

impl EmbeddedPostgres {
    /// Starts the cluster in `data_dir`, made if it is not there; waits until it answers. Blocks.
    pub fn start(data_dir: &Path, bin: Option<&Path>) -> Result<Self> {
        fs::create_dir_all(data_dir).map_err(io_error(format!("make {}", data_dir.display())))?;
        let data_dir = data_dir.canonicalize().map_err(io_error(format!("find {}", data_dir.display())))?;
        let lock = lock(&data_dir)?;
        let user = unprivileged()?;
        let root = reachable(&data_dir, user)?;
        let programs = Programs::find(bin, existing_major(&root)?, &root)?;
        let data = root.join(format!("postgres-{}", programs.major));
        let socket = root.join("socket");
        for folder in [&data, &socket] {
            private_folder(folder, user)?;
        }
        let socket = if socket.as_os_str().len() + ".s.PGSQL.5432.lock".len() < LONGEST_SOCKET {
            socket
        } else {
            short_folder(&root, user)?
        };
        let url = format!("postgres://trice@localhost:{PORT}/trice?host={}", percent_encoded(&socket));
        let mut postgres = Self { programs, data, socket, user, url, created: false, _lock: lock };
        if !postgres.data.join("PG_VERSION").exists() {
            postgres.create()?;
        }
        if !postgres.running() {
            postgres.launch()?;
        }
        Ok(postgres)
    }

    /// Where it is, as sqlx writes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this start made the cluster.
    pub fn created(&self) -> bool {
        self.created
    }

    /// Stops the server. To be called when nobody is connected any more. Blocks.
    pub fn stop(self) -> Result<()> {
        self.run("pg_ctl", &["-m", "fast", "-w", "stop"])
    }

    fn create(&mut self) -> Result<()> {
        let options = ["-U", "trice", "-A", "trust", "--encoding=UTF8", "--no-instructions"];
        // Not every system knows the locale C.UTF-8.
        self.run("initdb", &[&options[..], &["--locale=C.UTF-8"]].concat())
            .or_else(|_| self.run("initdb", &[&options[..], &["--no-locale"]].concat()))?;
        self.created = true;
        Ok(())
    }

    fn launch(&self) -> Result<()> {
        let log = self.data.join("server.log");
        let options = format!(
            "-c listen_addresses= -c port={PORT} -c unix_socket_directories='{}' -c max_connections=100",
            self.socket.display()
        );
        // After `kill -9` of the server its children need a moment to go, and a start fails meanwhile.
        for _ in 0..5 {
            let started = self
                .command("pg_ctl")
                .args(["-w", "-t", "60", "-l"])
                .arg(&log)
                .arg("-o")
                .arg(&options)
                .arg("start")
                // The server inherits these: a pipe would never see its end.
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .map_err(io_error("run pg_ctl".to_owned()))?;
            if started.success() {
                return Ok(());
            }
            sleep(Duration::from_millis(700));
        }
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        Err(EmbeddedError::Program {
            program: "pg_ctl start",
            output: lines[lines.len().saturating_sub(15)..].join("\n"),
        })
    }

    /// Whether this cluster's server is up. A pid file alone proves nothing: after `kill -9` its number may be another
    /// program's, and PostgreSQL would refuse to start because of it.
    fn running(&self) -> bool {
        for _ in 0..50 {
            if UnixStream::connect(self.socket.join(format!(".s.PGSQL.{PORT}"))).is_ok() {
                return true;
            }
            let file = self.data.join("postmaster.pid");
            let Some(pid) = fs::read_to_string(&file).ok().and_then(|text| text.lines().next()?.trim().parse().ok())
            else {
                return false;
            };
            if !is_postgres(pid) {
                if let Err(error) = fs::remove_file(&file) {
                    tracing::warn!(%error, "postgres.stale_pid_file_stays");
                }
                return false;
            }
            // It is starting or stopping.
            sleep(Duration::from_millis(100));
        }
        false
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.folder.join(program));
        command.current_dir("/").env("LC_MESSAGES", "C").stdin(Stdio::null()).arg("-D").arg(&self.data);
        for name in
            ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGDATA", "PGPASSWORD", "PGSERVICE", "PGOPTIONS", "PGSSLMODE"]
        {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn run(&self, program: &'static str, arguments: &[&str]) -> Result<()> {
        let output = self.command(program).args(arguments).output().map_err(io_error(format!("run {program}")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(EmbeddedError::Program { program, output: String::from_utf8_lossy(&output.stderr).trim_end().to_owned() })
    }
}

fn io_error(what: String) -> impl FnOnce(io::Error) -> EmbeddedError {
    move |source| EmbeddedError::Io { what, source }
}

/// Takes the data directory for this process; the system gives it back however the process ends.
fn lock(data_dir: &Path) -> Result<File> {
    let file = File::create(data_dir.join("lock")).map_err(io_error(format!("write to {}", data_dir.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::Taken(data_dir.to_owned())),
        Err(TryLockError::Error(source)) => {
            Err(EmbeddedError::Io { what: "lock the data directory".to_owned(), source })
        }
    }
}

/// Whom to run the server as: ourselves, unless we are root.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    // A folder that we make is ours.
    let probe = std::env::temp_dir().join(format!(".trice-{}", std::process::id()));
    File::create(&probe).map_err(io_error("write to the temporary folder".to_owned()))?;
    let me = fs::metadata(&probe).map(|metadata| metadata.uid());
    fs::remove_file(&probe).map_err(io_error("write to the temporary folder".to_owned()))?;
    if me.map_err(io_error("ask who we are".to_owned()))? != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    ["postgres", "nobody"].iter().find_map(|name| account(&accounts, name)).map(Some).ok_or(EmbeddedError::NoUser)
}

/// A user's and group's number in the form of `/etc/passwd`.
fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

/// The data directory, or, when the server's user cannot walk to it, a folder elsewhere. That one is known by a number
/// kept in the data directory, so that a new data directory never meets an old one's people.
fn reachable(data_dir: &Path, user: Option<(u32, u32)>) -> Result<PathBuf> {
    let open = |folder: &Path| fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
    if user.is_none() || data_dir.ancestors().all(open) {
        return Ok(data_dir.to_owned());
    }
    let name = data_dir.join("cluster");
    let id = match fs::read_to_string(&name) {
        Ok(id) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => id,
        _ => {
            let mut bytes = [0_u8; 16];
            getrandom::fill(&mut bytes)
                .map_err(|error| io_error("make a number".to_owned())(io::Error::other(error)))?;
            let id = bytes.map(|byte| format!("{byte:02x}")).concat();
            fs::write(&name, &id).map_err(io_error(format!("write {}", name.display())))?;
            id
        }
    };
    let folder = PathBuf::from(format!("/var/tmp/trice-{id}"));
    private_folder(&folder, user)?;
    Ok(folder)
}

/// A short folder for the socket, when the data directory's path is too long for one.
fn short_folder(root: &Path, user: Option<(u32, u32)>) -> Result<PathBuf> {
    let inode = fs::metadata(root).map_err(io_error(format!("look at {}", root.display())))?.ino();
    let folder = PathBuf::from(format!("/tmp/trice-{inode:x}"));
    private_folder(&folder, user)?;
    Ok(folder)
}

/// Makes a folder that belongs to the server's user alone, and refuses one that is somebody else's.
fn private_folder(folder: &Path, user: Option<(u32, u32)>) -> Result<()> {
    let failed = || io_error(format!("make {}", folder.display()));
    fs::create_dir_all(folder).map_err(failed())?;
    if let Some((user, group)) = user {
        chown(folder, Some(user), Some(group)).map_err(failed())?;
    }
    // Fails on a folder of somebody else's.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed())
}

/// Whose data is in a folder already: the newest major version's.
fn existing_major(root: &Path) -> Result<Option<u32>> {
    let entries = fs::read_dir(root).map_err(io_error(format!("look into {}", root.display())))?;
    let majors = entries.flatten().filter_map(|entry| {
        let major = entry.file_name().to_str()?.strip_prefix("postgres-")?.parse().ok()?;
        entry.path().join("PG_VERSION").exists().then_some(major)
    });
    Ok(majors.max())
}

/// Whether a process is a PostgreSQL server, and not its remains.
fn is_postgres(pid: u32) -> bool {
    let state = if Path::new("/proc/self/stat").exists() {
        fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()
    } else {
        let output = Command::new("ps").args(["-o", "ucomm=,stat=", "-p", &pid.to_string()]).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    };
    let zombie = state.contains(") Z") || state.split_whitespace().nth(1).is_some_and(|stat| stat.starts_with('Z'));
    state.contains("postgres") && !zombie
}

fn percent_encoded(path: &Path) -> String {
    let encode = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    path.to_string_lossy().bytes().map(encode).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_an_account() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\npostgres:x:105:112:PostgreSQL:/var/lib:/bin/bash\n";
        assert_eq!(account(accounts, "postgres"), Some((105, 112)));
        assert_eq!(account(accounts, "nobody"), None);
    }

    #[test]
    fn a_path_becomes_part_of_a_url() {
        assert_eq!(percent_encoded(Path::new("/tmp/a b&ü")), "/tmp/a%20b%26%C3%BC");
    }

    #[test]
    fn a_taken_directory_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let _held = lock(folder.path()).unwrap();
        assert!(matches!(lock(folder.path()), Err(EmbeddedError::Taken(_))));
    }

    #[test]
    fn starts_recovers_from_kill_and_stops() {
        let folder = tempfile::tempdir().unwrap();
        let postgres = EmbeddedPostgres::start(folder.path(), None).unwrap();
        assert!(postgres.created() && postgres.running());
        assert!(matches!(EmbeddedPostgres::start(folder.path(), None), Err(EmbeddedError::Taken(_))));
        let pid = fs::read_to_string(postgres.data.join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
        drop(postgres);
        let postgres = EmbeddedPostgres::start(folder.path(), None).unwrap();
        assert!(!postgres.created() && postgres.running());
        let data = postgres.data.clone();
        postgres.stop().unwrap();
        assert!(!data.join("postmaster.pid").exists());
    }
}
