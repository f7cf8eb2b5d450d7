//! People with names, who speak to one server.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::TestApp;

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    /// Their account.
    pub id: String,
    /// As they registered.
    pub username: String,
    /// As they registered.
    pub email: String,
    /// Their access token.
    pub token: String,
    /// Their refresh cookie, as `name=value`.
    pub cookie: String,
    client: Client,
    url: String,
}

impl Person {
    /// Everybody's password.
    pub const PASSWORD: &str = "Correct7Horse";

    /// Whoever an answer to a registration or a login signed in.
    pub async fn signed_in(app: &TestApp, response: Response) -> Self {
        let cookie = cookie(&response).unwrap();
        let data = response.json::<Value>().await.unwrap()["data"].take();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&data["user"]["id"]),
            username: text(&data["user"]["username"]),
            email: text(&data["user"]["email"]),
            token: text(&data["accessToken"]),
            cookie,
            client: app.client.clone(),
            url: app.url.clone(),
        }
    }

    /// The same person, who speaks to another node, or to the same one started again.
    pub fn moved(&self, app: &TestApp) -> Self {
        Self { client: app.client.clone(), url: app.url.clone(), ..self.clone() }
    }

    /// A request with their token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// What a GET answers: status and body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    /// What a POST answers.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Their direct conversation with somebody.
    pub async fn direct(&self, other: &Self) -> String {
        let (_, body) =
            self.post("/api/v1/conversations", &json!({"type": "direct", "participantIds": [other.id]})).await;
        body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// A new group of theirs with these people.
    pub async fn group(&self, others: &[&Self]) -> String {
        let ids: Vec<_> = others.iter().map(|person| &person.id).collect();
        let body = json!({"type": "group", "title": "Tea", "participantIds": ids});
        let (status, body) = self.post("/api/v1/conversations", &body).await;
        assert_eq!(status, 201, "{body}");
        body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Sends a message over HTTP and answers it.
    pub async fn say(&self, conversation: &str, content: &str) -> Value {
        let (status, body) = self
            .post(
                &format!("/api/v1/conversations/{conversation}/messages"),
                &json!({"content": content, "clientMessageId": new_id()}),
            )
            .await;
        assert_eq!(status, 201, "{body}");
        body["data"].clone()
    }
}

/// The refresh cookie that an answer sets, as `name=value`.
pub fn cookie(response: &Response) -> Option<String> {
    let header = response.headers().get("set-cookie")?.to_str().unwrap();
    Some(header.split(';').next().unwrap().to_owned())
}

/// What a request answers: status and body, which is null when there is none.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
}

/// A new identifier, as clients make them.
#[expect(clippy::disallowed_methods, reason = "clients make their own")]
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
