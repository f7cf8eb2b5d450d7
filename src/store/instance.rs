//! The database's incarnation: whether it is still the one that clients' numbers come from; and who works on it.

use sqlx::{Connection as _, PgConnection};

use crate::{
    error::Result,
    model::id::Epoch,
    store::{
        Store,
        query::{Timed as _, series},
    },
};

/// The advisory lock of the nodes that work on a database: "trice" in ASCII.
const NODES: i64 = 0x74_72_69_63_65;

/// A node's place at the database, on a connection of its own: it is given up when that ends.
pub struct Place {
    connection: PgConnection,
    shared: bool,
    held: bool,
}

impl Place {
    /// Takes the place, if it can be had, and looks whether it is still there. An error means that it is lost.
    pub async fn held(&mut self) -> Result<bool> {
        if self.held {
            self.connection.ping().await?;
        } else if self.shared {
            self.held = sqlx::query_scalar!(r#"select pg_try_advisory_lock_shared($1) as "held!""#, NODES)
                .fetch_one(&mut self.connection)
                .timed(series!("select", "instance"))
                .await?;
        } else {
            self.held = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "held!""#, NODES)
                .fetch_one(&mut self.connection)
                .timed(series!("select", "instance"))
                .await?;
        }
        Ok(self.held)
    }
}

impl Store {
    /// Asks for a place at the database, shared with others who share it, or else alone.
    pub async fn place(&self, shared: bool) -> Result<Place> {
        let connection = PgConnection::connect_with(self.workers.options()).await?;
        Ok(Place { connection, shared, held: false })
    }

    /// The database's epoch. When the server below is another than the one noted (a dump was restored into a new one,
    /// a backup was recovered on a new timeline), a new epoch begins: clients that know the old one start afresh.
    pub async fn epoch(&self) -> Result<Epoch> {
        let epoch = sqlx::query_scalar!(
            r#"
            with present as (
                select
                    s.system_identifier::text as system_identifier,
                    c.timeline_id::bigint as timeline,
                    (select oid::bigint from pg_database where datname = current_database()) as database_oid,
                    'messages'::regclass::oid::bigint as messages_oid
                from pg_control_system() s, pg_control_checkpoint() c
            )
            insert into instance (epoch, system_identifier, timeline, database_oid, messages_oid)
            select $1, system_identifier, timeline, database_oid, messages_oid from present
            on conflict (only_row) do update set
                epoch = case
                    when (instance.system_identifier, instance.timeline, instance.database_oid, instance.messages_oid)
                        = (excluded.system_identifier, excluded.timeline, excluded.database_oid, excluded.messages_oid)
                    then instance.epoch
                    else excluded.epoch
                end,
                system_identifier = excluded.system_identifier,
                timeline = excluded.timeline,
                database_oid = excluded.database_oid,
                messages_oid = excluded.messages_oid
            returning epoch as "epoch: Epoch"
            "#,
            Epoch::new().0,
        )
        .fetch_one(&self.workers)
        .timed(series!("insert", "instance"))
        .await?;
        Ok(epoch)
    }

    /// Begins a new epoch although the server below is the same: an older state of it came back.
    pub async fn renew_epoch(&self) -> Result<Epoch> {
        let epoch = Epoch::new();
        self.epoch().await?;
        sqlx::query!("update instance set epoch = $1", epoch.0).execute(&self.workers).await?;
        Ok(epoch)
    }

    /// Whether this is still the database's epoch, and the database still the one noted.
    pub async fn is_epoch(&self, epoch: Epoch) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"
            select exists (
                select from instance i, pg_control_system() s, pg_control_checkpoint() c
                where i.epoch = $1
                    and i.system_identifier = s.system_identifier::text
                    and i.timeline = c.timeline_id::bigint
                    and i.database_oid = (select oid::bigint from pg_database where datname = current_database())
                    and i.messages_oid = 'messages'::regclass::oid::bigint
            ) as "same!"
            "#,
            epoch.0,
        )
        .fetch_one(&self.workers)
        .timed(series!("select", "instance"))
        .await?)
    }

    /// The settings that an acknowledged message's safety rests on and that are switched off.
    pub async fn unsafe_settings(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            r#"
            select name as "name!" from pg_settings
            where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'
            order by name
            "#,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "pg_settings"))
        .await?)
    }
}
