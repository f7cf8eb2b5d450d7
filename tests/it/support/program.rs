//! The program itself, started as an operator starts it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use tokio::task::{JoinHandle, spawn_blocking};

use super::TestApp;

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
        let mut command = Command::new(env!("CARGO_BIN_EXE_trice"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", app.database.url.reveal())
            .env("DATA_DIR", app.data_dir())
            .env("PORT", "0")
            .env("LOG_FORMAT", "json")
            .current_dir(app.data_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it with some settings and waits until it says that it is ready.
    pub async fn start(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        let mut child = Self::command(app, &[]).envs(settings.iter().copied()).spawn().unwrap();
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
        program.url = spawn_blocking(move || url.recv_timeout(Duration::from_mins(1)).unwrap()).await.unwrap();
        program
    }

    /// Ends it without a word, and answers everything that it said and logged.
    pub async fn stop(mut self) -> String {
        self.child.kill().unwrap();
        self.log().await
    }

    /// Asks it to end, as the system does, and answers how it ended, with everything that it said and logged.
    pub async fn terminate(mut self) -> (ExitStatus, String) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let log = self.log().await;
        (self.child.wait().unwrap(), log)
    }

    async fn log(&mut self) -> String {
        let mut log = String::new();
        for output in &mut self.output {
            log.push_str(&output.await.unwrap());
        }
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
