//! The schema goes up, down and up again, and holds what the contract says; and a version works on when a later one has migrated.

use futures_util::future::join;
use serde_json::json;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use trice::store::MIGRATIONS;

use crate::support::{Person, Program, Socket, TestApp, empty_database, new_id};

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

/// The migrations of a later version, which expands: each table has a column more, and there is a table and an index.
async fn later(connection: &mut PgConnection) -> Migrator {
    let mut sql = vec![
        "create table reactions (message_id uuid not null references messages (id), emoji text not null)".to_owned(),
        "create index messages_sender on messages (sender_id)".to_owned(),
    ];
    let tables = tables(connection).await;
    sql.extend(tables.iter().map(|table| format!("alter table {table} add column mood text not null default 'fine'")));
    let mut migrations: Vec<_> = MIGRATIONS.iter().cloned().collect();
    let version = migrations.iter().map(|migration| migration.version).max().unwrap() + 1;
    let sql = AssertSqlSafe(sql.join("; ")).into_sql_str();
    migrations.push(Migration::new(version, "expand".into(), MigrationType::ReversibleUp, sql, false));
    Migrator::with_migrations(migrations)
}

/// Two people on a node, who know each other.
struct Scene {
    alice: Person,
    bob: Person,
    conversation: String,
    of_alice: Socket,
    of_bob: Socket,
}

async fn scene(app: &TestApp) -> Scene {
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut of_alice = Socket::signed_in(app, &alice).await;
    let of_bob = Socket::signed_in(app, &bob).await;
    of_alice.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": 0})).await;
    Scene { alice, bob, conversation, of_alice, of_bob }
}

/// What people do all day, once, when so many messages are there already.
async fn all_day(scene: &mut Scene, before: i64) {
    let Scene { alice, bob, conversation, of_alice, of_bob } = scene;
    let subscribed = of_bob.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": before})).await;
    assert_eq!((&subscribed["ok"], &subscribed["seq"]), (&json!(true), &json!(before)), "{subscribed}");
    let seq = json!(before + 1);
    assert_eq!(alice.say(conversation, "Hello").await["seq"], seq);
    let mut heard = of_bob.event("message:received").await["message"].take();
    while heard["seq"] != seq {
        heard = of_bob.event("message:received").await["message"].take();
    }
    let read = json!({"conversationId": conversation, "lastReadMessageId": heard["id"]});
    assert_eq!(of_bob.ask("receipt:read", &read).await["ok"], true);
    assert_eq!(of_alice.event("receipt:updated").await["seq"], seq);
    let (_, history) = bob.get(&format!("/api/v1/conversations/{conversation}/messages")).await;
    assert_eq!(history["data"]["messages"][0]["seq"], seq, "{history}");
    let (_, receipts) = alice.get(&format!("/api/v1/messages/{}/receipts", heard["id"].as_str().unwrap())).await;
    assert_eq!(receipts["data"]["readCount"], 1, "{receipts}");
    let (_, seen) = alice.get(&format!("/api/v1/users/{}", bob.id)).await;
    assert_eq!(seen["data"]["presence"]["status"], "online", "{seen}");
}

/// F25 of docs/reliability.md.
#[tokio::test]
async fn a_version_works_on_and_starts_again_when_a_later_one_has_migrated() {
    let mut app = TestApp::start().await;
    let mut scene = scene(&app).await;
    all_day(&mut scene, 0).await;
    let mut connection = app.connection().await;
    let later = later(&mut connection).await;
    let sent = async {
        for n in 0..200 {
            let message =
                json!({"conversationId": scene.conversation, "content": n.to_string(), "clientMessageId": new_id()});
            scene.of_alice.raw(&format!("42/chat,{n}[\"message:send\",{message}]")).await;
        }
        // Several answers at once may come in any order.
        let mut left = 200;
        while left > 0 {
            let packet = scene.of_alice.packet().await.unwrap();
            if let Some(answer) = packet.strip_prefix("43/chat,") {
                assert!(answer.contains("\"ok\":true"), "{answer}");
                left -= 1;
            }
        }
    };
    join(sent, async { later.run(&mut connection).await.unwrap() }).await;
    all_day(&mut scene, 201).await;
    app.register("carol").await;

    // An update is taken back: the version before starts on what the later one left.
    app.restart().await;
    let program = Program::start(&app, &[]).await;
    let log = program.stop().await;
    assert!(log.contains("database.later_schema"), "{log}");
    let doctor = Program::command(&app, &["doctor"]).output().unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.status.success() && said.contains("weak    migrations: all applied, and 1 of a later"), "{said}");
    let (alice, bob) = (scene.alice.moved(&app), scene.bob.moved(&app));
    let (of_alice, of_bob) = (Socket::signed_in(&app, &alice).await, Socket::signed_in(&app, &bob).await);
    let mut scene = Scene { alice, bob, of_alice, of_bob, ..scene };
    scene.of_alice.ask("subscribe", &json!({"conversationId": scene.conversation})).await;
    all_day(&mut scene, 202).await;
    // And the later one goes on where it was.
    later.run(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_migration_that_is_another_or_was_not_finished_keeps_the_program_from_starting() {
    let app = TestApp::start().await;
    for (set, told) in [
        ("checksum = 'other'", "migration 1 was previously applied but has been modified"),
        ("success = false", "migration 1 is partially applied"),
    ] {
        app.execute(&format!("update _sqlx_migrations set {set} where version = 1")).await;
        let started = Program::command(&app, &[]).output().unwrap();
        let said = String::from_utf8_lossy(&started.stderr);
        assert!(!started.status.success() && said.contains(told), "{said}");
    }
}
