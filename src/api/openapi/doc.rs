//! What one route says of itself.

use super::{Schemas, name};
use crate::api::list::{self, ListMeta};
use crate::api::subscribers::{SubscriberRow, SubscribersMeta};
use crate::domain::find::{Chip, Key};
use crate::domain::tables::Tabular;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required};

/// Makes a schema, noting those that it is made of.
type Made = Box<dyn Fn(&mut Schemas) -> RefOr<Schema>>;

/// What a route answers when all is well.
pub(in crate::api) enum Answer {
    /// JSON of a type.
    Json(Made),
    /// Server-sent events.
    Events,
    /// Something else: its media type.
    Text(&'static str),
    /// A list as a file: as JSON of this schema, or in lines.
    File(Made),
}

impl Answer {
    /// JSON of this type.
    pub(in crate::api) fn json<T: ToSchema>() -> Self {
        Self::Json(Box::new(|schemas| Ref::from_schema_name(name::<T>(schemas)).into()))
    }

    /// The media types, each with its schema.
    pub(super) fn content(&self, schemas: &mut Schemas) -> Vec<(&'static str, RefOr<Schema>)> {
        let lines = |media: &'static str| (media, text().into());
        match self {
            Self::Json(schema) => vec![("application/json", schema(schemas))],
            Self::Events => vec![("text/event-stream", event().into())],
            Self::Text(media) => vec![lines(media)],
            Self::File(schema) => {
                vec![lines("text/csv"), ("application/json", schema(schemas)), lines("application/x-ndjson")]
            }
        }
    }
}

/// One event of a stream, as its reader has it.
fn event() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("event", text().description(Some("What it tells of.")))
        .property("id", text().pattern(Some("^[0-9]+-[0-9]+$")))
        .property("data", text().content_media_type("application/json"))
        .property("retry", number(1, 3_600_000))
        .required("event")
        .required("data")
}

/// The envelope of a list of rows of one type.
fn envelope<M: ToSchema, R: ToSchema>(schemas: &mut Schemas, list: &str) -> RefOr<Schema> {
    let (meta, row) = (name::<M>(schemas), columns::<R>(schemas));
    let rows = ArrayBuilder::new().items(RefOr::from(Ref::from_schema_name(row)));
    let success = ObjectBuilder::new().schema_type(Type::Boolean);
    ObjectBuilder::new()
        .property("success", success)
        .property("meta", Ref::from_schema_name(meta))
        .property(list, rows)
        .required("success")
        .required("meta")
        .required(list)
        .into()
}

/// Notes the schema of a row of which `cols` may choose some columns; gives its name.
fn columns<R: ToSchema>(schemas: &mut Schemas) -> String {
    R::schemas(schemas);
    let name = format!("{}Columns", R::name());
    let mut schema = R::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.required.clear();
        object.description = Some("All columns, or those that `cols` names.".to_owned());
    }
    schemas.push((name.clone(), schema));
    name
}

/// What one route says of itself.
pub(in crate::api) struct Doc {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) good: &'static str,
    /// The status when all is well; 0 is 200.
    pub(super) status: u16,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<fn(&mut Schemas) -> RequestBody>,
    /// Whether there may be no body at all.
    pub(super) is_body_optional: bool,
    pub(super) answer: Answer,
    /// The statuses of this route's own problems, and 304.
    pub(super) statuses: Vec<u16>,
}

impl Doc {
    pub(in crate::api) fn new(tag: &'static str, summary: &'static str, answer: Answer) -> Self {
        let (parameters, statuses) = (Vec::new(), Vec::new());
        Self {
            tag,
            summary,
            good: "All is well",
            status: 0,
            parameters,
            body: None,
            is_body_optional: false,
            answer,
            statuses,
        }
    }

    /// A list with the parameters that all lists have.
    pub(in crate::api) fn list<R: ToSchema>(list: &'static str, summary: &'static str) -> Self {
        let schema = move |schemas: &mut Schemas| envelope::<ListMeta, R>(schemas, list);
        Self::new("Lists", summary, Answer::Json(Box::new(schema)))
            .router()
            .query("q", "Only rows in which this text stands.", text())
            .query("limit", "The most rows to give.", number(1, 1_000))
            .query("offset", "How many rows to pass over.", number(0, 1_000_000_000))
            .query(
                "cursor",
                "`meta.cursor` of the window before.",
                text().pattern(Some("^([0-9a-f]{16}([0-9a-f]{2})*)?$")),
            )
            .query("cols", "Only these columns, by comma.", some_of(&list::columns::<R>()))
            .or(304)
    }

    /// A list that is a table of the routers, with what its columns and choices allow.
    pub(in crate::api) fn table<T: Tabular, R: ToSchema>(list: &'static str, summary: &'static str) -> Self {
        let columns = T::COLUMNS.iter().map(|column| column.word);
        let sorts: Vec<String> =
            columns.flat_map(|column| [column.to_owned(), format!("-{column}")]).collect();
        let states: Vec<&str> = T::CHIPS.iter().map(|chip| chip.word).chain(["all"]).collect();
        Self::list::<R>(list, summary)
            .query("sort", "By which column; a minus turns it round. Leaf by `offset` then.", one_of(sorts))
            .query("state", "Only rows of this kind.", one_of(states))
            .query(
                "keys",
                "Only these rows, by router and id: `ROUTER:*ID`, by comma; they need not match.",
                some_of(&[r"[A-Za-z0-9_-]{1,64}:\*[0-9A-F]{1,16}"]),
            )
    }

    /// The list as a file: all of its rows, whichever part of them a page would show.
    pub(in crate::api) fn file<M: ToSchema, R: ToSchema>(mut self, list: &'static str) -> Self {
        self.tag = "Export";
        self.answer = Answer::File(Box::new(move |schemas| envelope::<M, R>(schemas, list)));
        self.parameters.retain(|known| !["limit", "offset", "cursor"].contains(&known.name.as_str()));
        self.statuses.retain(|status| *status != 304);
        self.query("format", "In which form; CSV unless said.", one_of(["csv", "json", "ndjson"])).query(
            "bom",
            "Whether CSV begins with a byte order mark.",
            one_of(["1", "0", "true", "false"]),
        )
    }

    /// A problem or a 304 that this route may answer.
    pub(in crate::api) fn or(mut self, status: u16) -> Self {
        self.statuses.push(status);
        self
    }

    /// Another status than 200 when all is well.
    pub(in crate::api) fn giving(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The parameter that chooses a router, and its other name.
    pub(in crate::api) fn router(self) -> Self {
        // Empty is as good as left out, here and in all other parameters that are text: forms send them so.
        let name = || text().pattern(Some("^[A-Za-z0-9_-]{0,64}$"));
        self.query("router", "Only this router.", name())
            .query("router_id", "Another name of `router`.", name())
            .or(404)
    }

    pub(in crate::api) fn query(
        mut self,
        name: &'static str,
        what: &'static str,
        schema: ObjectBuilder,
    ) -> Self {
        self.parameters.push(parameter(name, what, schema, ParameterIn::Query));
        self
    }

    /// A part of the path.
    pub(in crate::api) fn path(mut self, name: &'static str, what: &'static str) -> Self {
        self.parameters.push(parameter(name, what, text().min_length(Some(1)), ParameterIn::Path));
        self.or(404)
    }

    /// The list of subscribers, which is searched and ordered otherwise than others.
    pub(in crate::api) fn subscribers(summary: &'static str) -> Self {
        let schema = |schemas: &mut Schemas| {
            envelope::<SubscribersMeta, SubscriberRow<'static>>(schemas, "subscribers")
        };
        let states = Chip::ALL.iter().map(|chip| chip.word());
        let sorts = Key::ALL.iter().flat_map(|key| [key.word().to_owned(), format!("-{}", key.word())]);
        Self::new("Lists", summary, Answer::Json(Box::new(schema)))
            .router()
            .or(304)
            .query(
                "q",
                "A search, as typed into the search box: words, and filters such as `down:>5M`.",
                text().max_length(Some(500)),
            )
            .query("state", "Only those in this state.", one_of(states.chain(["all"])))
            .query("sort", "The order; `-` is the greatest first.", one_of(sorts))
            .query("offset", "How many rows to pass over.", number(0, 1_000_000_000))
            .query("limit", "The most rows to give.", number(0, 1_000))
            .query("cursor", "`meta.cursor` of the window before, with the same `sort`.", text())
            .query("cols", "Only these columns, by comma.", some_of(&list::columns::<SubscriberRow<'_>>()))
            .query(
                "keys",
                "Only these rows, by their `key`, by comma; they need not match. Counts stay those of the search.",
                some_of(&["[A-Za-z0-9_-]{1,64}:[0-9]{1,19}"]),
            )
    }

    /// The body may be left out.
    pub(in crate::api) fn body_may_lack(mut self) -> Self {
        self.is_body_optional = true;
        self
    }

    /// A body of JSON.
    pub(in crate::api) fn body<T: ToSchema>(self) -> Self {
        self.body_of(|schemas| body(name::<T>(schemas)))
    }

    /// A body that is also what something is made of, with the version that a change was made from.
    pub(in crate::api) fn change<T: ToSchema>(self) -> Self {
        self.body_of(|schemas| body(change::<T>(schemas))).or(409)
    }

    fn body_of(mut self, body: fn(&mut Schemas) -> RequestBody) -> Self {
        self.body = Some(body);
        self.or(413).or(415).or(422)
    }
}

/// A required body of JSON with the schema of this name.
fn body(schema: String) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build()
}

/// Notes the schema of a body whose `version` must be there; gives its name.
fn change<T: ToSchema>(schemas: &mut Schemas) -> String {
    T::schemas(schemas);
    let name = format!("{}Change", T::name());
    let mut schema = T::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        let version = number(0, u32::MAX).description(Some("The version that the change is made from."));
        object.properties.insert("version".to_owned(), version.into());
        object.required.push("version".to_owned());
    }
    schemas.push((name.clone(), schema));
    name
}

fn parameter(name: &str, what: &str, schema: ObjectBuilder, place: ParameterIn) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(what))
        .schema(Some(schema))
        .build()
}

/// The header of whoever knows a state already.
pub(super) fn if_none_match() -> Parameter {
    let what = "The `ETag` of an answer that is known: while nothing changed, the answer is 304.";
    parameter("If-None-Match", what, text(), ParameterIn::Header)
}

/// Some text.
pub(in crate::api) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// One of these words, or nothing.
pub(in crate::api) fn one_of(words: impl IntoIterator<Item = impl Into<String>>) -> ObjectBuilder {
    let words = words.into_iter().map(Into::into);
    text().enum_values(Some(words.chain([String::new()])))
}

/// Some of these words, with commas between them.
pub(in crate::api) fn some_of(words: &[impl AsRef<str>]) -> ObjectBuilder {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let word = words.join("|");
    text().pattern(Some(format!("^({word})?(,({word})?)*$")))
}

/// A whole number within these bounds.
pub(in crate::api) fn number(least: u32, most: u32) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
}
