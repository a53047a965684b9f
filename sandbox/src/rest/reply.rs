//! What is answered: a status, a body, headers.

use crate::errors::{Answer, ApiError};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

pub(crate) type Headers = Vec<(&'static str, String)>;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    body: Content,
    headers: Headers,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Json(Value),
    /// What stands in front of Discord answers, with this as its headline.
    Html(&'static str),
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Content::Json(body), headers: Headers::new() }
    }
    pub(crate) fn html(status: u16, headline: &'static str) -> Self {
        Self { status, body: Content::Html(headline), headers: Headers::new() }
    }
    /// No answer at all: its status is 0.
    pub(crate) fn silence() -> Self {
        Self { status: 0, body: Content::Nothing, headers: Headers::new() }
    }

    pub(crate) fn with(mut self, headers: Headers) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The body, where it is JSON.
    pub(crate) fn as_json(&self) -> Option<&Value> {
        match &self.body {
            Content::Json(body) => Some(body),
            Content::Nothing | Content::Html(_) => None,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let (kind, text) = match self.body {
            Content::Nothing => (None, String::new()),
            Content::Json(body) => (Some("application/json"), body.to_string()),
            Content::Html(headline) => (
                Some("text/html; charset=UTF-8"),
                format!(
                    "<html>\r\n<head><title>{headline}</title></head>\r\n<body>\r\n<center><h1>{headline}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
                ),
            ),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        // What the world itself makes wait for says so in the header, too, which is where libraries look.
        let wait = error.body.get("retry_after").filter(|_| error.status == 429).and_then(Value::as_f64);
        let headers = wait.map(|wait| ("retry-after", wait.ceil().to_string())).into_iter().collect();
        Self::json(error.status, error.body).with(headers)
    }
}

/// How a route ends well.
#[expect(clippy::unnecessary_wraps, reason = "a route ends with one of these, and every route answers a result")]
impl Reply {
    pub(crate) fn ok(body: Value) -> Answer<Self> {
        Ok(Self::json(200, body))
    }
    pub(crate) fn created(body: Value) -> Answer<Self> {
        Ok(Self::json(201, body))
    }
    pub(crate) fn nothing() -> Answer<Self> {
        Ok(Self { status: 204, body: Content::Nothing, headers: Headers::new() })
    }
}
