"""Does with librouteros what a job on standard input asks for; see job.py."""

import ssl

import job
import librouteros
from librouteros.exceptions import TrapError
from librouteros.login import plain, token

# librouteros' default is ASCII; its documentation advises UTF-8 for names like ours.
ENCODING = "utf-8"


def connect(task):
    wrap = None
    if task.get("ca"):
        # The certificate names the simulated router, not the address.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(task["ca"])
        wrap = context.wrap_socket
    return librouteros.connect(
        task["host"],
        task["user"],
        task["password"],
        port=task["port"],
        encoding=ENCODING,
        timeout=job.PATIENCE,
        ssl_wrapper=wrap,
        login_method=token if task["md5"] else plain,
    )


def shown(value):
    """A value as the bytes it came from: librouteros makes numbers and booleans of some."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return job.text(str(value).encode(ENCODING))


def row(attributes):
    return {job.text(name.encode(ENCODING)): shown(value) for name, value in attributes.items()}


def ask(api, words):
    words = [job.data(word).decode(ENCODING) for word in words]
    try:
        rows = [row(attributes) for attributes in api.rawCmd(*words)]
    except TrapError as trap:
        return {"trap": trap.message}
    # The attributes of `!done` come as one more row.
    ret = rows.pop()["ret"] if rows and list(rows[-1]) == ["ret"] else None
    return {"rows": rows, "ret": ret}


def listen(api, words, count):
    """Sentence by sentence: librouteros gives a reply when it is whole, and that of `listen` never is."""
    api.protocol.writeSentence(*words)
    for _ in range(count):
        reply, attributes = api.readSentence()
        job.say({"reply": reply, "heard": row(attributes)})
    api.protocol.writeSentence("/cancel")
    # librouteros sends no tags, so that `/cancel` ends everything; both commands end with a `!done`.
    trap, done = None, 0
    while done < 2:
        reply, attributes = api.readSentence()
        done += reply == "!done"
        if reply == "!trap":
            trap = attributes["message"]
    return {"trap": trap}


job.run(connect, ask, listen, (librouteros.exceptions.LibRouterosError, OSError))
