"""Keeps schemathesis from ending itself: whoever asks may revoke their own token, session or account."""

import os

import schemathesis

# Ids and names, by comma, of the one who asks.
OWN = set(filter(None, os.environ.get("TIKWATCH_OWN", "").split(",")))


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() != "DELETE":
        return
    for name, value in case.path_parameters.items():
        if str(value).lower() in OWN:
            # As good an id as any, of nobody.
            case.path_parameters[name] = "0" * 16
