//! What `trice doctor` looks at.

use std::collections::BTreeSet;

use super::{MIGRATIONS, Store};
use crate::{error::Result, model::time::Timestamp, runtime::clock};

/// How the database is.
#[derive(Debug)]
pub struct Inspection {
    /// As PostgreSQL numbers itself: 150004 is 15.4.
    pub version: i32,
    /// Migrations that are not applied yet.
    pub pending: Vec<i64>,
    /// Migrations of a later version, which this one does not know.
    pub later: Vec<i64>,
    /// By how many milliseconds its clock is ahead of ours.
    pub clock_is_ahead_by: i64,
}

impl Store {
    /// Looks at the database, and changes nothing.
    pub async fn inspect(&self) -> Result<Inspection> {
        let version = sqlx::query_scalar!(r#"select current_setting('server_version_num')::int as "version!""#)
            .fetch_one(&self.workers)
            .await?;
        let begun = clock::now().0;
        let told =
            sqlx::query_scalar!(r#"select clock_timestamp() as "now!: Timestamp""#).fetch_one(&self.workers).await?;
        let halfway = begun + (clock::now().0 - begun) / 2;
        let applied = self.applied().await?;
        let known = MIGRATIONS.iter().filter(|one| one.migration_type.is_up_migration()).map(|one| one.version);
        Ok(Inspection {
            version,
            pending: known.filter(|version| !applied.contains(version)).collect(),
            later: later(applied),
            clock_is_ahead_by: (told.0 - halfway).num_milliseconds(),
        })
    }

    /// The migrations of a later version, which this one does not know, in their order.
    pub async fn later_migrations(&self) -> Result<Vec<i64>> {
        Ok(later(self.applied().await?))
    }

    async fn applied(&self) -> Result<BTreeSet<i64>> {
        // Its table is sqlx's own, and there is none before the first migration.
        let begun = sqlx::query_scalar!(r#"select to_regclass('_sqlx_migrations') is not null as "begun!""#)
            .fetch_one(&self.workers)
            .await?;
        if !begun {
            return Ok(BTreeSet::new());
        }
        let applied = sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(&self.workers);
        Ok(applied.await?.into_iter().collect())
    }
}

fn later(applied: BTreeSet<i64>) -> Vec<i64> {
    applied.into_iter().filter(|version| !MIGRATIONS.version_exists(*version)).collect()
}
