//! The schema goes up, down and up again, and holds what the contract says.

use sqlx::{Connection, PgConnection};
use trice::store::MIGRATIONS;

use crate::support::empty_database;

async fn tables(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_name not like '\\_sqlx%' order by 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// Everything about the schema that can be told: columns, constraints and indexes.
async fn shape(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
         from information_schema.columns where table_schema = 'public'
         union all
         select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         from pg_constraint where connamespace = 'public'::regnamespace
         union all
         select indexdef from pg_indexes where schemaname = 'public'
         order by 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_migration_can_be_undone_and_done_again() {
    let database = empty_database().await;
    let mut connection = PgConnection::connect(database.url.reveal()).await.unwrap();
    MIGRATIONS.run(&mut connection).await.unwrap();
    assert_eq!(
        tables(&mut connection).await,
        [
            "conversation_participants",
            "conversations",
            "instance",
            "messages",
            "read_receipts",
            "receipts_set_aside",
            "sessions",
            "users"
        ]
    );
    let first = shape(&mut connection).await;
    MIGRATIONS.undo(&mut connection, 0).await.unwrap();
    assert!(tables(&mut connection).await.is_empty());
    MIGRATIONS.run(&mut connection).await.unwrap();
    assert_eq!(shape(&mut connection).await, first);
}

#[tokio::test]
async fn each_migration_alone_can_be_undone() {
    let database = empty_database().await;
    let mut connection = PgConnection::connect(database.url.reveal()).await.unwrap();
    MIGRATIONS.run(&mut connection).await.unwrap();
    let mut versions: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions.into_iter().rev() {
        MIGRATIONS.undo(&mut connection, version - 1).await.unwrap();
        MIGRATIONS.run_to(version, &mut connection).await.unwrap();
        MIGRATIONS.undo(&mut connection, version - 1).await.unwrap();
    }
    assert!(tables(&mut connection).await.is_empty());
}
