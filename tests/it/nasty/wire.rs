//! The same door, without a client that knows how to behave.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::TestApp;

/// Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Everything that comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.expect("the connection was kept");
    // Cut is as good as closed.
    read.map_or_else(|error| assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset), |_| ());
    String::from_utf8(bytes).unwrap()
}

fn statuses(answer: &str) -> Vec<u16> {
    answer.match_indices("HTTP/1.").map(|(at, _)| answer[at + 9..at + 12].parse().unwrap()).collect()
}

const LOGIN: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
/// What a smuggler would have the server take for a request of its own. The one that is meant comes last.
const NEXT: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// The statuses of what the server answers to this, until it closes the connection.
async fn answers(app: &TestApp, request: &str) -> Vec<u16> {
    let mut stream = connect(app).await;
    // It may be refused before all of it is there.
    let written = stream.write_all(request.as_bytes()).await;
    written.unwrap_or_else(|error| assert_ne!(error.kind(), std::io::ErrorKind::TimedOut));
    statuses(&rest(&mut stream).await)
}

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_is_the_last_of_its_connection() {
    let app = TestApp::start().await;
    let long = "a".repeat(100_000);
    for ambiguous in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "Content-Length: 2, 2\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: -1\r\n\r\n{}",
        "Content-Length: 0x2\r\n\r\n{}",
        "Content-Length: 99999999999999999999999\r\n\r\n{}",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "X: a\rContent-Length: 2\r\n\r\n{}",
        "X: a\r\n Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}",
        "X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n",
        &format!("Transfer-Encoding: chunked\r\n\r\n2;{long}\r\n{{}}\r\n0\r\n\r\n"),
    ] {
        let shown: String = ambiguous.chars().take(90).collect();
        assert_eq!(answers(&app, &format!("{LOGIN}{ambiguous}{NEXT}")).await, [400], "{shown:?}");
    }
    // What the standard reads in one way alone is read in that one, and the next request is the next.
    for plain in [
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 2\n\n{}",
        "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\nAuthorization: x\r\n\r\n",
    ] {
        assert_eq!(answers(&app, &format!("{LOGIN}{plain}{NEXT}")).await, [400, 200], "{plain:?}");
    }
}

#[tokio::test]
async fn an_odd_request_is_harmless() {
    let app = TestApp::start().await;
    let long = "a".repeat(1_000_000);
    for (request, expected) in [
        // This server is no proxy: only the path counts.
        ("GET http://evil.example/api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n", &[401, 200][..]),
        ("GET https://evil.example:99/api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n", &[404, 200]),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", &[404, 200]),
        ("CONNECT /api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n", &[405, 200]),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", &[404, 200]),
        ("GET /api/v1/users/../users/me HTTP/1.1\r\nHost: x\r\n\r\n", &[404, 200]),
        ("GET /api/v1/conversations/%2e%2e/messages HTTP/1.1\r\nHost: x\r\n\r\n", &[401, 200]),
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", &[404, 200]),
        ("GET /api/v1/users/me#x HTTP/1.1\r\nHost: x\r\n\r\n", &[401, 200]),
        ("GET /api/v1/users/\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n", &[401, 200]),
        ("GET /api/v1/\0 HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        ("GET \\api\\v1 HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        ("GET /health/live HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x1b[31mb\r\n\r\n", &[400]),
        ("GET /health/live HTTP/1.2\r\n\r\n", &[400]),
        ("GET /health/live\r\n\r\n", &[400]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[]),
        ("\x16\x03\x01\x02\0\x01\0", &[400]),
        (&format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", &long[..70_000]), &[414]),
        (&format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(200)), &[431]),
        (&format!("GET /health/live HTTP/1.1\r\nHost: x\r\nA: {long}\r\n\r\n"), &[431]),
        // What says that it is too large is not asked for.
        (&format!("{LOGIN}Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n"), &[413]),
        (&format!("{LOGIN}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{{}}"), &[100, 400, 200]),
    ] {
        let shown: String = request.chars().take(90).collect();
        assert_eq!(answers(&app, &format!("{request}{NEXT}")).await, expected, "{shown:?}");
    }
}

/// Takes as long as the server's patience does: ten seconds.
#[tokio::test]
async fn who_never_comes_to_an_end_is_cut_off() {
    let app = TestApp::start().await;
    let half = |request: String| {
        let app = &app;
        async move {
            let mut stream = connect(app).await;
            stream.write_all(request.as_bytes()).await.unwrap();
            statuses(&rest(&mut stream).await)
        }
    };
    let drips = async {
        let (mut reader, mut writer) = connect(&app).await.into_split();
        writer.write_all(b"GET /health/live HTTP/1.1\r\n").await.unwrap();
        let mut answer = Vec::new();
        let mut end = std::pin::pin!(timeout(DEADLINE, reader.read_to_end(&mut answer)));
        loop {
            tokio::select! {
                ended = &mut end => break ended.expect("the connection was kept"),
                () = sleep(Duration::from_millis(500)) => {
                    if writer.write_all(b"A: b\r\n").await.is_err() {
                        break end.await.expect("half of the connection was kept");
                    }
                }
            }
        }
    };
    let (nothing, head, body, chunk, idle, _) = tokio::join!(
        half(String::new()),
        half("GET /health/live HTTP/1.1\r\nHost:".into()),
        half(format!("{LOGIN}Content-Length: 10\r\n\r\n{{")),
        half(format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n")),
        half(NEXT.replace("close", "keep-alive")),
        drips,
    );
    assert_eq!((nothing, head, body, chunk, idle), (vec![], vec![], vec![400], vec![400], vec![200]));
}
