//! The way to whoever collects traces: HTTP by what is here already, with TLS for https.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::{runtime::Handle, time::timeout};

/// How long the collector may take.
const BUDGET: Duration = Duration::from_secs(10);
/// How long its answer may be: it says little.
const LONGEST: usize = 64 * 1024;

/// Sends batches from the exporter's thread, which has no tasks of its own, through the program's.
pub struct Collector {
    runtime: Handle,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Collector {
    /// Through these tasks.
    pub fn new(runtime: Handle) -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Self { runtime, client: Client::builder(TokioExecutor::new()).build(connector) }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sending = self.client.request(request.map(Full::new));
        let sending = self.runtime.spawn(async {
            let answering = timeout(BUDGET, async {
                let (head, body) = sending.await?.into_parts();
                let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
                Ok(Response::from_parts(head, body))
            });
            answering.await?
        });
        let answered = sending.await.unwrap_or_else(|died| Err(HttpError::from(died)));
        // The exporter drops what was not taken.
        match &answered {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "traces.refused"),
            Err(error) => tracing::warn!(%error, "traces.lost"),
        }
        answered
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}
