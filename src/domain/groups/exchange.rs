//! Groups as files: ours, and those of the earlier program.

use super::{Category, Member, Outline, Rule};
use crate::domain::router::RouterName;
use crate::domain::units::Text;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What our own files call themselves.
const FORMAT: &str = "tikwatch-groups";
const FORMAT_VERSION: u32 = 1;
/// So many routers of a file are named where it is not clear which one is meant.
const MOST_TOLD: usize = 50;

/// A file of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Always `tikwatch-groups`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The groups, in their order.
    pub groups: Vec<WrittenGroup>,
    /// The categories, in theirs.
    #[serde(default)]
    pub categories: Vec<WrittenCategory>,
}

/// A group in a file of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WrittenGroup {
    /// What categories of the same file call it.
    pub id: String,
    /// The group.
    #[serde(flatten)]
    pub outline: Outline,
}

/// A category in a file of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenCategory {
    /// The router whose groups it shows.
    #[serde(default)]
    pub router: Option<RouterName>,
    /// What it is called.
    pub name: String,
    /// Its parts.
    #[serde(default)]
    pub subcategories: Vec<WrittenPart>,
}

/// A part of a category in a file of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenPart {
    /// What it is called.
    pub name: String,
    /// The ids of its groups in the same file, or of groups that are there.
    #[serde(default)]
    pub groups: Vec<String>,
}

impl Document {
    /// A file of these groups and categories.
    pub fn new<'a>(
        groups: impl IntoIterator<Item = &'a super::Group>,
        categories: impl IntoIterator<Item = &'a Category>,
    ) -> Self {
        let group =
            |group: &super::Group| WrittenGroup { id: group.id.to_string(), outline: group.outline.clone() };
        let part = |part: &super::SubCategory| WrittenPart {
            name: part.name.clone(),
            groups: part.groups.iter().map(ToString::to_string).collect(),
        };
        let category = |category: &Category| WrittenCategory {
            router: category.router.clone(),
            name: category.name.clone(),
            subcategories: category.subcategories.iter().map(part).collect(),
        };
        Self {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            groups: groups.into_iter().map(group).collect(),
            categories: categories.into_iter().map(category).collect(),
        }
    }
}

/// What a file holds, whoever wrote it.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// Groups, each with what categories call it.
    pub groups: Vec<(String, Outline)>,
    /// Categories.
    pub categories: Vec<WrittenCategory>,
    /// Whether it was written by tikwatch, so that its routers were routers here or elsewhere.
    pub is_ours: bool,
}

/// For whom a file is read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The router whose groups these are; a file of ours says it itself.
    pub router: Option<RouterName>,
    /// The earlier program's id of that router, where its file is about several.
    pub of: Option<String>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadingError {
    /// Neither ours nor the earlier program's.
    #[error("this is no file of groups: neither one of ours nor a groups.json or categories.json")]
    Unknown,
    /// One of a later version.
    #[error("this file is of version {0} of the format, which only a later tikwatch can read")]
    Newer(u32),
    /// Something in it is not what it should be.
    #[error("{0}")]
    Shape(String),
    /// It does not say which of our routers its groups are of.
    #[error("say which of your routers these groups are of: router=…")]
    WhichRouter,
    /// It is about several routers.
    #[error("this file is about several routers ({0}): say with of=… which one is meant")]
    WhichOf(String),
    /// It is about other routers than the one that was said.
    #[error("this file says nothing of the router that of=… names; it is about {0}")]
    NoneOf(String),
}

impl ReadingError {
    /// The word for it, in translations.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "no_file",
            Self::Newer(_) => "newer_file",
            Self::Shape(_) => "shape",
            Self::WhichRouter => "which_router",
            Self::WhichOf(_) => "which_of",
            Self::NoneOf(_) => "none_of",
        }
    }

    /// What fills its words.
    pub fn value(&self) -> String {
        match self {
            Self::Newer(version) => version.to_string(),
            Self::WhichOf(list) | Self::NoneOf(list) => list.clone(),
            Self::Unknown | Self::Shape(_) | Self::WhichRouter => String::new(),
        }
    }
}

/// A group of the earlier program.
#[derive(Deserialize)]
struct SeedGroup {
    id: Option<String>,
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    accounts: Vec<String>,
    max_members: Option<u32>,
    router_id: Option<String>,
}

#[derive(Deserialize)]
struct SeedCategory {
    category: String,
    #[serde(default)]
    subcategories: Vec<SeedPart>,
}

#[derive(Deserialize)]
struct SeedPart {
    subcategory: String,
    #[serde(default)]
    groups: Vec<String>,
}

/// Groups, categories, or both, as the earlier program keeps them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedBoth {
    groups: Vec<SeedGroup>,
    #[serde(default)]
    categories: BTreeMap<String, Vec<SeedCategory>>,
}

impl Import {
    /// The routers that its groups, their members and its categories are of.
    pub fn routers(&self) -> impl Iterator<Item = &RouterName> {
        let outlines = self.groups.iter().map(|(_, outline)| outline);
        let members = outlines.clone().flat_map(|outline| &outline.members);
        let named = outlines.map(|outline| &outline.router).chain(members.map(|member| &member.router));
        named.chain(self.categories.iter().map(|category| &category.router)).flatten()
    }

    /// Reads a file; whose it is, is seen from its shape.
    pub fn read(json: &[u8], reading: &Reading) -> Result<Self, ReadingError> {
        fn parse<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, ReadingError> {
            serde_json::from_slice(json).map_err(|error| ReadingError::Shape(error.to_string()))
        }
        // What some editors put in front of a text.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let value: serde_json::Value = parse(json)?;
        let has = |name: &str| value.get(name).is_some();
        if has("format") {
            if value.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
                return Err(ReadingError::Unknown);
            }
            let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
            if u64::from(FORMAT_VERSION) < version {
                return Err(ReadingError::Newer(u32::try_from(version).unwrap_or(u32::MAX)));
            }
            let document: Document = parse(json)?;
            known_keys(&value)?;
            let groups = document.groups.into_iter().map(|group| (group.id, group.outline)).collect();
            return Ok(Self { groups, categories: document.categories, is_ours: true });
        }
        if value.is_array() {
            let groups: Vec<SeedGroup> = parse(json)?;
            one_router(ids(&groups), reading)?;
            return Ok(Self { groups: seed_groups(groups, reading)?, ..Self::default() });
        }
        if value.get("groups").is_some_and(serde_json::Value::is_array) {
            let SeedBoth { groups, categories } = parse(json)?;
            one_router(ids(&groups).chain(categories.keys()), reading)?;
            let categories = seed_categories(categories, reading)?;
            return Ok(Self { groups: seed_groups(groups, reading)?, categories, is_ours: false });
        }
        let is_lists =
            |object: &serde_json::Map<_, serde_json::Value>| object.values().all(serde_json::Value::is_array);
        if value.as_object().is_some_and(is_lists) {
            let categories: BTreeMap<String, Vec<SeedCategory>> = parse(json)?;
            one_router(categories.keys(), reading)?;
            let categories = seed_categories(categories, reading)?;
            return Ok(Self { categories, ..Self::default() });
        }
        Err(ReadingError::Unknown)
    }
}

/// The keys of a group. What is flattened takes any others, so that a typing error would be lost.
const KEYS: [&str; 9] =
    ["id", "router", "name", "description", "colour", "icon", "maximum", "members", "rules"];

fn known_keys(document: &serde_json::Value) -> Result<(), ReadingError> {
    let groups = document.get("groups").and_then(serde_json::Value::as_array);
    for (at, group) in groups.into_iter().flatten().enumerate() {
        let mut keys = group.as_object().into_iter().flat_map(serde_json::Map::keys);
        if let Some(key) = keys.find(|key| !KEYS.contains(&key.as_str())) {
            return Err(ReadingError::Shape(format!("groups[{at}]: unknown field `{key}`")));
        }
    }
    Ok(())
}

/// The earlier program's routers that groups are of.
fn ids(groups: &[SeedGroup]) -> impl Iterator<Item = &String> {
    groups.iter().filter_map(|group| group.router_id.as_ref())
}

/// Whether it is clear which router of the file is meant: the groups of several are not to become those of one.
fn one_router<'a>(ids: impl Iterator<Item = &'a String>, reading: &Reading) -> Result<(), ReadingError> {
    let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
    let list = || ids.iter().take(MOST_TOLD).copied().collect::<Vec<_>>().join(", ");
    match &reading.of {
        Some(of) if !ids.is_empty() && !ids.contains(of.as_str()) => Err(ReadingError::NoneOf(list())),
        None if reading.router.is_some() && 1 < ids.len() => Err(ReadingError::WhichOf(list())),
        _ => Ok(()),
    }
}

/// The router of ours that the earlier program's id means: the one that was said, else the one that is called so.
fn router(id: Option<&str>, reading: &Reading) -> Result<RouterName, ReadingError> {
    if let Some(router) = &reading.router {
        return Ok(router.clone());
    }
    id.and_then(|id| id.parse().ok()).ok_or(ReadingError::WhichRouter)
}

fn seed_groups(groups: Vec<SeedGroup>, reading: &Reading) -> Result<Vec<(String, Outline)>, ReadingError> {
    let mut read = Vec::with_capacity(groups.len());
    for group in groups {
        if let (Some(of), Some(id)) = (&reading.of, &group.router_id)
            && of != id
        {
            continue;
        }
        let member = |name: String| Member { router: None, name: Text::from(name) };
        let description = group.description.unwrap_or_default();
        let outline = Outline {
            router: Some(router(group.router_id.as_deref(), reading)?),
            name: group.name,
            // Of several lines there, and one paragraph here: no reason to refuse the whole file.
            description: description.split_whitespace().collect::<Vec<_>>().join(" "),
            // The earlier program has no limit where it has none, or nought.
            maximum: group.max_members.filter(|most| *most != 0),
            members: group.accounts.into_iter().map(member).collect(),
            rules: Vec::<Rule>::new(),
            ..Outline::default()
        };
        read.push((group.id.unwrap_or_default(), outline));
    }
    Ok(read)
}

fn seed_categories(
    mut routers: BTreeMap<String, Vec<SeedCategory>>,
    reading: &Reading,
) -> Result<Vec<WrittenCategory>, ReadingError> {
    if let Some(of) = &reading.of {
        routers.retain(|id, _| id == of);
    }
    let mut read = Vec::new();
    for (id, categories) in routers {
        let router = router(Some(&id), reading)?;
        let part = |part: SeedPart| WrittenPart { name: part.subcategory, groups: part.groups };
        read.extend(categories.into_iter().map(|category| WrittenCategory {
            router: Some(router.clone()),
            name: category.category,
            subcategories: category.subcategories.into_iter().map(part).collect(),
        }));
    }
    Ok(read)
}
