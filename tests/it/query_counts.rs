//! How many statements a request costs: the same for a small and a large conversation, list or history, and exactly the
//! number that stands here.

use std::{cell::RefCell, fmt::Write as _, time::Duration};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::Instant;
use trice::config::database::DatabaseConfig;

use crate::support::{DatabaseProxy, Person, Socket, TestApp, answer, database, new_id};

/// What each request costs, `begin` and `commit` included. Deleting an account is not in it: it leaves group by group, a transaction for each.
const STATEMENTS: &str = "
     1 GET /users/me
     1 PATCH /users/me
     1 PATCH /users/me/privacy
     5 PATCH /users/me/privacy, to be seen reading
     1 GET /users/search
     2 GET /users/{id}
     8 POST /conversations
     6 DELETE /conversations/{id}
     4 GET /conversations
     4 GET /conversations/{id}
    13 PATCH /conversations/{id}
    12 POST …/participants
     9 PATCH …/participants/{userId}
     7 DELETE …/participants/{userId}
     3 GET …/messages
     3 GET …/messages?after
     4 GET …/messages?before
     2 POST …/messages
     3 POST …/messages, again
     3 GET …/messages?cursor
     3 POST …/read
     2 POST …/read, again
     2 GET /messages/{id}/receipts
     7 DELETE /messages/{id}
";

/// What requests cost since the last time that this was asked. What time brings, whatever is requested, is not in it: a session
/// is looked up again after five seconds (contract, "Tokens"), and a connection asked whether it still writes after 0.3.
fn executed(proxy: &DatabaseProxy) -> Vec<(String, String)> {
    let mut executed = proxy.executed();
    executed.retain(|(pool, statement)| {
        let of_time = ["from sessions", "show transaction_read_only"].iter().any(|part| statement.contains(part));
        pool != "trice workers" && !of_time
    });
    executed
}

/// How much of everything there is.
struct Size {
    conversations: usize,
    people: usize,
    messages: usize,
    named: usize,
}

/// A server with one connection for each kind of work, so that a statement is prepared once.
struct World {
    app: TestApp,
    proxy: DatabaseProxy,
    alice: Person,
    people: Vec<String>,
    size: Size,
    counts: RefCell<String>,
}

impl World {
    async fn of(size: Size) -> Self {
        let one_each = DatabaseConfig { writers: 1, requests: 1, workers: 1, ..database().await };
        let proxy = DatabaseProxy::before(&one_each).await;
        let app = TestApp::start_on(proxy.database()).await;
        let alice = app.register("alice").await;
        // They never sign in, so they need no password that takes its time.
        app.execute(
            "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
             select gen_random_uuid(), name || '@example.org', name || '@example.org', name, name, '', name
             from (select 'person' || n as name from generate_series(1, 200) n) named",
        )
        .await;
        let people = app.text("select string_agg(id::text, ',' order by id) from users where password_hash = ''").await;
        let people = people.split(',').map(str::to_owned).collect();
        Self { app, proxy, alice, people, size, counts: RefCell::default() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.alice.request(method, &format!("/api/v1{path}"))
    }

    async fn ask(&self, request: RequestBuilder) -> Value {
        let (status, body) = answer(request).await;
        assert!((200..300).contains(&status), "{status} {body}");
        body["data"].clone()
    }

    /// Asks, and notes what it cost.
    async fn count(&self, what: &str, request: RequestBuilder) -> Value {
        self.proxy.executed();
        let data = self.ask(request).await;
        writeln!(self.counts.borrow_mut(), "    {:>2} {what}", executed(&self.proxy).len()).unwrap();
        data
    }

    async fn group(&self, others: &[String]) -> String {
        let body = json!({"type": "group", "title": "Tea", "participantIds": others});
        let group = self.ask(self.request(Method::POST, "/conversations").json(&body)).await;
        group["id"].as_str().unwrap().to_owned()
    }

    async fn say(&self, conversation: &str) -> Value {
        let body = json!({"content": "Hello", "clientMessageId": new_id()});
        self.ask(self.request(Method::POST, &format!("/conversations/{conversation}/messages")).json(&body)).await
    }

    /// Messages of somebody else, whom all but Alice have read. Answers the newest.
    async fn written_by_others(&self, group: &str, sender: &str) -> String {
        let count = self.size.messages;
        let app = &self.app;
        app.execute(&format!(
            "insert into messages (
                 id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at
             )
             select gen_random_uuid(), c.id, c.last_seq + n, '{sender}', 'Hello', gen_random_uuid(), now(), now()
             from conversations c, generate_series(1, {count}) n where c.id = '{group}';
             update conversations set last_seq = last_seq + {count} where id = '{group}';
             insert into read_receipts (message_id, user_id)
             select m.id, p.user_id from messages m
             join conversation_participants p on p.conversation_id = m.conversation_id
             where m.conversation_id = '{group}' and m.sender_id = '{sender}'
                 and p.user_id not in ('{sender}', '{alice}') and p.role = 'member' and p.rev is null",
            alice = self.alice.id
        ))
        .await;
        app.text(&format!("select id::text from messages where conversation_id = '{group}' order by seq desc limit 1"))
            .await
    }

    /// Every request that people and their conversations know.
    async fn requests(&self) {
        self.counts.take();
        let members = self.people[..self.size.people - 1].to_vec();
        let others = self.people[100..100 + self.size.named].to_vec();
        let group = self.group(&members).await;
        for _ in 0..self.size.messages {
            self.say(&group).await;
        }
        let (conversation, messages) = (format!("/conversations/{group}"), format!("/conversations/{group}/messages"));
        let (participants, person) = (format!("{conversation}/participants"), format!("/users/{}", members[0]));
        let page = |query: &str| format!("{messages}?limit={}{query}", self.size.messages);

        self.count("GET /users/me", self.request(Method::GET, "/users/me")).await;
        let profile = json!({"displayName": "Alice"});
        self.count("PATCH /users/me", self.request(Method::PATCH, "/users/me").json(&profile)).await;
        let privacy = json!({"presenceEnabled": true});
        self.count("PATCH /users/me/privacy", self.request(Method::PATCH, "/users/me/privacy").json(&privacy)).await;
        let privacy = json!({"readReceiptsEnabled": true});
        let again = self.request(Method::PATCH, "/users/me/privacy").json(&privacy);
        self.count("PATCH /users/me/privacy, to be seen reading", again).await;
        let search = format!("/users/search?q=person&limit={}", self.size.named);
        self.count("GET /users/search", self.request(Method::GET, &search)).await;
        self.count("GET /users/{id}", self.request(Method::GET, &person)).await;

        let new = json!({"type": "group", "title": "Tea", "participantIds": others});
        let made = self.count("POST /conversations", self.request(Method::POST, "/conversations").json(&new)).await;
        let made = format!("/conversations/{}", made["id"].as_str().unwrap());
        self.count("DELETE /conversations/{id}", self.request(Method::DELETE, &made)).await;
        let list = self.count("GET /conversations", self.request(Method::GET, "/conversations?limit=40")).await;
        assert!(list["conversations"].as_array().unwrap().len() >= self.size.conversations);
        let details = self.count("GET /conversations/{id}", self.request(Method::GET, &conversation)).await;
        assert_eq!(details["participants"].as_array().unwrap().len(), self.size.people);
        let title = json!({"title": "Coffee"});
        self.count("PATCH /conversations/{id}", self.request(Method::PATCH, &conversation).json(&title)).await;

        let joining = json!({"userIds": others});
        let added = self.count("POST …/participants", self.request(Method::POST, &participants).json(&joining)).await;
        assert_eq!(added["participants"].as_array().unwrap().len(), self.size.people + self.size.named);
        let member = format!("{participants}/{}", others[0]);
        let role = json!({"role": "admin"});
        self.count("PATCH …/participants/{userId}", self.request(Method::PATCH, &member).json(&role)).await;
        self.count("DELETE …/participants/{userId}", self.request(Method::DELETE, &member)).await;

        let history = self.count("GET …/messages", self.request(Method::GET, &page(""))).await;
        assert_eq!(history["messages"].as_array().unwrap().len(), self.size.messages);
        let after = self.count("GET …/messages?after", self.request(Method::GET, &page("&after=0"))).await;
        assert_eq!(after["messages"].as_array().unwrap().len(), self.size.messages);
        let before = page("&before=2100-01-01T00:00:00Z");
        self.count("GET …/messages?before", self.request(Method::GET, &before)).await;
        let message = json!({"content": "Hello", "clientMessageId": new_id()});
        let sent = self.count("POST …/messages", self.request(Method::POST, &messages).json(&message)).await;
        self.count("POST …/messages, again", self.request(Method::POST, &messages).json(&message)).await;
        let more = self.ask(self.request(Method::GET, &format!("{messages}?limit=1"))).await;
        let cursor = more["meta"]["cursor"].as_str().unwrap();
        self.count("GET …/messages?cursor", self.request(Method::GET, &page(&format!("&cursor={cursor}")))).await;
        // Read what others wrote, as many messages as there are.
        let read = json!({"lastReadMessageId": self.written_by_others(&group, &members[0]).await});
        let path = format!("{conversation}/read");
        self.count("POST …/read", self.request(Method::POST, &path).json(&read)).await;
        self.count("POST …/read, again", self.request(Method::POST, &path).json(&read)).await;
        let message = format!("/messages/{}", read["lastReadMessageId"].as_str().unwrap());
        let receipts = self.request(Method::GET, &format!("{message}/receipts"));
        let receipts = self.count("GET /messages/{id}/receipts", receipts).await;
        assert_eq!(receipts["readCount"], self.size.people - 1);
        let message = format!("/messages/{}", sent["id"].as_str().unwrap());
        self.count("DELETE /messages/{id}", self.request(Method::DELETE, &message)).await;
    }
}

#[tokio::test]
async fn a_request_costs_the_same_whatever_the_size() {
    let small = Size { conversations: 1, people: 2, messages: 1, named: 1 };
    let large = Size { conversations: 40, people: 60, messages: 100, named: 50 };
    for size in [small, large] {
        let world = World::of(size).await;
        for _ in 0..world.size.conversations {
            let group = world.group(&world.people[..world.size.people - 1]).await;
            world.say(&group).await;
        }
        // The first time, the driver asks for the names of types, too.
        world.requests().await;
        let mut counts = String::new();
        // A message that waits for its commit for a while is looked for among the stored ones: then once more.
        for _ in 0..3 {
            world.requests().await;
            counts = format!("\n{}", world.counts.take());
            if counts == STATEMENTS {
                break;
            }
        }
        assert_eq!(counts, STATEMENTS, "with {} people", world.size.people);
    }
}

/// What one `subscribe` costs that has missed a message, a removal and a new title in each of its conversations. Beyond a
/// page of them (256 KiB of messages, 100 changes) it costs as much again for each further page, not for each conversation.
/// One group alone also asks who is here.
const SUBSCRIBING: [(usize, usize); 3] = [(1, 8), (30, 7), (160, 17)];

#[tokio::test]
async fn catching_up_costs_the_same_however_many_conversations_it_is() {
    let one_each = DatabaseConfig { writers: 1, requests: 1, workers: 1, ..database().await };
    let proxy = DatabaseProxy::before(&one_each).await;
    let app = TestApp::start_on(proxy.database()).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    app.execute(&format!(
        "insert into conversations (id, type, title, created_by, rev, last_seq, last_rev)
         select gen_random_uuid(), 'group', 'Tea', '{0}', 2, 1, 2 from generate_series(1, 160);
         insert into conversation_participants (id, conversation_id, user_id, is_active, joined_at, rev)
         select gen_random_uuid(), c.id, u.id, u.id = '{0}', now() - interval '1 hour', case when u.id <> '{0}' then 1 end
         from conversations c cross join users u;
         insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
         select gen_random_uuid(), id, 1, '{1}', repeat('a', 2000), gen_random_uuid(), now(), now() from conversations",
        alice.id, bob.id
    ))
    .await;
    let ids = app.text("select string_agg(id::text, ',') from conversations").await;
    let all: Vec<_> = ids.split(',').map(|id| json!({"conversationId": id, "lastSeq": 0, "lastRev": 0})).collect();
    let mut socket = Socket::signed_in(&app, &alice).await;
    // The first time, the driver asks for the names of types, too.
    for round in 0..2 {
        for (count, statements) in SUBSCRIBING {
            proxy.executed();
            let answer = socket.ask("subscribe", &json!({"conversations": all[..count]})).await;
            assert_eq!(answer["conversations"].as_array().unwrap().len(), count);
            assert!(answer["conversations"].as_array().unwrap().iter().all(|one| one.get("timestamp").is_none()));
            let names = |name: &str| socket.heard.iter().filter(|(heard, _)| heard == name).count();
            let heard = ["participant:removed", "conversation:updated", "message:received"].map(names);
            assert_eq!(heard, [count; 3]);
            socket.heard.clear();
            let executed = executed(&proxy);
            if round > 0 {
                assert_eq!(executed.len(), statements, "for {count}: {executed:#?}");
            }
        }
    }
}

#[tokio::test]
async fn a_message_moves_its_conversation_and_sender_within_the_page() {
    let mut app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    for _ in 0..100 {
        alice.say(&direct, "Hello").await;
        bob.say(&direct, "Hello").await;
    }
    // PostgreSQL counts what a connection did when the connection ends.
    app.stop().await;
    let counts = |column: &str| {
        let query = format!(
            "select string_agg({column}::text, ' ' order by relname) from pg_stat_user_tables
             where relname in ('conversations', 'conversation_participants')"
        );
        let app = &app;
        async move {
            let text = app.text(&query).await;
            text.split(' ').map(|count| count.parse::<u32>().unwrap()).collect::<Vec<_>>()
        }
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while counts("n_tup_upd").await != [200, 200] {
        assert!(Instant::now() < deadline, "{:?} updates were counted", counts("n_tup_upd").await);
        tokio::task::yield_now().await;
    }
    // Without an index to be written; a full page may now and then send a row elsewhere.
    assert!(counts("n_tup_hot_upd").await.iter().all(|hot| *hot >= 190), "{:?}", counts("n_tup_hot_upd").await);
}

#[tokio::test]
async fn storing_many_at_once_reads_no_more_when_there_is_more() {
    let mut connection = PgConnection::connect(database().await.url.reveal()).await.unwrap();
    // So many people, numbered from `from`, each in a conversation with one message.
    let people = |from: u32, count: u32| {
        format!(
            "with new as (
                 select n, gen_random_uuid() as room, gen_random_uuid() as user_id
                 from generate_series({from}, {from} + {count} - 1) n
             ), users as (
                 insert into users (id, email, email_key, username, username_key, password_hash, display_name)
                 select user_id, n || '@x.org', n || '@x.org', 'user' || n, 'user' || n, '', 'Somebody' from new returning id
             ), rooms as (
                 insert into conversations (id, type, title, created_by, last_seq)
                 select room, 'group', 'Tea', user_id, 1 from new
             ), members as (
                 insert into conversation_participants (id, conversation_id, user_id)
                 select gen_random_uuid(), room, user_id from new
             )
             insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
             select gen_random_uuid(), room, 1, user_id, 'Hello', gen_random_uuid(), now(), now() from new"
        )
    };
    let ten_messages = "select count(*) from (
             select array_agg(gen_random_uuid()) as ids, array_agg(conversation_id) as rooms, array_agg(user_id) as people,
                 array_agg('Hello'::text) as contents, array_agg('text'::text) as types,
                 array_agg(gen_random_uuid()) as names,
                 array_agg((select m.id from messages m where m.conversation_id = one.conversation_id limit 1)) as replies
             from (
                 select conversation_id, user_id from conversation_participants limit 1
             ) one cross join generate_series(1, 10)
         ) as ten,
         lateral store_messages(ids, rooms, people, contents, types, names, replies) stored where stored.outcome = 'new'";
    let one_reader = "select move_readers(
             array_agg(conversation_id), array_agg(user_id), array_agg(last_read_seq + 1), array_agg(gen_random_uuid()),
             array_agg(now()), array_agg(last_read_seq + 1), array_agg(now())
         )
         from (select * from conversation_participants limit 1) one";
    let read = "select sum(seq_tup_read + idx_tup_fetch)::bigint from pg_stat_xact_user_tables";
    let (mut messages, mut readers) = (Vec::new(), Vec::new());
    // The plan of the first time, when there was next to nothing, is kept for the second.
    for (from, count) in [(0, 1), (1, 3000)] {
        connection.execute(sqlx::AssertSqlSafe(people(from, count))).await.unwrap();
        for (statement, stored, counts) in [(ten_messages, 10, &mut messages), (one_reader, 1, &mut readers)] {
            // What was counted is told, and begun anew, between transactions.
            let mut transaction = connection.begin().await.unwrap();
            let before: i64 = sqlx::query_scalar(read).fetch_one(&mut *transaction).await.unwrap();
            assert_eq!(sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut *transaction).await.unwrap(), stored);
            let after: i64 = sqlx::query_scalar(read).fetch_one(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            counts.push(after - before);
        }
    }
    // A row that was changed before is found through its old one.
    for counts in [messages, readers] {
        assert!(counts[1] <= counts[0] + 10, "{counts:?}");
    }
}
