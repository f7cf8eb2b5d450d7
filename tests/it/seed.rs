//! `trice seed`: what it makes is a database as the server would have made it, and a demo that looks alive.

use std::process::Output;

use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use crate::{
    cli::trice,
    support::{Person, TestApp},
};

const PASSWORD: &str = "Tea4Everybody";

fn seed(app: &TestApp, arguments: &[&str]) -> Output {
    trice(app, &[&["seed"], arguments].concat()).output().unwrap()
}

async fn seeded(arguments: &[&str]) -> TestApp {
    let app = TestApp::start().await;
    let output = seed(&app, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(PASSWORD) && printed.contains("mara@example.org"), "{printed}");
    app
}

async fn sign_in(app: &TestApp, username: &str) -> Person {
    let body = json!({"email": format!("{username}@example.org"), "password": PASSWORD}).to_string();
    Person::signed_in(app, app.raw(Method::POST, "/api/v1/auth/login", HeaderMap::new(), body).await).await
}

/// What must not be there: each counts what breaks a rule of the database.
const BROKEN: &[(&str, &str)] = &[
    (
        "numbers without holes",
        "conversations c where c.last_seq is distinct from (select count(*) from messages where conversation_id = c.id)
         or c.last_seq is distinct from (select coalesce(max(seq), 0) from messages where conversation_id = c.id)",
    ),
    (
        "times that rise with the numbers",
        "(select created_at < lag(created_at) over (partition by conversation_id order by seq) as falls from messages) m
         where falls",
    ),
    (
        "activity as of the last message",
        "conversations c where c.updated_at is distinct from coalesce(
             (select created_at from messages where conversation_id = c.id and seq = c.last_seq), c.created_at)",
    ),
    (
        "changes without holes",
        "conversations c where c.last_rev is distinct from
             (select count(distinct rev) from messages where conversation_id = c.id and rev between 1 and c.last_rev)
         or exists (select from messages where conversation_id = c.id and (rev is null) <> (deleted_at is null))",
    ),
    (
        "read positions that are there",
        "conversation_participants p join conversations c on c.id = p.conversation_id where p.last_read_seq > c.last_seq
         or p.last_read_message_id is distinct from
             (select id from messages where conversation_id = c.id and seq = p.last_read_seq)
         or (p.last_read_at is null) <> (p.last_read_seq = 0)",
    ),
    (
        "who sends has read",
        "messages m left join conversation_participants p
             on p.conversation_id = m.conversation_id and p.user_id = m.sender_id and p.is_active
         where p.id is null or p.last_read_seq < m.seq",
    ),
    (
        "answers to earlier messages of the same conversation",
        "messages m join messages r on r.id = m.reply_to_id
         where r.conversation_id <> m.conversation_id or r.seq >= m.seq",
    ),
    ("words unless deleted", "messages where (content = '') <> (deleted_at is not null)"),
    (
        "nothing from the future",
        "messages m full join conversation_participants p on false
         where greatest(m.created_at, m.updated_at, m.deleted_at, p.joined_at, p.last_read_at) > now()",
    ),
    (
        "receipts as positions have them",
        "(select m.id, p.user_id from conversation_participants p join messages m
             on m.conversation_id = p.conversation_id and m.seq > p.receipts_from_seq and m.seq <= p.last_receipt_seq
             and m.sender_id <> p.user_id and m.deleted_at is null) due
         full join read_receipts r on r.message_id = due.id and r.user_id = due.user_id
         where r.message_id is null or due.id is null",
    ),
    (
        "direct conversations of two and one owner",
        "conversations c where not exists (
             select from conversation_participants p where p.conversation_id = c.id
             having count(*) filter (where p.role = 'owner' and p.user_id = c.created_by) = 1
             and (c.type = 'group' or count(*) = 2
                 and c.direct_key = string_agg(p.user_id::text, ':' order by p.user_id)))",
    ),
];

#[tokio::test]
async fn the_demo_is_a_database_as_the_server_makes_it() {
    let app = seeded(&["--people", "70", "--messages", "3000"]).await;
    for (rule, broken) in BROKEN {
        assert_eq!(app.text(&format!("select count(*)::text from {broken}")).await, "0", "{rule}");
    }
    for (what, query) in [
        ("70 3000", "select (select count(*) from users) || ' ' || (select count(*) from messages)"),
        ("true", "select (count(*) > 5)::text from messages where deleted_at is not null"),
        ("true", "select (count(*) > 100)::text from messages where reply_to_id is not null"),
        ("true", "select (count(*) filter (where content ~ '[\u{590}-\u{6ff}]') > 30)::text from messages"),
        (
            "true",
            "select (count(*) filter (where content ~ '[\u{3040}-\u{9fff}\u{ac00}-\u{d7a3}]') > 10)::text from messages",
        ),
        ("true", "select (count(distinct last_read_seq) > 20)::text from conversation_participants"),
        (
            "70",
            "select max(people)::text from (select count(*) as people from conversation_participants group by conversation_id) c",
        ),
        (
            "true",
            "select (count(*) filter (where extract(isodow from m.created_at) < 6) > 0.9 * count(*))::text
             from messages m join conversations c on c.id = m.conversation_id where c.title = 'Product team'",
        ),
    ] {
        assert_eq!(app.text(query).await, what, "{query}");
    }

    // One signs in, reads, and goes on where the demo ends.
    let (mara, jonas) = (sign_in(&app, "mara").await, sign_in(&app, "jonas").await);
    let (status, body) = mara.get("/api/v1/conversations").await;
    let list = body["data"]["conversations"].as_array().unwrap();
    assert_eq!((status, list.len() > 10), (200, true));
    let unread = list.iter().filter(|one| one["unreadCount"].as_i64().unwrap() > 0).count();
    assert!(unread > 0 && unread < list.len(), "{unread} of {} are unread", list.len());
    assert!(list.iter().all(|one| one["unreadCount"].as_i64().unwrap() >= 0));
    let team = list.iter().find(|one| one["title"] == "Product team").unwrap();
    let (id, newest) = (team["id"].as_str().unwrap(), team["lastSeq"].as_i64().unwrap());
    let (status, body) = jonas.get(&format!("/api/v1/conversations/{id}/messages?limit=100")).await;
    assert_eq!((status, body["data"]["messages"].as_array().unwrap().len()), (200, 100));
    assert_eq!(jonas.say(id, "And this is new").await["seq"], newest + 1);
    assert_eq!(mara.direct(&jonas).await, direct_of(&app, &mara, &jonas).await);
}

async fn direct_of(app: &TestApp, one: &Person, other: &Person) -> String {
    let (first, second) = if one.id < other.id { (&one.id, &other.id) } else { (&other.id, &one.id) };
    app.text(&format!("select id::text from conversations where direct_key = '{first}:{second}'")).await
}

#[tokio::test]
async fn the_same_number_writes_the_same_words() {
    let words = async |number: &str| {
        let app = seeded(&["--messages", "400", "--number", number]).await;
        app.text(
            "select string_agg(c.title || m.seq || u.username || m.content, '|' order by c.title, m.seq)
             from messages m join conversations c on c.id = m.conversation_id join users u on u.id = m.sender_id",
        )
        .await
    };
    let (one, again, other) = (words("7").await, words("7").await, words("8").await);
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[tokio::test]
async fn people_who_are_there_and_production_are_left_alone() {
    let app = TestApp::start().await;
    app.register("alice").await;
    let output = seed(&app, &["--messages", "100"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("has people already") && said.contains("--anyway"), "{said}");
    assert_eq!(app.text("select count(*)::text from users").await, "1");
    assert!(seed(&app, &["--messages", "100", "--anyway"]).status.success());
    // Once: the second time the names are taken, and nothing is half done.
    let output = seed(&app, &["--messages", "100", "--anyway", "--number", "2"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("are there already"));
    assert_eq!(app.text("select count(*)::text from users").await, "61");

    let production: &[(&str, &str)] = &[
        ("APP_ENV", "production"),
        ("CLIENT_URL", "https://chat.example.org"),
        ("JWT_ACCESS_SECRET", "0123456789abcdef0123456789abcdef"),
        ("JWT_REFRESH_SECRET", "fedcba9876543210fedcba9876543210"),
    ];
    let output = trice(&app, &["seed", "--anyway"]).envs(production.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no demo in production"));
    assert!(!trice(&app, &["seed", "--people", "3"]).output().unwrap().status.success());
}
