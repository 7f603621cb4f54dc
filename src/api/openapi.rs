//! `GET /api/openapi.json`: what the API answers, as OpenAPI 3.1, made of the same types that it writes.

mod doc;

pub(super) use doc::{Answer, Doc, number, one_of, some_of, text};

use crate::access::Role;
use crate::http::problem::Body as ProblemBody;
use crate::http::{COOKIE, COOKIE_HTTPS, Listed};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::sync::OnceLock;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Header, HeaderBuilder, Info, License, ObjectBuilder, OpenApi,
    OpenApiBuilder, Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};

/// Schemas by name, of which each is told once.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// The document, which is the same as long as the program runs.
pub(super) async fn document() -> HttpResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| {
        // It is made of our own types: that it can be written is tested.
        build().to_json().unwrap_or_default()
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text.as_str())
}

/// A path as OpenAPI writes it.
pub(super) fn template(path: &str) -> String {
    path.replace(":.*}", "}")
}

/// Makes the document of all routes that say what they answer.
pub(super) fn build() -> OpenApi {
    let mut schemas: Schemas = Vec::new();
    let mut paths = Paths::new();
    let problem = name::<ProblemBody<'static>>(&mut schemas);
    for (method, path, doc) in super::described().docs {
        let listed = crate::http::listed().find(|route| (route.method, route.path) == (method, path));
        let Some(listed) = listed else { continue };
        let operation = operation(&listed, &doc, &problem, &mut schemas);
        let methods = match method {
            "POST" => HttpMethod::Post,
            "PUT" => HttpMethod::Put,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths.add_path_operation(template(path), vec![methods], operation);
    }
    schemas.sort_by(|one, other| one.0.cmp(&other.0));
    schemas.dedup_by(|one, other| one.0 == other.0);
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("session", session(COOKIE, "over plain HTTP"))
        .security_scheme("session_https", session(COOKIE_HTTPS, "over HTTPS"))
        .security_scheme("token", token())
        .build();
    let mut info = Info::new("tikwatch", env!("CARGO_PKG_VERSION"));
    info.description = Some(INTRODUCTION.to_owned());
    info.license = Some(License::new("MIT"));
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

const INTRODUCTION: &str = "Everything that the pages show. Times are RFC 3339 in UTC, rates bits per second, ages \
    milliseconds; `null` is unknown, which is never the same as zero. Whoever asks sees the routers of their scope and no \
    others. Problems are RFC 9457 problem details.";

fn session(cookie: &str, over: &str) -> SecurityScheme {
    let what = format!(
        "The session of somebody who signed in {over}. A change also needs an `Origin` that is this server, and the header \
         `X-CSRF-Token`, as pages of ours send them."
    );
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(cookie, &what)))
}

fn token() -> SecurityScheme {
    let what = "A token of a program: `Authorization: Bearer tw_…`";
    let scheme =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("tw_…").description(Some(what));
    SecurityScheme::Http(scheme.build())
}

fn operation(route: &Listed, doc: &Doc, problem: &str, schemas: &mut Schemas) -> OperationBuilder {
    let role = match route.role {
        None => "Anybody may ask.".to_owned(),
        Some(role) => {
            let least = match role {
                Role::Viewer => "viewer",
                Role::Operator => "operator",
                Role::Admin => "admin",
            };
            let whose = if route.needs_all_routers { " of all routers" } else { "" };
            let who = if !route.is_for_programs {
                ", signed in: no token"
            } else if route.method != "GET" && !route.is_for_all {
                "; a token must be one that may change things"
            } else {
                ""
            };
            format!("Needs the role {least}{whose}{who}.")
        }
    };
    let id = format!("{} {}", route.method, route.path).to_lowercase();
    let id: String =
        id.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let mut operation = OperationBuilder::new()
        .tag(doc.tag)
        .operation_id(Some(id))
        .summary(Some(doc.summary))
        .description(Some(role));
    for parameter in &doc.parameters {
        operation = operation.parameter(parameter.clone());
    }
    if let Some(body) = &doc.body {
        let mut body = body(schemas);
        if doc.is_body_optional {
            body.required = Some(Required::False);
        }
        operation = operation.request_body(Some(body));
    }
    // Whoever knows the state already says so, and is answered 304.
    let has_etag = doc.statuses.contains(&304);
    if has_etag {
        operation = operation.parameter(doc::if_none_match());
    }
    let mut good = ResponseBuilder::new().description(doc.good);
    for (media, schema) in doc.answer.content(schemas) {
        good = good.content(media, ContentBuilder::new().schema(Some(schema)).build());
    }
    if matches!(doc.answer, Answer::File(_)) {
        good = good
            .header(
                "X-Total-Rows",
                header("How many rows the file has.", doc::text().pattern(Some("^[0-9]+$"))),
            )
            .header("X-Left-Out", header("What is not in the file.", doc::text()));
    }
    if has_etag {
        good = good.header("ETag", etag());
    }
    let success = if doc.status == 0 { 200 } else { doc.status };
    operation = operation.response(success.to_string(), good.build());
    for (status, response) in refusals(route, doc, problem) {
        operation = operation.response(status.to_string(), response);
    }
    if route.role.is_some() {
        if route.is_for_programs {
            operation = operation.security(SecurityRequirement::new("token", [] as [String; 0]));
        }
        for scheme in ["session", "session_https"] {
            operation = operation.security(SecurityRequirement::new(scheme, [] as [String; 0]));
        }
    }
    operation
}

/// What any route may answer, whoever asks: it cannot be read, brings a token that is no good, takes no encoding of ours,
/// comes too slowly, is too large, is meant for another host, is one too many, or meets a fault of ours or a full disk.
const ANYWHERE: [u16; 9] = [400, 401, 406, 408, 413, 421, 429, 500, 507];

/// All other answers of a route.
fn refusals(route: &Listed, doc: &Doc, problem: &str) -> Vec<(u16, Response)> {
    let mut statuses = doc.statuses.clone();
    statuses.extend(ANYWHERE);
    if route.role.is_some() {
        statuses.push(403);
    }
    statuses.sort_unstable();
    statuses.dedup();
    let refusal = |status: u16| {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let mut response = ResponseBuilder::new().description(reason.unwrap_or_default());
        // Not Modified has no body.
        if status != 304 {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(problem))).build();
            response = response.content("application/problem+json", content);
        }
        let header = match status {
            304 => Some(("ETag", etag())),
            401 => Some(("WWW-Authenticate", header("How to sign in.", doc::text()))),
            405 => Some(("Allow", header("The methods that do.", doc::text()))),
            429 => Some(("Retry-After", header("After so many seconds.", doc::number(1, 86_400)))),
            _ => None,
        };
        match header {
            Some((name, header)) => response.header(name, header).build(),
            None => response.build(),
        }
    };
    statuses.into_iter().map(|status| (status, refusal(status))).collect()
}

fn header(what: &str, schema: ObjectBuilder) -> Header {
    HeaderBuilder::new().schema(Some(schema)).description(Some(what)).build()
}

fn etag() -> Header {
    header("The state that was answered with.", doc::text().pattern(Some("^W/\"[0-9a-f]{16}\"$")))
}

/// Notes a type's schema and those it is made of; gives its name.
pub(super) fn name<T: ToSchema>(schemas: &mut Schemas) -> String {
    T::schemas(schemas);
    let name = T::name().into_owned();
    schemas.push((name.clone(), T::schema()));
    name
}
