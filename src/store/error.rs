//! What a failed statement means: a passing fault of the database, or a fault of ours.

use std::{borrow::Cow, io::ErrorKind, time::Duration};

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::error::{Error, ErrorCode};

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        if passing(&source) {
            Error::new(ErrorCode::DbError, "The database cannot be reached right now.")
                .retry_after(Duration::from_secs(1))
                .caused_by(source)
        } else {
            Error::internal(source)
        }
    }
}

/// Whether the same statement can succeed later: the connection broke or could not be had, the server is starting,
/// stopping or full, or the statement lost a race or its patience.
fn passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            matches!(
                &*code,
                "40001"
                    | "40P01"
                    | "55P03"
                    | "57014"
                    | "57P01"
                    | "57P02"
                    | "57P03"
                    | "53100"
                    | "53200"
                    | "53300"
                    | "25006"
            ) || code.starts_with("08")
        }),
        _ => false,
    }
}

/// Whether a statement gave up because somebody else held a row that it had to lock.
pub fn is_held(error: &Error) -> bool {
    code(error).as_deref() == Some("55P03")
}

/// Whether the connection that a statement failed on is of no more use: it broke, it may owe an answer, or its server ends it or
/// only reads.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else { return true };
    let severity = database.try_downcast_ref().map(PgDatabaseError::severity);
    severity != Some(PgSeverity::Error) || database.code().as_deref() == Some("25006")
}

/// Whether a connection could not be had because the server is about to start or to have room, and may soon be had.
pub(super) fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(database) => matches!(database.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}

/// What the database, or the way to it, said.
pub(super) fn cause(error: &Error) -> Option<&sqlx::Error> {
    error.source.as_ref()?.downcast_ref()
}

fn code(error: &Error) -> Option<Cow<'_, str>> {
    cause(error)?.as_database_error()?.code()
}

/// Whether a statement failed because it would have broken this constraint or unique index.
pub(super) fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.constraint() == Some(constraint))
}
