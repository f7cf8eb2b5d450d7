//! The people and conversations of a run, put straight into its database: nobody signs up thousands of times.

use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use trice::{
    config::{database::DatabaseConfig, secret::Secret},
    store::Store,
};
use uuid::Uuid;

use crate::Result;

/// What both servers sign and verify access tokens with.
pub const ACCESS_SECRET: &str = "what the load generator signs with";
/// Messages in the conversation whose history is read.
pub const HISTORY: i64 = 100_000;

/// Somebody with a session, and their direct conversation.
#[derive(sqlx::FromRow)]
pub struct Person {
    id: Uuid,
    session: Uuid,
    pub direct: Uuid,
}

impl Person {
    /// An access token as Trice signs it.
    pub fn token(&self) -> Result<String> {
        let now = chrono::Utc::now().timestamp();
        let claims = json!({
            "sub": self.id, "email": "", "username": "", "sid": self.session, "jti": Uuid::new_v4(),
            "iat": now, "exp": now + 900, "iss": "trice", "aud": "trice-client", "type": "access",
        });
        let key = jsonwebtoken::EncodingKey::from_secret(ACCESS_SECRET.as_bytes());
        Ok(jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key)?)
    }
}

/// A database of its own, filled.
pub struct Fixtures {
    pub url: String,
    pub pool: PgPool,
    /// Person 2n and person 2n + 1 share a direct conversation.
    pub people: Vec<Person>,
    /// The conversation with a long history; the first person takes part.
    pub history: Uuid,
}

impl Fixtures {
    /// With so many people, on the server that `DATABASE_URL` names.
    pub async fn make(people: usize) -> Result<Self> {
        let server = std::env::var("DATABASE_URL").map_err(|_| "run it within scripts/with-postgres --durable")?;
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let (host, _) = base.rsplit_once('/').ok_or("DATABASE_URL names no database")?;
        let url = format!("{host}/trice_load_{}?{query}", std::process::id());
        let store = Store::connect(&DatabaseConfig::new(Secret::new(url.clone())), true).await?;
        store.migrate().await?;
        store.close().await;
        let pool = PgPool::connect(&url).await?;
        for statement in [
            &format!(
                "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
                 select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || n, 'user' || n, '', 'User ' || n
                 from generate_series(1, {people}) n"
            ),
            "insert into sessions (id, user_id) select gen_random_uuid(), id from users",
            "create table load_people as
             select id, row_number() over (order by substring(username, 5)::int) - 1 as n from users",
            "with pairs as (
                 select gen_random_uuid() as room, a.id as a, b.id as b
                 from load_people a join load_people b on b.n = a.n + 1 and a.n % 2 = 0
             ), rooms as (
                 insert into conversations (id, type, direct_key, created_by)
                 select room, 'direct', least(a, b) || ':' || greatest(a, b), a from pairs
             )
             insert into conversation_participants (id, conversation_id, user_id)
             select gen_random_uuid(), room, who from pairs cross join lateral (values (a), (b)) as both_of (who)",
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&pool).await?;
        }
        let everybody = sqlx::query_as(
            "select p.id, s.id as session, c.conversation_id as direct
             from load_people p join sessions s on s.user_id = p.id join conversation_participants c on c.user_id = p.id
             order by p.n",
        );
        let mut fixtures = Self { people: everybody.fetch_all(&pool).await?, url, pool, history: Uuid::nil() };
        fixtures.history = fixtures.group(2).await?;
        sqlx::query(
            "insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
             select gen_random_uuid(), $1, n, $2, 'Message ' || n || repeat(' and so on', 6), gen_random_uuid(), at, at
             from generate_series(1, $3) n, lateral (select now() - (($3 - n) || ' s')::interval as at) t",
        )
        .bind(fixtures.history)
        .bind(fixtures.people[0].id)
        .bind(HISTORY)
        .execute(&fixtures.pool)
        .await?;
        sqlx::query("update conversations set last_seq = $2 where id = $1")
            .bind(fixtures.history)
            .bind(HISTORY)
            .execute(&fixtures.pool)
            .await?;
        sqlx::query("vacuum analyze").execute(&fixtures.pool).await?;
        Ok(fixtures)
    }

    /// A group of the first so many people.
    pub async fn group(&self, people: usize) -> Result<Uuid> {
        let id = Uuid::new_v4();
        sqlx::query("insert into conversations (id, type, title, created_by) values ($1, 'group', 'Group', $2)")
            .bind(id)
            .bind(self.people[0].id)
            .execute(&self.pool)
            .await?;
        let members: Vec<_> = self.people[..people].iter().map(|person| person.id).collect();
        sqlx::query(
            "insert into conversation_participants (id, conversation_id, user_id)
             select gen_random_uuid(), $1, member from unnest($2) as member",
        )
        .bind(id)
        .bind(members)
        .execute(&self.pool)
        .await?;
        Ok(id)
    }
}
