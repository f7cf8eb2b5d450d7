//! Pages of lists: what every list of the API says about its rest.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a list says about its rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Give it back as `cursor` to get the next page; null on the last one. Opaque.
    #[schema(required)]
    pub cursor: Option<String>,
    /// Whether there is a next page.
    #[schema(example = false)]
    pub has_more: bool,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What comes after it.
    pub meta: Meta,
}

impl<T> Page<T> {
    /// A page of up to `limit` items, made from one item more than that, so that it is known whether more follow.
    /// `cursor` names the last item shown.
    pub fn from_one_more(mut items: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> Option<String>) -> Self {
        let has_more = items.len() > limit;
        items.truncate(limit);
        let cursor = items.last().filter(|_| has_more).and_then(cursor);
        Self { items, meta: Meta { cursor, has_more } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_whether_more_follow() {
        let page = Page::from_one_more(vec![1, 2, 3], 2, |last| Some(last.to_string()));
        assert_eq!((page.items, page.meta.cursor.as_deref(), page.meta.has_more), (vec![1, 2], Some("2"), true));
        let page = Page::from_one_more(vec![1, 2], 2, |last| Some(last.to_string()));
        assert_eq!((page.items, page.meta.cursor, page.meta.has_more), (vec![1, 2], None, false));
    }
}
