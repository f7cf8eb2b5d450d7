//! The contract's envelopes: `{"data": …}`, and lists with their `meta`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A success.
#[derive(Serialize, ToSchema)]
pub struct Data<T> {
    /// What was asked for.
    pub data: T,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Wraps what was asked for.
pub fn data<T>(data: T) -> Data<T> {
    Data { data }
}

/// Nothing to say but that it is done.
#[derive(Serialize, ToSchema)]
pub struct Done {}
