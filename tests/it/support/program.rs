//! The program itself, started as an operator starts it.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep},
};
use trice::config::database::DatabaseConfig;

use super::TestApp;

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_mins(1);

/// A running program. It ends with the test, however that ends.
pub struct Program {
    /// Where it is.
    pub url: String,
    child: Child,
    output: [JoinHandle<String>; 2],
}

impl Program {
    /// The program with these arguments, on the database and the secrets of a server.
    pub fn command(app: &TestApp, arguments: &[&str]) -> Command {
        Self::command_on(&app.database, app.data_dir(), arguments)
    }

    fn command_on(database: &DatabaseConfig, data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trice"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", database.url.reveal())
            .env("DATA_DIR", data)
            .env("PORT", "0")
            .env("LOG_FORMAT", "json")
            .current_dir(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it with some settings and waits until it says that it is ready.
    pub async fn start(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        Self::start_on(&app.database, app.data_dir(), settings).await
    }

    /// The same, on a database that may have no server yet; the secrets are kept in the folder.
    pub async fn start_on(
        database: &DatabaseConfig,
        data: &Path,
        settings: &[(impl AsRef<OsStr>, impl AsRef<OsStr>)],
    ) -> Self {
        let mut command = Self::command_on(database, data, &[]);
        let mut child = command.envs(settings.iter().map(|(name, value)| (name, value))).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        // Both are read all the while, or a full pipe would stop the program.
        let (ready, url) = mpsc::channel();
        let said = spawn_blocking(move || {
            let (mut said, mut line) = (String::new(), String::new());
            while out.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some((_, url)) = line.trim().split_once("Trice is ready: ") {
                    ready.send(url.to_owned()).unwrap();
                }
                said.push_str(&line);
                line.clear();
            }
            said
        });
        let logged = spawn_blocking(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let mut program = Self { url: String::new(), child, output: [said, logged] };
        program.url = spawn_blocking(move || url.recv_timeout(DEADLINE).unwrap()).await.unwrap();
        program
    }

    /// Ends it without a word, and answers everything that it said and logged.
    pub async fn stop(mut self) -> String {
        self.child.kill().unwrap();
        self.over().await.1
    }

    /// Waits until it has died of itself, and answers the same.
    pub async fn died(mut self) -> String {
        let (status, log) = self.over().await;
        assert!(status.code().is_none(), "it was to die, and ended with {status}");
        log
    }

    /// Asks it to end, waits until it has, in good order, and answers the same.
    pub async fn end(mut self) -> String {
        self.signal("-TERM");
        let (status, log) = self.over().await;
        assert!(status.success(), "it was to end in good order, and ended with {status}: {log}");
        log
    }

    /// It stands still: it keeps its connections, and does nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// It goes on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    async fn over(&mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < DEADLINE, "it does not end");
            sleep(Duration::from_millis(5)).await;
        };
        let mut log = String::new();
        for output in &mut self.output {
            log.push_str(&output.await.unwrap());
        }
        (status, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
