//! A PostgreSQL of a test's own, which it can end in every way, stop, and start again.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use trice::config::{database::DatabaseConfig, secret::Secret};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_mins(1);

/// A running PostgreSQL. It ends with the test.
pub struct TestPostgres {
    folder: TempDir,
    process: Child,
}

impl TestPostgres {
    /// An empty one. It writes nothing through to the disk, but waits for its own log as in earnest: what it confirmed
    /// survives its own death.
    pub async fn start() -> Self {
        // Short: a socket's path must not be long.
        let folder = tempfile::Builder::new().prefix("trice-pg").tempdir_in("/tmp").unwrap();
        Self::start_in(folder).await
    }

    /// The same on a disk of so many megabytes. Nothing where such a disk cannot be had.
    pub async fn start_on_small_disk(megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("trice-pg").tempdir_in("/tmp").unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let size = format!("size={megabytes}m,mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&data).status();
        if mounted.is_ok_and(|status| status.success()) { Some(Self::start_in(folder).await) } else { None }
    }

    async fn start_in(folder: TempDir) -> Self {
        if let Some(user) = other_user() {
            assert!(Command::new("chown").args(["-R", user]).arg(folder.path()).status().unwrap().success());
        }
        let data = folder.path().join("data").to_string_lossy().into_owned();
        let made =
            program("initdb", &["-D", &data, "-U", "trice", "-A", "trust", "--encoding=UTF8", "--no-locale", "-N"]);
        assert!({ made }.stdout(Stdio::null()).status().unwrap().success());
        let process = run(&folder);
        let postgres = Self { folder, process };
        postgres.answers().await;
        postgres
    }

    /// How to reach it.
    pub fn database(&self) -> DatabaseConfig {
        let folder = self.folder.path().display();
        DatabaseConfig::new(Secret::new(format!("postgres://trice@localhost:5432/postgres?host={folder}")))
    }

    /// Ends it with a signal: `-INT` lets it throw everybody out, `-QUIT` lets it leave at once, `-KILL` kills its head.
    pub fn end(&mut self, signal: &str) {
        self.signal(signal, false);
        self.process.wait().unwrap();
    }

    /// Starts it again on the same data.
    pub async fn start_again(&mut self) {
        let begun = Instant::now();
        loop {
            self.process = run(&self.folder);
            while self.process.try_wait().unwrap().is_none() {
                if PgConnection::connect(self.database().url.reveal()).await.is_ok() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
            // What a killed one leaves behind goes away by itself.
            assert!(begun.elapsed() < DEADLINE, "PostgreSQL does not start again");
        }
    }

    /// Its disk has no place left for anything.
    pub fn fill_disk(&self) {
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        for size in [1 << 20, 4096] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Its disk has place again.
    pub fn free_disk(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("data/ballast")
    }

    /// It needs place for its log, and gives up because it finds none.
    pub async fn gives_up_for_want_of_place(&mut self) {
        let begun = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            if let Ok(mut connection) = PgConnection::connect(self.database().url.reveal()).await {
                // Each begins a new part of it.
                drop(connection.execute("select pg_logical_emit_message(true, '', ''), pg_switch_wal()").await);
            }
            assert!(begun.elapsed() < DEADLINE, "it finds place");
        }
    }

    /// It stands still, all of it: it keeps its connections, and takes new ones, but does nothing.
    pub fn pause(&self) {
        self.signal("-STOP", true);
    }

    /// It goes on.
    pub fn resume(&self) {
        self.signal("-CONT", true);
    }

    async fn answers(&self) {
        let begun = Instant::now();
        while PgConnection::connect(self.database().url.reveal()).await.is_err() {
            assert!(begun.elapsed() < DEADLINE, "PostgreSQL does not answer");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: &str, children: bool) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let head = file.lines().next().unwrap().to_owned();
        let mut processes = vec![head.clone()];
        if children {
            let children = Command::new("pgrep").args(["-P", &head]).output().unwrap();
            processes.extend(String::from_utf8(children.stdout).unwrap().lines().map(str::to_owned));
            // Whoever started it as somebody else stops when it stops, and has to be woken, too.
            processes.push(self.process.id().to_string());
        }
        // A child may have gone meanwhile.
        Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status().unwrap();
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.resume();
            self.end("-QUIT");
        }
        // A small disk of its own; else there is nothing to do.
        Command::new("umount").arg("-q").arg(self.folder.path().join("data")).stderr(Stdio::null()).status().unwrap();
    }
}

/// PostgreSQL does not run as root.
fn other_user() -> Option<&'static str> {
    let asked = |arguments: &[&str]| Command::new("id").args(arguments).output().unwrap();
    let root = asked(&["-u"]).stdout == b"0\n";
    root.then(|| if asked(&["postgres"]).status.success() { "postgres" } else { "nobody" })
}

fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = match other_user() {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", name]);
            command
        }
        None => Command::new(name),
    };
    command.args(arguments).current_dir("/").stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn run(folder: &TempDir) -> Child {
    let (data, sockets) = (folder.path().join("data"), folder.path());
    let socket = format!("unix_socket_directories={}", sockets.display());
    let settings =
        ["listen_addresses=", "port=5432", &socket, "max_connections=100", "fsync=off", "full_page_writes=off"];
    let mut arguments = vec!["-D".to_owned(), data.to_string_lossy().into_owned()];
    arguments.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    program("postgres", &arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("`scripts/with-postgres` puts postgres on the path")
}
