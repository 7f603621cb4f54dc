"""Does with routeros-api what a job on standard input asks for; see job.py."""

import ssl

import job
import routeros_api
from routeros_api.exceptions import RouterOsApiCommunicationError, RouterOsApiError


class Query:
    """Query words in their order: routeros-api keeps several queries in a set, which has none."""

    def __init__(self, words):
        self.words = words

    def get_api_format(self):
        return self.words


def connect(task):
    context = None
    if task.get("ca"):
        # The certificate names the simulated router, not the address.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(task["ca"])
    pool = routeros_api.RouterOsApiPool(
        task["host"],
        task["user"],
        task["password"],
        port=task["port"],
        plaintext_login=not task["md5"],
        ssl_context=context,
    )
    pool.set_timeout(job.PATIENCE)
    return pool.get_api()


def row(attributes):
    return {job.text(name.encode()): job.text(value) for name, value in attributes.items()}


def call(api, words):
    """Words in the shape that routeros-api wants: a menu, a command, arguments and queries."""
    path, command = words[0].rsplit("/", 1)
    arguments, query = {}, []
    for word in words[1:]:
        if word.startswith("?"):
            query.append(job.data(word))
        else:
            _, name, value = word.split("=", 2)
            arguments[name] = job.data(value)
    queries = [Query(query)] if query else []
    return api.get_binary_resource(path or "/").call_async(command, arguments, additional_queries=queries)


def ask(api, words):
    try:
        answer = call(api, words).get()
    except RouterOsApiCommunicationError as error:
        return {"trap": job.text(error.original_message)}
    return {"rows": [row(attributes) for attributes in answer], "ret": row(answer.done_message).get("ret")}


def listen(api, words, count):
    listening = call(api, words)
    # routeros-api keeps the tag to itself, two layers down.
    tag = listening.inner.tag
    rows = iter(listening)
    for _ in range(count):
        job.say({"reply": "!re", "heard": row(next(rows))})
    api.get_binary_resource("/").call("cancel", {"tag": tag})
    try:
        # Rows may have been under way when it was cancelled.
        for _ in rows:
            pass
    except RouterOsApiCommunicationError as error:
        return {"trap": job.text(error.original_message)}
    return {"trap": None}


job.run(connect, ask, listen, (RouterOsApiError, OSError))
