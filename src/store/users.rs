//! Accounts.

use crate::{
    error::{Error, ErrorCode, Result},
    model::{
        id::UserId,
        time::Timestamp,
        user::{Profile, User},
    },
    store::{Store, violates},
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
        .await?)
    }
}

fn taken(field: &'static str, text: &'static str) -> Error {
    let mut error = Error::new(ErrorCode::Conflict, text);
    error.details.insert(field.into(), vec![text.into()]);
    error
}
