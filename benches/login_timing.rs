//! Whether the time of an answer tells an unknown account from a wrong password. Prints medians and their ratio, for a
//! person to judge: noise is no proof of either. Run it with: `scripts/with-postgres cargo bench --bench login_timing`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark"
)]

mod support;

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use trice::{
    app::App,
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
};

const SAMPLES: usize = 200;

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(compare());
}

async fn compare() {
    let data = tempfile::tempdir().unwrap();
    let source = Source::from([
        ("DATA_DIR".to_owned(), data.path().to_string_lossy().into_owned()),
        ("RATE_LIMITS".to_owned(), "off".to_owned()),
    ]);
    let app =
        App::build(Config::load(&source).unwrap(), DatabaseConfig::new(Secret::new(support::url("login_timing"))))
            .await
            .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/api/v1/auth", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let running = tokio::spawn(app.serve(listener, async move { stopping.cancelled().await }));

    let client = Client::builder().no_proxy().build().unwrap();
    let account = json!({
        "email": "known@example.org", "username": "known", "password": "Correct7Horse", "displayName": "Known",
    });
    let registered = client.post(format!("{address}/register")).json(&account).send().await.unwrap();
    assert_eq!(registered.status(), 201);

    let mut times = [Vec::new(), Vec::new()];
    for n in 0..2 * SAMPLES {
        // In turn, so that whatever else the machine does meets both alike; a new unknown account each time.
        let (kind, email) =
            if n % 2 == 0 { (0, "known@example.org".to_owned()) } else { (1, format!("no{n}@example.org")) };
        let begun = Instant::now();
        let body = json!({"email": email, "password": "Wrong7Password"});
        let response = client.post(format!("{address}/login")).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 401);
        times[kind].push(begun.elapsed());
    }
    let [known, unknown] = times.map(quartiles);
    println!("{SAMPLES} refused sign-ins each, lower quartile / median / upper quartile:");
    println!("  wrong password   {known:?}");
    println!("  unknown account  {unknown:?}");
    println!("  ratio of medians {:.3}", unknown[1].as_secs_f64() / known[1].as_secs_f64());
    stop.cancel();
    running.await.unwrap();
}

fn quartiles(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort_unstable();
    [1, 2, 3].map(|quarter| times[times.len() * quarter / 4])
}
