//! F23: everybody loses the node at once, and comes back at once.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _, stream};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{self, client::IntoClientRequest as _},
};
use tokio_util::sync::CancellationToken;

use super::plan::Chance;
use crate::support::{Person, Program, answer, database, new_id};

/// People, in groups of twenty, each with five devices; fifty devices are in one office, behind one address.
const PEOPLE: usize = 200;
const GROUP: usize = 20;
const DEVICES: usize = 5;
const OFFICE: usize = 50;
/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_mins(2);
/// Connections of a node: its three pools, and its place.
const CONNECTIONS: i64 = 4 + 12 + 4 + 1;

/// What all devices have in common.
struct Crowd {
    url: String,
    tokens: Vec<String>,
    groups: Vec<String>,
    /// How far each device is in its group.
    known: Vec<AtomicI64>,
    /// What must not happen: whoever is refused, and what does not come in its order.
    faults: Mutex<Vec<String>>,
    over: CancellationToken,
}

impl Crowd {
    fn fault(&self, what: impl Into<String>) {
        self.faults.lock().unwrap().push(what.into());
    }

    /// Waits until every device is so far.
    async fn knows(&self, seq: i64) {
        let begun = Instant::now();
        loop {
            let behind = self.known.iter().filter(|known| known.load(Ordering::Relaxed) < seq).count();
            if behind == 0 {
                return;
            }
            let faults = self.faults.lock().unwrap().clone();
            assert!(faults.is_empty() && begun.elapsed() < DEADLINE, "{behind} are not at {seq}: {faults:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A device is connected until it loses the node. Answers whether it was let in.
    async fn visit(&self, device: usize) -> bool {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", self.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("x-forwarded-for", address(device).parse().unwrap());
        let mut stream = match connect_async(request).await {
            Ok((stream, _)) => stream,
            Err(tungstenite::Error::Http(response)) => {
                self.fault(format!("refused with {}", response.status()));
                return false;
            }
            Err(_) => return false,
        };
        let person = device / DEVICES;
        let group = &self.groups[person / GROUP];
        let mut let_in = false;
        while let Some(Ok(message)) = stream.next().await {
            let tungstenite::Message::Text(packet) = message else { continue };
            let said = match packet.as_str() {
                "2" => "3".to_owned(),
                opened if opened.starts_with("0{") => {
                    format!("40/chat,{}", json!({"token": self.tokens[person]}))
                }
                success if success.starts_with("42/chat,[\"auth:success\"") => {
                    let last_seq = self.known[device].load(Ordering::Relaxed);
                    format!("42/chat,1[\"subscribe\",{}]", json!({"conversationId": group, "lastSeq": last_seq}))
                }
                other => {
                    let_in |= self.hear(device, other);
                    continue;
                }
            };
            if stream.send(tungstenite::Message::text(said)).await.is_err() {
                break;
            }
        }
        let_in
    }

    /// A device hears something. Answers whether that is the answer to its subscription.
    fn hear(&self, device: usize, packet: &str) -> bool {
        if let Some(answer) = packet.strip_prefix("43/chat,1") {
            let answer: Value = serde_json::from_str(answer).unwrap();
            if answer[0]["ok"] != true {
                self.fault(answer.to_string());
            }
            return true;
        }
        let Some(event) = packet.strip_prefix("42/chat,") else { return false };
        let (name, event): (String, Value) = serde_json::from_str(event).unwrap();
        match name.as_str() {
            "message:received" => {
                let seq = event["message"]["seq"].as_i64().unwrap();
                let before = self.known[device].swap(seq, Ordering::Relaxed);
                if seq != before + 1 {
                    self.fault(format!("{device} has {before} and hears {seq}"));
                }
            }
            "auth:error" | "error" => self.fault(event.to_string()),
            _ => {}
        }
        false
    }

    /// A device as the official client is: it waits for a second, about, and twice as long each time, up to five.
    async fn live(self: Arc<Self>, device: usize) {
        let mut chance = Chance::new(device as u64);
        let mut wait = 1000;
        while !self.over.is_cancelled() {
            let visited = self.over.run_until_cancelled(self.visit(device)).await;
            wait = if visited == Some(true) { 1000 } else { (2 * wait).min(5000) };
            let about = wait / 2 + chance.below(wait);
            self.over.run_until_cancelled(sleep(Duration::from_millis(about as u64))).await;
        }
    }
}

fn address(device: usize) -> String {
    format!("10.0.0.{}", device / OFFICE + 1)
}

async fn made(request: RequestBuilder, body: &Value) -> Value {
    let (status, mut body) = answer(request.json(body)).await;
    assert_eq!(status, 201, "{body}");
    body["data"].take()
}

/// Everybody, and their groups.
async fn crowd(url: &str) -> Crowd {
    let client = Client::builder().no_proxy().build().unwrap();
    let people: Vec<_> = stream::iter(0..PEOPLE)
        .map(async |n| {
            // Each from home: an office may not make that many accounts.
            let request =
                client.post(format!("{url}/api/v1/auth/register")).header("x-forwarded-for", format!("10.1.0.{n}"));
            let account = json!({
                "email": format!("user{n}@example.org"), "username": format!("user_{n}"),
                "password": Person::PASSWORD, "displayName": format!("User {n}"),
            });
            let signed_in = made(request, &account).await;
            (signed_in["user"]["id"].clone(), signed_in["accessToken"].as_str().unwrap().to_owned())
        })
        .buffered(4)
        .collect()
        .await;
    let mut groups = Vec::new();
    for members in people.chunks(GROUP) {
        let others: Vec<_> = members[1..].iter().map(|(id, _)| id).collect();
        let body = json!({"type": "group", "title": "Tea", "participantIds": others});
        let request = client.post(format!("{url}/api/v1/conversations")).bearer_auth(&members[0].1);
        groups.push(made(request, &body).await["id"].as_str().unwrap().to_owned());
    }
    Crowd {
        url: url.to_owned(),
        tokens: people.into_iter().map(|(_, token)| token).collect(),
        groups,
        known: (0..PEOPLE * DEVICES).map(|_| AtomicI64::default()).collect(),
        faults: Mutex::default(),
        over: CancellationToken::new(),
    }
}

/// The first one of each group says something.
async fn say(crowd: &Crowd) {
    for (n, group) in crowd.groups.iter().enumerate() {
        let url = format!("{}/api/v1/conversations/{group}/messages", crowd.url);
        let request = Client::new().post(url).bearer_auth(&crowd.tokens[n * GROUP]);
        made(request, &json!({"content": "Hello", "clientMessageId": new_id()})).await;
    }
}

/// How many connections the node has.
async fn connections(behind: &mut PgConnection) -> i64 {
    let of_node = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name like 'trice %'";
    sqlx::query_scalar(of_node).fetch_one(behind).await.unwrap()
}

#[tokio::test]
#[ignore = "long; make faults"]
async fn a_thousand_come_back_at_once() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = vec![("TRUSTED_PROXIES", "127.0.0.1".to_owned())];
    let program = Program::start_on(&database, folder.path(), &settings).await;
    settings.push(("PORT", program.url.rsplit_once(':').unwrap().1.to_owned()));
    let crowd = Arc::new(crowd(&program.url).await);
    let mut devices = JoinSet::new();
    for device in 0..PEOPLE * DEVICES {
        devices.spawn(Arc::clone(&crowd).live(device));
    }
    say(&crowd).await;
    crowd.knows(1).await;

    program.stop().await;
    let mut behind = PgConnection::connect(database.url.reveal()).await.unwrap();
    while connections(&mut behind).await > 0 {
        sleep(Duration::from_millis(5)).await;
    }
    // Somebody wrote meanwhile, on another node.
    let missed = "with said as (
            insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
            select gen_random_uuid(), c.id, n, c.created_by, 'Where are you?', gen_random_uuid(), now(), now()
            from conversations c, generate_series(2, 6) n
        )
        update conversations set last_seq = 6";
    behind.execute(AssertSqlSafe(missed)).await.unwrap();
    let begun = Instant::now();
    let program = Program::start_on(&database, folder.path(), &settings).await;
    let mut most = 0;
    tokio::select! {
        () = crowd.knows(6) => {}
        () = async {
            loop {
                most = most.max(connections(&mut behind).await);
                sleep(Duration::from_millis(5)).await;
            }
        } => {}
    }
    println!("everybody was back and knew everything after {:?}, by {most} connections", begun.elapsed());
    assert!(most <= CONNECTIONS, "{most} connections");
    say(&crowd).await;
    crowd.knows(7).await;
    crowd.over.cancel();
    while let Some(ended) = devices.join_next().await {
        ended.unwrap();
    }
    assert_eq!(*crowd.faults.lock().unwrap(), [""; 0]);
    let log = program.end().await;
    assert!(!log.contains("panicked") && !log.contains("INTERNAL_ERROR"), "{log}");
}
