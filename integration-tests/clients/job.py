"""What the Python clients share: jobs in, answers out.

A job is one JSON object on standard input: host, port, user, password, md5 (whether to sign in as before
RouterOS 6.43), ca (a file with the certificate to trust; none means no TLS) and steps. A step is
{"ask": WORDS} or {"listen": WORDS, "rows": N}, which ends with /cancel. Each step gives one line of JSON with
rows and ret, or trap, or error; a listen gives a line {"heard": ROW} for each row before that.

In all of them a character stands for one byte (Latin-1), so that bytes which are no text survive JSON.
"""

import json
import sys

# In seconds; the tests give up later.
PATIENCE = 30


def text(data):
    return data.decode("latin-1")


def data(text):
    return text.encode("latin-1")


def say(line):
    print(json.dumps(line), flush=True)


def run(connect, ask, listen, errors):
    """Runs the job; `errors` are those that say what is wrong with the router or the way to it."""
    task = json.load(sys.stdin)
    try:
        api = connect(task)
    except errors as error:
        say({"error": str(error)})
        return
    for step in task["steps"]:
        if "ask" in step:
            say(ask(api, step["ask"]))
        else:
            say(listen(api, step["listen"], step["rows"]))
