"""Keeps schemathesis from ending itself (whoever asks may revoke their own token, session or account) and from having
routers called that are anybody's; and has it change what is there by now, as a person would: requests that are meant to
be good are about sub-categories, routers, subscribers and jobs that there are, and made from the newest version."""

import itertools
import os

import requests

import schemathesis

# Ids and names, by comma, of the one who asks.
OWN = set(filter(None, os.environ.get("TIKWATCH_OWN", "").split(",")))
# Their headers, a line each.
HEADERS = dict(line.split(": ", 1) for line in os.environ.get("TIKWATCH_HEADERS", "").splitlines())
CHANGES = itertools.count()

ROUTERS = "/api/v1/routers"
JOBS = "/api/v1/jobs"
# Of these the others' answers speak; the spare one is there to be changed.
WATCHED = {"r1", "r2", "r3", "r4", "spare"}


def ask(case, path):
    """What the API answers; nothing if it is refused."""
    answer = requests.get(f"{case.operation.base_url}/api/v1/{path}", headers=HEADERS, timeout=20)
    return answer.json() if answer.status_code == 200 else {}


def choose_what_is_there(case):
    """Has the case change a sub-category that there is, and from the version that its group or category has by now."""
    kind, *rest = case.path.removeprefix("/api/v1/").split("/")
    if kind not in ("groups", "categories"):
        return
    if rest[1:] == ["subcategories", "{part}"]:
        known = ask(case, "categories").get("categories", [])
        parts = [(one["id"], part["id"]) for one in known for part in one["subcategories"]]
        if not parts:
            return
        case.path_parameters["id"], case.path_parameters["part"] = parts[0]
    if isinstance(case.body, dict) and type(case.body.get("version")) is int:
        one = ask(case, f"{kind}/{case.path_parameters['id']}")
        one = one.get("group") or one.get("category") or {}
        case.body["version"] = one.get("version", case.body["version"])


def call_nobody(case, tries):
    """Has nobody called: the one address is refused before anything is, the other is in no network."""
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(body.get("host"), str) and 0 < len(body["host"]) <= 253:
        body["host"] = "127.0.0.1" if tries else "192.0.2.1"
        if not tries and isinstance(body.get("enabled", False), bool):
            body["enabled"] = False


def only_look(case):
    """Has a file of routers looked at only, and its routers lead nowhere, should one be taken all the same."""
    for router in case.body if isinstance(case.body, list) else []:
        if isinstance(router, dict) and isinstance(router.get("host"), str):
            router["host"] = "192.0.2.1"
            router["enabled"] = False
    if case.meta is None or case.meta.generation.mode.is_positive:
        case.query = {**(case.query or {}), "dry_run": "true"}
        # Two that lead to the same place are refused.
        case.body = case.body[:1] if isinstance(case.body, list) else case.body


def configure(case, method):
    """Points a change of settings to what is there to be changed, from the version that it has by now."""
    now = ask(case, "settings")
    if not now:
        return
    body = case.body if isinstance(case.body, dict) else {}
    if type(body.get("version")) is int:
        body["version"] = now["version"]
    if "name" not in (case.path_parameters or {}):
        return
    if method != "DELETE":
        case.path_parameters["name"] = "spare"
        return
    others = [router["name"] for router in now["routers"] if router["name"] not in WATCHED]
    case.path_parameters["name"] = others[0] if others else "nobody"
    if "version" in (case.query or {}):
        case.query["version"] = str(now["version"])


def act(case, method):
    """Has a job be about somebody who is there, and chooses one that is known by now."""
    if "id" in (case.path_parameters or {}):
        known = ask(case, "jobs").get("jobs", [])
        waiting = [job for job in known if job["phase"] not in ("over", "stopped")]
        if known:
            case.path_parameters["id"] = (waiting or known)[0]["id"]
    elif method == "POST" and isinstance(case.body, dict):
        rows = ask(case, "subscribers?router=r1&limit=100").get("subscribers", [])
        names = [row["name"] for row in rows if row["profile"]]
        if names:
            action = {"router": "r1", "action": "set_comment", "name": names[0], "comment": "tried"}
            case.body["actions"] = [action]


@schemathesis.hook
def before_call(context, case, kwargs):
    method, path = case.method.upper(), case.operation.path
    is_good = case.meta is None or case.meta.generation.mode.is_positive
    if path == "/api/v1/settings/import":
        only_look(case)
        return
    if path.startswith(JOBS):
        if is_good:
            act(case, method)
        return
    if method != "GET" and (path.startswith(ROUTERS) or path in ("/api/v1/settings", "/api/health")):
        tries = path in (ROUTERS + "/test", "/api/health")
        call_nobody(case, tries)
        if is_good and not tries:
            configure(case, method)
        elif method == "DELETE" and case.path_parameters.get("name") in WATCHED:
            case.path_parameters["name"] = "nobody"
        return
    if is_good and method in ("PUT", "DELETE") and case.path_parameters and next(CHANGES) % 2 == 0:
        choose_what_is_there(case)
    if method != "DELETE":
        return
    for name, value in case.path_parameters.items():
        if str(value).lower() in OWN:
            # As good an id as any, of nobody.
            case.path_parameters[name] = "0" * 16
