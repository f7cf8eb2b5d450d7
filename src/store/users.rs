//! Accounts.

use sqlx::PgExecutor;

use crate::{
    error::{Error, ErrorCode, Result},
    model::{
        id::{SessionId, UserId},
        time::Timestamp,
        user::{Profile, User},
    },
    store::{
        Store, Transaction,
        query::{Timed as _, series},
        violates,
    },
};

/// An account to be made. The keys are what must be unique, in canonical form.
pub struct NewUser {
    /// The new account.
    pub id: UserId,
    /// As typed.
    pub email: String,
    /// Canonical.
    pub email_key: String,
    /// As typed.
    pub username: String,
    /// Canonical.
    pub username_key: String,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// As typed.
    pub display_name: String,
}

/// What a login needs to know.
pub struct Credentials {
    /// Whose.
    pub profile: Profile,
    /// Argon2id, in PHC form.
    pub password_hash: String,
}

/// What is to be changed of a profile; what is not given stays.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// What to call them.
    pub display_name: Option<String>,
    /// A picture; `Some(None)` takes it away.
    pub avatar_url: Option<Option<String>>,
    /// Whether others see what this person has read.
    pub read_receipts_enabled: Option<bool>,
    /// Whether others see when this person is here.
    pub presence_enabled: Option<bool>,
}

impl Store {
    /// Makes an account. A taken e-mail or username is a `CONFLICT` with the field in its details.
    pub async fn create_user(&self, user: &NewUser) -> Result<Profile> {
        sqlx::query_as!(
            Profile,
            r#"
            insert into users (id, email, email_key, username, username_key, password_hash, display_name)
            values ($1, $2, $3, $4, $5, $6, $7)
            returning
                id as "id: UserId", username, display_name, avatar_url, email, read_receipts_enabled, presence_enabled,
                created_at as "created_at: Timestamp"
            "#,
            user.id.0,
            user.email,
            user.email_key,
            user.username,
            user.username_key,
            user.password_hash,
            user.display_name,
        )
        .fetch_one(&self.requests)
        .timed(series!("insert", "users"))
        .await
        .map_err(|error| {
            if violates(&error, "users_email_key") {
                taken("email", "That e-mail already has an account.")
            } else if violates(&error, "users_username_key") {
                taken("username", "That username is taken.")
            } else {
                error.into()
            }
        })
    }

    /// The account behind an e-mail, for a login.
    pub async fn credentials(&self, email_key: &str) -> Result<Option<Credentials>> {
        let row = sqlx::query!(
            r#"
            select
                id as "id: UserId", username, display_name, avatar_url, email, read_receipts_enabled, presence_enabled,
                created_at as "created_at: Timestamp", password_hash
            from users
            where email_key = $1 and deleted_at is null and is_active
            "#,
            email_key,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "users"))
        .await?;
        Ok(row.map(|row| Credentials {
            profile: Profile {
                id: row.id,
                username: row.username,
                display_name: row.display_name,
                avatar_url: row.avatar_url,
                email: row.email,
                read_receipts_enabled: row.read_receipts_enabled,
                presence_enabled: row.presence_enabled,
                created_at: row.created_at,
            },
            password_hash: row.password_hash,
        }))
    }

    /// A person as they see themselves.
    pub async fn profile(&self, id: UserId) -> Result<Option<Profile>> {
        Ok(sqlx::query_as!(
            Profile,
            r#"
            select
                id as "id: UserId", username, display_name, avatar_url, email, read_receipts_enabled, presence_enabled,
                created_at as "created_at: Timestamp"
            from users
            where id = $1 and deleted_at is null
            "#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "users"))
        .await?)
    }

    /// A person as everybody sees them, also one who deleted the account.
    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        Ok(sqlx::query_as!(
            User,
            r#"select id as "id: UserId", username, display_name, avatar_url from users where id = $1"#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "users"))
        .await?)
    }

    /// The account that has this e-mail or username, and its password's hash.
    pub async fn account(&self, email_key: &str, username_key: &str) -> Result<Option<(UserId, String)>> {
        let row = sqlx::query!(
            r#"
            select id as "id: UserId", password_hash from users
            where (email_key = $1 or username_key = $2) and deleted_at is null
            "#,
            email_key,
            username_key,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "users"))
        .await?;
        Ok(row.map(|row| (row.id, row.password_hash)))
    }

    /// The password's hash of an account that is there.
    pub async fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!("select password_hash from users where id = $1 and deleted_at is null", id.0)
            .fetch_optional(&self.requests)
            .timed(series!("select", "users"))
            .await?)
    }

    /// Replaces a hash by another one of the same password, unless it was replaced meanwhile.
    pub async fn rehash_password(&self, id: UserId, from: &str, to: &str) -> Result<()> {
        sqlx::query!("update users set password_hash = $3 where id = $1 and password_hash = $2", id.0, from, to)
            .execute(&self.requests)
            .timed(series!("update", "users"))
            .await?;
        Ok(())
    }

    /// Changes what is given of a profile.
    pub async fn update_profile(&self, id: UserId, change: &ProfileChange) -> Result<Option<Profile>> {
        change_profile(&self.requests, id, change).await
    }

    /// Changes what others may see of a person. Who lets it be seen again what they read does so from then on: what they
    /// have got already makes no receipts.
    pub async fn update_privacy(&self, id: UserId, change: &ProfileChange) -> Result<Option<Profile>> {
        if change.read_receipts_enabled != Some(true) {
            return self.update_profile(id, change).await;
        }
        let mut transaction = Transaction::begin(&self.requests).await?;
        // Before the account: nobody who holds one waits for them.
        sqlx::query!(
            r#"
            select from conversation_participants where user_id = $1 and is_active
            order by conversation_id for no key update
            "#,
            id.0,
        )
        .execute(&mut *transaction)
        .timed(series!("select", "conversation_participants"))
        .await?;
        sqlx::query!(
            r#"
            update conversation_participants p set receipts_from_seq = c.last_seq
            from conversations c, users u
            where p.user_id = $1 and p.is_active and c.id = p.conversation_id
                and u.id = $1 and not u.read_receipts_enabled
            "#,
            id.0,
        )
        .execute(&mut *transaction)
        .timed(series!("update", "conversation_participants"))
        .await?;
        let profile = change_profile(&mut *transaction, id, change).await?;
        transaction.commit().await?;
        Ok(profile)
    }

    /// Erases what an account says about its owner and ends its sessions, in one transaction. What they wrote stays, under
    /// this name; their direct conversations can only be read from now on. Answers the sessions that ended.
    pub async fn erase_user(&self, id: UserId, display_name: &str) -> Result<Vec<SessionId>> {
        let mut transaction = Transaction::begin(&self.requests).await?;
        let username = format!("deleted_{}", id.0.simple());
        sqlx::query!(
            r#"
            update users set
                email = '', email_key = $2, username = $2, username_key = $2, password_hash = '', display_name = $3,
                avatar_url = null, read_receipts_enabled = false, presence_enabled = false, last_seen_at = null,
                updated_at = now(), deleted_at = now()
            where id = $1 and deleted_at is null
            "#,
            id.0,
            username,
            display_name,
        )
        .execute(&mut *transaction)
        .timed(series!("update", "users"))
        .await?;
        let ended = sqlx::query_scalar!(
            r#"
            update sessions set revoked_at = now() where user_id = $1 and revoked_at is null
            returning id as "id: SessionId"
            "#,
            id.0,
        )
        .fetch_all(&mut *transaction)
        .timed(series!("update", "sessions"))
        .await?;
        // In one order, as everybody locks conversations.
        sqlx::query!(
            r#"
            update conversations set is_read_only = true
            where id in (
                select c.id from conversations c
                join conversation_participants p on p.conversation_id = c.id and p.user_id = $1
                where c.type = 'direct'
                order by c.id for no key update of c
            )
            "#,
            id.0,
        )
        .execute(&mut *transaction)
        .timed(series!("update", "conversations"))
        .await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// Those of these people who share a conversation with somebody, and that person.
    pub async fn acquaintances(&self, of: UserId, among: &[UserId]) -> Result<Vec<UserId>> {
        let ids: Vec<_> = among.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"
            select candidate.id as "id!: UserId"
            from unnest($2::uuid[]) as candidate (id)
            where candidate.id = $1 or exists (
                select from conversation_participants theirs
                join conversation_participants own on own.conversation_id = theirs.conversation_id
                where theirs.user_id = candidate.id and theirs.is_active and own.user_id = $1
            )
            "#,
            of.0,
            &ids,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "conversation_participants"))
        .await?)
    }

    /// People whose username or name contains the words, or whose e-mail is exactly that; those whose username or name
    /// begins with them first. `pattern` is a `like` pattern. Never `except`.
    pub async fn search_users(&self, except: UserId, pattern: &str, email_key: &str, limit: i64) -> Result<Vec<User>> {
        Ok(sqlx::query_as!(
            User,
            r#"
            select id as "id: UserId", username, display_name, avatar_url
            from users
            where deleted_at is null and is_active and id <> $1
                and (username ilike '%' || $2 || '%' or display_name ilike '%' || $2 || '%' or email_key = $3)
            order by (username ilike $2 || '%' or display_name ilike $2 || '%') desc, username_key
            limit $4
            "#,
            except.0,
            pattern,
            email_key,
            limit,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "users"))
        .await?)
    }
}

async fn change_profile(on: impl PgExecutor<'_>, id: UserId, change: &ProfileChange) -> Result<Option<Profile>> {
    Ok(sqlx::query_as!(
        Profile,
        r#"
        update users set
            display_name = coalesce($2, display_name),
            avatar_url = case when $3 then $4 else avatar_url end,
            read_receipts_enabled = coalesce($5, read_receipts_enabled),
            presence_enabled = coalesce($6, presence_enabled),
            updated_at = now()
        where id = $1 and deleted_at is null
        returning
            id as "id: UserId", username, display_name, avatar_url, email, read_receipts_enabled, presence_enabled,
            created_at as "created_at: Timestamp"
        "#,
        id.0,
        change.display_name,
        change.avatar_url.is_some(),
        change.avatar_url.as_ref().and_then(Option::as_deref),
        change.read_receipts_enabled,
        change.presence_enabled,
    )
    .fetch_optional(on)
    .timed(series!("update", "users"))
    .await?)
}

fn taken(field: &'static str, text: &'static str) -> Error {
    let mut error = Error::new(ErrorCode::Conflict, text);
    error.details.insert(field.into(), vec![text.into()]);
    error
}
