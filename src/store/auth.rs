//! Sessions and their refresh families: rotation is a compare-and-swap, so that of any number of requests with one
//! token exactly one makes the next.

use std::net::IpAddr;

use crate::{
    error::Result,
    model::{
        id::{SessionId, UserId},
        time::Timestamp,
        user::Profile,
    },
    store::{
        Store, Transaction,
        query::{Timed as _, series},
    },
};

/// A session to be made.
pub struct NewSession {
    /// The new session.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// What the password was compared with.
    pub password_hash: String,
}

/// A session that lives.
pub struct SessionRow {
    /// Which.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub last_used_at: Timestamp,
}

/// Where a refresh family stands.
pub struct Family {
    /// Whose.
    pub user_id: UserId,
    /// How many tokens it has had.
    pub generation: i64,
    /// When the present generation was made.
    pub rotated_at: Timestamp,
    /// The SHA-256 of the `Idempotency-Key` of the request that made it.
    pub rotation_key: Option<Vec<u8>>,
    /// Whether that was within the last minute, by the database's clock.
    pub rotated_lately: bool,
    /// When the family began.
    pub created_at: Timestamp,
    /// Whether it was ended.
    pub revoked: bool,
}

impl Store {
    /// Begins a session, in its first generation, and says when. Nothing begins if the password was changed, or the
    /// account deleted, since it was compared: the account's row is locked, so that either this session is there when the
    /// change ends all sessions, or it sees the change.
    pub async fn create_session(&self, session: &NewSession) -> Result<Option<Timestamp>> {
        Ok(sqlx::query_scalar!(
            r#"
            with opener as materialized (
                select id from users
                where id = $2 and password_hash = $5 and deleted_at is null and is_active
                for share
            )
            insert into sessions (id, user_id, user_agent, address)
            select $1, opener.id, $3, $4::text::inet from opener
            returning created_at as "created_at: Timestamp"
            "#,
            session.id.0,
            session.user_id.0,
            session.user_agent,
            session.address.map(|address| address.to_string()),
            session.password_hash,
        )
        .fetch_optional(&self.requests)
        .timed(series!("insert", "sessions"))
        .await?)
    }

    /// Moves a family from `generation` to the next, if it stands there, is not ended and is under 90 days old
    /// (no family outlives that). Answers where it stands afterwards.
    pub async fn rotate(&self, id: SessionId, generation: i64, key: Option<&[u8]>) -> Result<Option<Family>> {
        Ok(sqlx::query_as!(
            Family,
            r#"
            update sessions
            set generation = generation + 1, rotated_at = now(), rotation_key = $3, last_used_at = now()
            where id = $1 and generation = $2 and revoked_at is null and created_at > now() - interval '90 days'
            returning
                user_id as "user_id: UserId", generation, rotated_at as "rotated_at: Timestamp", rotation_key,
                true as "rotated_lately!", created_at as "created_at: Timestamp", false as "revoked!"
            "#,
            id.0,
            generation,
            key,
        )
        .fetch_optional(&self.requests)
        .timed(series!("update", "sessions"))
        .await?)
    }

    /// Where a family stands.
    pub async fn family(&self, id: SessionId) -> Result<Option<Family>> {
        Ok(sqlx::query_as!(
            Family,
            r#"
            select
                user_id as "user_id: UserId", generation, rotated_at as "rotated_at: Timestamp", rotation_key,
                rotated_at > now() - interval '60 seconds' as "rotated_lately!",
                created_at as "created_at: Timestamp", revoked_at is not null as "revoked!"
            from sessions
            where id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "sessions"))
        .await?)
    }

    /// Ends a session. Answers whose it was, if it was not ended before.
    pub async fn revoke_session(&self, id: SessionId) -> Result<Option<UserId>> {
        Ok(sqlx::query_scalar!(
            r#"update sessions set revoked_at = now() where id = $1 and revoked_at is null returning user_id as "user_id: UserId""#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("update", "sessions"))
        .await?)
    }

    /// Ends a session of this person's. Answers whether there was one.
    pub async fn revoke_session_of(&self, user: UserId, id: SessionId) -> Result<bool> {
        let ended = sqlx::query!(
            "update sessions set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null",
            id.0,
            user.0,
        )
        .execute(&self.requests)
        .timed(series!("update", "sessions"))
        .await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends all sessions of a person but one. Answers which.
    pub async fn revoke_other_sessions(&self, user: UserId, kept: SessionId) -> Result<Vec<SessionId>> {
        Ok(sqlx::query_scalar!(
            r#"
            update sessions set revoked_at = now()
            where user_id = $1 and id <> $2 and revoked_at is null
            returning id as "id: SessionId"
            "#,
            user.0,
            kept.0,
        )
        .fetch_all(&self.requests)
        .timed(series!("update", "sessions"))
        .await?)
    }

    /// A person's sessions that can still be renewed, the last used first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<SessionRow>> {
        Ok(sqlx::query_as!(
            SessionRow,
            r#"
            select
                id as "id: SessionId", user_agent, created_at as "created_at: Timestamp",
                last_used_at as "last_used_at: Timestamp"
            from sessions
            where user_id = $1 and revoked_at is null
                and rotated_at > now() - interval '7 days' and created_at > now() - interval '90 days'
            order by last_used_at desc, id
            "#,
            user.0,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "sessions"))
        .await?)
    }

    /// Those of these sessions that have ended.
    pub async fn revoked_among(&self, sessions: &[SessionId]) -> Result<Vec<SessionId>> {
        let ids: Vec<_> = sessions.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"select id as "id: SessionId" from sessions where id = any($1) and revoked_at is not null"#,
            &ids,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "sessions"))
        .await?)
    }

    /// Replaces a password's hash, unless it was replaced meanwhile, and ends all sessions but one in the same moment.
    /// Answers which ended; nothing if the hash was another.
    pub async fn change_password(
        &self,
        user: UserId,
        from: &str,
        to: &str,
        kept: SessionId,
    ) -> Result<Option<Vec<SessionId>>> {
        let mut transaction = Transaction::begin(&self.requests).await?;
        let changed = sqlx::query!(
            "update users set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2 and deleted_at is null",
            user.0,
            from,
            to,
        )
        .execute(&mut *transaction)
        .timed(series!("update", "users"))
        .await?;
        if changed.rows_affected() == 0 {
            transaction.commit().await?;
            return Ok(None);
        }
        let ended = sqlx::query_scalar!(
            r#"
            update sessions set revoked_at = now()
            where user_id = $1 and id <> $2 and revoked_at is null
            returning id as "id: SessionId"
            "#,
            user.0,
            kept.0,
        )
        .fetch_all(&mut *transaction)
        .timed(series!("update", "sessions"))
        .await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// Whether a session is ended, or was never there.
    pub async fn session_revoked(&self, id: SessionId) -> Result<bool> {
        let live = sqlx::query_scalar!(r#"select revoked_at is null as "live!" from sessions where id = $1"#, id.0,)
            .fetch_optional(&self.requests)
            .timed(series!("select", "sessions"))
            .await?;
        Ok(live != Some(true))
    }

    /// The person a session belongs to, as they see themselves.
    pub async fn session_profile(&self, id: SessionId) -> Result<Option<Profile>> {
        Ok(sqlx::query_as!(
            Profile,
            r#"
            select
                u.id as "id: UserId", u.username, u.display_name, u.avatar_url, u.email, u.read_receipts_enabled,
                u.presence_enabled, u.created_at as "created_at: Timestamp"
            from sessions s join users u on u.id = s.user_id
            where s.id = $1 and u.deleted_at is null
            "#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "sessions"))
        .await?)
    }
}
