//! The web app out of the binary: hashed files for a year, the page itself never, compressed before they were embedded.

use axum::{
    body::Body,
    http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

use super::layers::security::InlineScripts;
use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

const PAGE: &str = "index.html";
/// What a build without the web app answers.
const NOT_BUILT: &str = "The web app is not part of this build. Build it with: npm --prefix web run build";

/// The page for developers, on which the API can be read and tried. It came out of the web app's build.
pub async fn docs(headers: HeaderMap) -> Response {
    answer("api/docs.html", &headers).unwrap_or_else(|| Error::not_found(NOT_BUILT).into_response())
}

/// A file of the web app; for a path that only the app itself knows, its page.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Error::not_found("There is nothing here.").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { PAGE } else { path };
    // Anything beside plain file names is nothing of ours: no dot files, no way up, no encoded tricks.
    let plain = path.trim_end_matches('/').split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && !path.contains(['%', '\\'])
        && path.rsplit('.').next() != Some("map");
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let of_the_app = !path.starts_with("api/") && !path.starts_with("socket.io/");
    match (plain, is_file) {
        (true, true) => answer(path, &headers).unwrap_or_else(not_found),
        (true, false) if of_the_app => {
            answer(PAGE, &headers).unwrap_or_else(|| (StatusCode::NOT_FOUND, NOT_BUILT).into_response())
        }
        _ => not_found(),
    }
}

fn not_found() -> Response {
    Error::not_found("There is nothing here.").into_response()
}

fn answer(path: &str, asked: &HeaderMap) -> Option<Response> {
    let plain = Dist::get(path)?;
    let etag = etag(&plain);
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut headers = HeaderMap::from_iter([
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, etag.clone()),
    ]);
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut extensions = Extensions::new();
    if kind.subtype() == "html" {
        extensions.insert(inline_scripts(&String::from_utf8_lossy(&plain.data)));
    }
    if asked.get(header::IF_NONE_MATCH) == Some(&etag) {
        return Some((StatusCode::NOT_MODIFIED, headers, extensions).into_response());
    }
    let kind = if kind.type_() == "text" || kind.subtype() == "javascript" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(kind).ok()?);
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, coding)
            && let Some(compressed) = Dist::get(&format!("{path}.{ending}"))
        {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            return Some((headers, extensions, Body::from(compressed.data.into_owned())).into_response());
        }
    }
    Some((headers, extensions, Body::from(plain.data.into_owned())).into_response())
}

/// The scripts that stand in a page of ours. The build writes them and nobody else can, so they may run.
fn inline_scripts(page: &str) -> InlineScripts {
    let scripts = page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (code, _) = rest.split_once("</script>")?;
        (!attributes.contains(" src=")).then_some(code)
    });
    let sources: Vec<_> = scripts.map(|code| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(code)))).collect();
    InlineScripts(sources.concat())
}

fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some(coding) && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0"))
    })
}

fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash = file.metadata.sha256_hash().map(|byte| format!("{byte:02x}")).concat();
    HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_run_what_stands_in_it() {
        let page = r#"<script data-chat="/a.js">{go()}</script><script src="/b.js"></script><script>stay()</script>"#;
        // printf '{go()}' | openssl dgst -sha256 -binary | base64
        assert_eq!(
            inline_scripts(page).0,
            " 'sha256-lL4YrjMCzRxhRcsnqzfjKvKMoDuRCFqJoYLJpN3DfVs=' 'sha256-vlRZOv3Y9GzEkZtKPJcDSrwsfhjDpqRWd4H2hQZIRkM='"
        );
        assert_eq!(inline_scripts("<p>").0, "");
    }

    #[test]
    fn a_coding_can_be_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        for accepted in ["", "gzip", "br;q=0", "brotli"] {
            assert!(!accepts(accepted, "br"), "{accepted}");
        }
    }
}
