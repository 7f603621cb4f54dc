//! Where routers come from: the list, the flat keys of the first versions, the variables.

use super::document::Node;
use super::environment::Environment;
use super::fields::{Field, Fields};
use super::problems::Problems;
use super::router::{Origin, PASSWORD_VARIABLE, RawRouter};
use crate::domain::wrong::Wrong;

/// The elements of `routers`.
pub(super) fn listed(top: &mut Fields, problems: &mut Problems) -> Vec<RawRouter> {
    let Some(field) = top.take("routers") else { return Vec::new() };
    let Node::List(list) = field.value else {
        problems.add(field.path, Wrong::NotList(field.value.kind()));
        return Vec::new();
    };
    let mut routers = Vec::new();
    for (index, node) in list.into_iter().enumerate() {
        // What is no object is one problem, not one for each key that it lacks.
        let is_object = matches!(node, Node::Object(_));
        let fields = Fields::of(node, &format!("{}[{index}]", field.path), problems);
        if is_object {
            routers.push(RawRouter { origin: Origin::List(index), fields, set_aside: Vec::new() });
        }
    }
    routers
}

/// Adds the router of `router_ip` and its like; a listed router of the same host takes from them what it lacks.
pub(super) fn merge_flat_keys(routers: &mut Vec<RawRouter>, top: &mut Fields) {
    let names = [
        ("router_ip", "host"),
        ("router_user", "username"),
        ("router_password", "password"),
        ("router_port", "port"),
    ];
    let mut list = Vec::new();
    for (name, key) in names {
        list.extend(top.take(name).map(|field| Field { key: key.to_owned(), ..field }));
    }
    let fields = Fields::from_list(list);
    if fields.is_empty() {
        return;
    }
    let flat = RawRouter::unnamed(Origin::Flat, fields);
    let same =
        routers.iter_mut().find(|one| flat.text("host").is_some() && one.text("host") == flat.text("host"));
    match same {
        Some(router) => {
            for field in flat.fields.into_list() {
                if field.key == "password" && router.fields.peek("password").is_some() {
                    router.set_aside.push(field);
                } else {
                    router.fields.fill_in(field);
                }
            }
        }
        None => routers.push(flat),
    }
}

/// Lets the variables change a router or make one; see [`super::Settings::load`] for which.
pub(super) fn merge_variables(
    routers: &mut Vec<RawRouter>,
    environment: &Environment,
    notes: &mut Vec<String>,
    problems: &mut Problems,
) {
    let names = [
        ("MIKROTIK_HOST", "host"),
        ("MIKROTIK_USER", "username"),
        (PASSWORD_VARIABLE, "password"),
        ("MIKROTIK_PORT", "port"),
    ];
    let mut list = Vec::new();
    for (name, key) in names {
        let Some(text) = environment.get(name) else { continue };
        let value = if key == "port" { leading_number(text) } else { Node::Text(text.to_owned()) };
        list.push(Field { key: key.to_owned(), path: name.to_owned(), value });
    }
    if list.is_empty() {
        return;
    }
    let fields = Fields::from_list(list);
    let variables = RawRouter { origin: Origin::Variables, fields, set_aside: Vec::new() };
    match target(routers, &variables) {
        Target::Existing(at) => {
            if let Some(router) = routers.get_mut(at) {
                for field in variables.fields.into_list() {
                    if field.key == "password" {
                        router.set_aside.extend(router.fields.take("password"));
                    }
                    router.fields.replace(field);
                }
            }
        }
        Target::New => routers.push(RawRouter::unnamed(Origin::Variables, variables.fields)),
        // `check` reads the password from there as well, so it may be set without any thought of a router.
        Target::None if routers.is_empty() => {
            notes.push(format!("{} has no effect without MIKROTIK_HOST", variables.fields.first_path()));
        }
        Target::None => {
            let path = variables.fields.first_path();
            problems.add(path, Wrong::WhichRouter);
        }
    }
}

enum Target {
    Existing(usize),
    New,
    None,
}

fn target(routers: &[RawRouter], variables: &RawRouter) -> Target {
    let Some(host) = variables.text("host") else {
        return match routers {
            [_] => Target::Existing(0),
            _ => Target::None,
        };
    };
    let same: Vec<_> = routers.iter().enumerate().filter(|(_, one)| one.text("host") == Some(host)).collect();
    if let [only] = routers
        && only.fields.peek("host").is_none()
    {
        return Target::Existing(0);
    }
    let found = match same.as_slice() {
        [only] => Some(only),
        several => several.iter().find(|(_, one)| one.port_or_default() == variables.port_or_default()),
    };
    let flat = || routers.iter().position(|one| matches!(one.origin, Origin::Flat));
    found.map(|(at, _)| *at).or_else(flat).map_or(Target::New, Target::Existing)
}

/// The number that a text begins with: `8728 # the default` is meant as 8728.
fn leading_number(text: &str) -> Node {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text.get(..digits).and_then(|digits| digits.parse::<u64>().ok());
    number.map_or_else(|| Node::Text(text.to_owned()), |number| Node::Number(number.into()))
}

/// Whether `DEBUG` asks for the debug log. Other programs use the variable too, so no value is an error.
pub(super) fn debug(environment: &Environment, notes: &mut Vec<String>) -> bool {
    let value = environment.get("DEBUG").map(|value| value.trim().to_ascii_lowercase());
    let known = ["false", "0", "no", "off"];
    if !environment.is_debug() && value.is_some_and(|value| !known.contains(&value.as_str())) {
        notes.push("DEBUG is neither True nor False and has no effect".to_owned());
    }
    environment.is_debug()
}
