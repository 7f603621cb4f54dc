//! Changes of the settings, worked out on the document as it was written: what is not changed stays as it is.

use super::document::Node;
use crate::domain::configuration::{Change, Draft, Fault, Refusal, Unusable};
use crate::domain::credential::Credential;
use crate::domain::wrong::{Kind, Wrong};
use serde_json::{Map, Value};

/// The flat keys of an earlier program, and what they are called in `routers`.
const FLAT: [(&str, &str); 4] = [
    ("router_ip", "host"),
    ("router_user", "username"),
    ("router_password", "password"),
    ("router_port", "port"),
];

/// Names that stand for something else in the paths of pages and of the API.
const RESERVED: [&str; 2] = ["new", "test"];

/// The document after a change. Keys in `fixed` are decided by the environment, and are left alone.
pub(super) fn apply(mut top: Node, change: &Change, fixed: &[String]) -> Result<Node, Refusal> {
    let kind = top.kind();
    let Node::Object(entries) = &mut top else {
        return Err(unusable("", "the settings are no JSON object", Wrong::NotObject(kind)));
    };
    if let Change::SetGeneral(values) = change {
        set(entries, values, fixed);
        return Ok(top);
    }
    lift_flat_keys(entries);
    let routers = routers(entries)?;
    let find = |routers: &[Node], name: &str| {
        let at = routers.iter().position(|router| text(router, "name") == Some(name));
        at.ok_or(Refusal::NoSuchRouter)
    };
    match change {
        Change::AddRouter(draft) => {
            let name = draft.values.get("name").and_then(Value::as_str).unwrap_or_default();
            if RESERVED.contains(&name) {
                let wrong = Wrong::Reserved(name.to_owned());
                return Err(Refusal::Faults(vec![Fault::new("name", wrong)]));
            }
            routers.push(router(draft));
        }
        Change::SetRouter { name, draft } => {
            let at = find(routers, name.as_str())?;
            if let Some(Node::Object(entries)) = routers.get_mut(at) {
                let mut values = draft.values.clone();
                values.shift_remove("name");
                set(entries, &values, fixed);
                // A password that somebody wrote there by hand goes with the user that it is of.
                if !entries.iter().any(|(key, _)| key == "write_username") {
                    entries.retain(|(key, _)| key != Credential::Write.key());
                }
            }
        }
        Change::RemoveRouter(name) => {
            let at = find(routers, name.as_str())?;
            routers.remove(at);
        }
        Change::MoveRouter { name, up } => {
            let at = find(routers, name.as_str())?;
            let to = if *up { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < routers.len()) };
            if let Some(to) = to {
                routers.swap(at, to);
            }
        }
        // Several are applied one by one, each with what is fixed of its own router.
        Change::SetGeneral(_) | Change::Several(_) => {}
    }
    Ok(top)
}

fn router(draft: &Draft) -> Node {
    let mut entries = Vec::new();
    set(&mut entries, &draft.values, &[]);
    Node::Object(entries)
}

/// The list of routers, which is made if there is none.
fn routers(entries: &mut Vec<(String, Node)>) -> Result<&mut Vec<Node>, Refusal> {
    if !entries.iter().any(|(key, _)| key == "routers") {
        entries.push(("routers".to_owned(), Node::List(Vec::new())));
    }
    match entries.iter_mut().find(|(key, _)| key == "routers") {
        Some((_, Node::List(routers))) => Ok(routers),
        other => {
            let kind = other.map_or(Kind::Null, |(_, node)| node.kind());
            Err(unusable("routers", "routers is no list", Wrong::NotList(kind)))
        }
    }
}

/// Nothing can be changed in such a file.
fn unusable(field: &str, text: &str, wrong: Wrong) -> Refusal {
    Refusal::Unreadable(Unusable::new(text, vec![Fault::new(field, wrong)]))
}

/// Gives a router of the flat keys a place in the list, where it can be changed like any other: it comes to the same.
fn lift_flat_keys(entries: &mut Vec<(String, Node)>) {
    let mut lifted: Vec<(String, Node)> = Vec::new();
    for (flat, key) in FLAT {
        if let Some(at) = entries.iter().position(|(known, _)| known == flat) {
            lifted.push((key.to_owned(), entries.remove(at).1));
        }
    }
    if lifted.is_empty() {
        return;
    }
    let host = lifted.iter().find(|(key, _)| key == "host").and_then(|(_, host)| host.as_text());
    let Ok(routers) = routers(entries) else { return };
    let same = routers.iter_mut().find(|router| host.is_some() && text(router, "host") == host);
    if let Some(Node::Object(router)) = same {
        for (key, value) in lifted {
            if !router.iter().any(|(known, _)| *known == key) {
                router.push((key, value));
            }
        }
    } else {
        lifted.insert(0, ("name".to_owned(), Node::Text("router1".to_owned())));
        routers.push(Node::Object(lifted));
    }
}

/// Sets keys where they stand, or behind all others; takes those out whose value is null.
fn set(entries: &mut Vec<(String, Node)>, values: &Map<String, Value>, fixed: &[String]) {
    for (key, value) in values.iter().filter(|(key, _)| !fixed.contains(key)) {
        let at = entries.iter().position(|(known, _)| known == key);
        match (at, value) {
            (Some(at), Value::Null) => {
                entries.remove(at);
            }
            (None, Value::Null) => {}
            (Some(at), value) => {
                if let Some((_, node)) = entries.get_mut(at) {
                    *node = Node::from(value);
                }
            }
            (None, value) => entries.push((key.clone(), Node::from(value))),
        }
    }
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    let Node::Object(entries) = node else { return None };
    entries.iter().find(|(known, _)| known == key).and_then(|(_, value)| value.as_text())
}

impl Node {
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => {
                Self::Object(map.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
            }
        }
    }
}

impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Truth(truth) => Self::Bool(*truth),
            Node::Number(number) => Self::Number(number.clone()),
            Node::Text(text) => Self::String(text.clone()),
            Node::List(list) => Self::Array(list.iter().map(Self::from).collect()),
            Node::Object(entries) => {
                Self::Object(entries.iter().map(|(key, node)| (key.clone(), Self::from(node))).collect())
            }
        }
    }
}
