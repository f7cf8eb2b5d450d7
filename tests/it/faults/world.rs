//! What all clients of a load have in common: people, conversations, nodes, and what is written down.

use std::{
    collections::HashMap,
    sync::{Mutex, RwLock},
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    history::{Dump, History, What},
    plan::{Message, Plan},
};
use crate::support::Person;

/// Who is there, and where.
pub struct World {
    /// What is written down.
    pub history: History,
    /// People, by their ids.
    pub users: Vec<String>,
    /// Their access tokens.
    pub tokens: Vec<String>,
    /// Conversations, by their ids.
    pub conversations: Vec<String>,
    /// Who takes part in each.
    pub members: Vec<Vec<usize>>,
    /// How long a client waits for an answer before it gives the connection up.
    pub patience: Duration,
    /// Ends the clients.
    pub over: CancellationToken,
    nodes: RwLock<Vec<String>>,
    http: Client,
    places: HashMap<String, usize>,
    /// Of each client whether it has nothing left to do, and how far it is in each conversation.
    states: Mutex<HashMap<usize, (bool, Vec<i64>)>>,
}

impl World {
    /// The people and conversations of a plan, made on the first of these nodes.
    pub async fn new(plan: &Plan, users: usize, nodes: Vec<String>, patience: Duration) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        let mut world = Self {
            history: History::new(),
            users: Vec::new(),
            tokens: Vec::new(),
            conversations: Vec::new(),
            members: plan.conversations.clone(),
            patience,
            over: CancellationToken::new(),
            nodes: RwLock::new(nodes),
            http,
            places: HashMap::new(),
            states: Mutex::default(),
        };
        for n in 0..users {
            let body = json!({
                "email": format!("user{n}@example.org"), "username": format!("user_{n}"),
                "password": Person::PASSWORD, "displayName": format!("User {n}"),
            });
            let signed_in = world.made(None, "/api/v1/auth/register", &body).await;
            world.users.push(signed_in["user"]["id"].as_str().unwrap().to_owned());
            world.tokens.push(signed_in["accessToken"].as_str().unwrap().to_owned());
        }
        for (n, members) in plan.conversations.iter().enumerate() {
            let others: Vec<_> = members[1..].iter().map(|user| &world.users[*user]).collect();
            let kind = if others.len() == 1 { "direct" } else { "group" };
            let mut body = json!({"type": kind, "participantIds": others});
            if kind == "group" {
                body["title"] = json!(format!("Group {n}"));
            }
            let made = world.made(Some(members[0]), "/api/v1/conversations", &body).await;
            let id = made["id"].as_str().unwrap().to_owned();
            world.places.insert(id.clone(), n);
            world.conversations.push(id);
        }
        world
    }

    async fn made(&self, user: Option<usize>, path: &str, body: &Value) -> Value {
        let mut request = self.http.post(format!("{}{path}", self.node(0))).json(body);
        if let Some(user) = user {
            request = request.bearer_auth(&self.tokens[user]);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{path}");
        response.json::<Value>().await.unwrap()["data"].take()
    }

    /// Where a node is; there are as many as there are, over and over.
    pub fn node(&self, at: usize) -> String {
        let nodes = self.nodes.read().unwrap();
        nodes[at % nodes.len()].clone()
    }

    /// Which conversation has this id.
    pub fn place(&self, conversation: &str) -> usize {
        self.places[conversation]
    }

    /// That this message is being sent.
    pub fn sending(&self, message: &Message) -> What {
        let Message { name, conversation, content } = message.clone();
        What::Sending { message: name, conversation: self.conversations[conversation].clone(), content }
    }

    /// What an answer to `message:send` says.
    pub fn outcome(message: &Message, payload: &Value) -> What {
        let name = message.name.clone();
        if payload["ok"] == true {
            let id = payload["messageId"].as_str().unwrap().to_owned();
            let (seq, duplicate) = (payload["seq"].as_i64().unwrap(), payload["duplicate"] == true);
            return What::Stored { message: name, id, seq, duplicate };
        }
        refused(name, &payload["error"])
    }

    /// Sends a message over HTTP. Nothing when there is no answer.
    pub async fn post(&self, node: usize, user: usize, message: &Message) -> Option<What> {
        let conversation = &self.conversations[message.conversation];
        let body = json!({"content": message.content, "clientMessageId": message.name});
        let request = self.http.post(format!("{}/api/v1/conversations/{conversation}/messages", self.node(node)));
        let request = request.bearer_auth(&self.tokens[user]).timeout(self.patience);
        let response = request.json(&body).send().await.ok()?;
        let status = response.status().as_u16();
        let answer: Value = response.json().await.ok()?;
        if !matches!(status, 200 | 201) {
            return Some(refused(message.name.clone(), &answer["error"]));
        }
        let id = answer["data"]["id"].as_str().unwrap().to_owned();
        let (message, seq) = (message.name.clone(), answer["data"]["seq"].as_i64().unwrap());
        Some(What::Stored { message, id, seq, duplicate: status == 200 })
    }

    /// Whether the history that everybody has in common can be read.
    pub async fn can_be_read(&self) -> bool {
        let url = format!("{}/api/v1/conversations/{}/messages", self.node(0), self.conversations[0]);
        let answer = self.http.get(url).bearer_auth(&self.tokens[0]).timeout(self.patience).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// Removes somebody from a group or adds them again, and does not give up.
    pub async fn change(&self, client: usize, owner: usize, (conversation, user, member): (usize, usize, bool)) {
        let (conversation, user) = (self.conversations[conversation].clone(), self.users[user].clone());
        let begun = What::Changing { conversation: conversation.clone(), user: user.clone(), member };
        self.history.note(client, 0, begun);
        for node in 0.. {
            let path = format!("{}/api/v1/conversations/{conversation}/participants", self.node(node));
            let request = if member {
                self.http.post(path).json(&json!({ "userIds": [user] }))
            } else {
                self.http.request(Method::DELETE, format!("{path}/{user}"))
            };
            let answer = request.bearer_auth(&self.tokens[owner]).timeout(self.patience).send().await;
            // Whoever was removed by a try whose answer was lost is not there.
            if answer.is_ok_and(|answer| matches!(answer.status().as_u16(), 200 | 204 | 404)) {
                break;
            }
            sleep(Duration::from_millis(150)).await;
        }
        self.history.note(client, 0, What::Changed { conversation, user, member });
    }

    /// A client says how far it is.
    pub fn tell(&self, client: usize, idle: bool, known: impl Iterator<Item = i64>) {
        self.states.lock().unwrap().insert(client, (idle, known.collect()));
    }

    /// Whether all of so many clients have nothing left to do.
    pub fn all_idle(&self, clients: usize) -> bool {
        let states = self.states.lock().unwrap();
        states.len() == clients && states.values().all(|(idle, _)| *idle)
    }

    /// Whether every client has all that it should have.
    pub fn all_know(&self, dump: &Dump) -> bool {
        let states = self.states.lock().unwrap();
        dump.heads.iter().all(|head| {
            let place = self.places[&head.conversation];
            states.iter().all(|(client, (_, known))| {
                let user = &self.users[client % self.users.len()];
                !head.members.contains(user) || known[place] >= head.seq
            })
        })
    }
}

fn refused(message: String, error: &Value) -> What {
    let code = error["code"].as_str().unwrap_or("without a code").to_owned();
    What::Refused { message, code, retryable: error["retryable"] == true }
}
