//! Who may see that somebody is here, and when people were last seen.

use crate::{
    error::Result,
    model::{
        id::{ConversationId, UserId},
        time::Timestamp,
    },
    store::{
        Store,
        query::{Timed as _, series},
    },
};

/// Up to this many people a group tells of each member who is here and how far they have read; in a larger one its details
/// do (contract, sections 2 and 6).
pub const SMALL_GROUP: i64 = 100;

/// What is stored of somebody's presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Whose.
    pub user_id: UserId,
    /// Whether they let it be seen.
    pub presence_enabled: bool,
    /// When they were last seen at a device.
    pub last_seen_at: Option<Timestamp>,
}

impl Store {
    /// What is stored of these people.
    pub async fn sightings(&self, users: &[UserId]) -> Result<Vec<Sighting>> {
        let ids: Vec<_> = users.iter().map(|id| id.0).collect();
        Ok(sqlx::query_as!(
            Sighting,
            r#"
            select id as "user_id: UserId", presence_enabled, last_seen_at as "last_seen_at: Timestamp"
            from users where id = any($1)
            "#,
            &ids,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "users"))
        .await?)
    }

    /// What is stored of the other members of these conversations.
    pub async fn sightings_of_members(
        &self,
        except: UserId,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, Sighting)>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.conversation_id as "conversation_id: ConversationId", u.id as "user_id: UserId", u.presence_enabled,
                u.last_seen_at as "last_seen_at: Timestamp"
            from conversation_participants p join users u on u.id = p.user_id
            where p.conversation_id = any($1) and p.is_active and p.user_id <> $2
            order by p.joined_at, p.user_id
            "#,
            &ids,
            except.0,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let sighting = |user_id, presence_enabled, last_seen_at| Sighting { user_id, presence_enabled, last_seen_at };
        Ok(rows
            .into_iter()
            .map(|row| (row.conversation_id, sighting(row.user_id, row.presence_enabled, row.last_seen_at)))
            .collect())
    }

    /// What is stored of somebody, if they are the viewer or share a conversation with them.
    pub async fn sighting_by(&self, viewer: UserId, user: UserId) -> Result<Option<Sighting>> {
        Ok(sqlx::query_as!(
            Sighting,
            r#"
            select id as "user_id: UserId", presence_enabled, last_seen_at as "last_seen_at: Timestamp"
            from users
            where id = $2 and ($1 = $2 or exists (
                select from conversation_participants own
                join conversation_participants theirs on theirs.conversation_id = own.conversation_id
                join conversations c on c.id = own.conversation_id
                where own.user_id = $1 and own.is_active and theirs.user_id = $2 and theirs.is_active
                    and c.deleted_at is null
            ))
            "#,
            viewer.0,
            user.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "users"))
        .await?)
    }

    /// Those of these people who do not let their presence be seen.
    pub async fn hidden_among(&self, users: &[UserId]) -> Result<Vec<UserId>> {
        let ids: Vec<_> = users.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"select id as "id: UserId" from users where id = any($1) and not presence_enabled"#,
            &ids,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "users"))
        .await?)
    }

    /// Who is told of these people's presence: of whom, and who. They have a direct conversation with each other, or a
    /// small group.
    pub async fn presence_audience(&self, users: &[UserId]) -> Result<Vec<(UserId, UserId)>> {
        let ids: Vec<_> = users.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select distinct own.user_id as "of: UserId", other.user_id as "viewer: UserId"
            from conversation_participants own
            join conversations c on c.id = own.conversation_id and c.deleted_at is null
            join conversation_participants other on other.conversation_id = own.conversation_id
            where own.user_id = any($1) and own.is_active and other.is_active and other.user_id <> own.user_id
                and (c.type = 'direct' or (
                    select count(*) from (
                        select from conversation_participants p
                        where p.conversation_id = c.id and p.is_active
                        limit $2::bigint + 1
                    ) counted
                ) <= $2)
            "#,
            &ids,
            SMALL_GROUP,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "conversation_participants"))
        .await?;
        Ok(rows.into_iter().map(|row| (row.of, row.viewer)).collect())
    }

    /// Notes when people were last seen, never back, and only of those who let it be seen. Locks them in the order of their
    /// ids, as everybody does.
    pub async fn write_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<()> {
        let ids: Vec<_> = seen.iter().map(|(user, _)| user.0).collect();
        let times: Vec<_> = seen.iter().map(|(_, at)| at.0).collect();
        sqlx::query!(
            r#"
            with seen as materialized (
                select u.id, given.at
                from unnest($1::uuid[], $2::timestamptz[]) as given (id, at)
                join users u on u.id = given.id
                where u.presence_enabled and u.deleted_at is null
                    and (u.last_seen_at is null or u.last_seen_at < given.at)
                order by u.id
                for no key update of u
            )
            update users set last_seen_at = greatest(users.last_seen_at, seen.at) from seen where users.id = seen.id
            "#,
            &ids,
            &times,
        )
        .execute(&self.workers)
        .timed(series!("update", "users"))
        .await?;
        Ok(())
    }
}
