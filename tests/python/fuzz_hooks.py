"""Schemathesis hooks (SCHEMATHESIS_HOOKS): half of the requests ask for what is there.

Generated ids name nothing, and a generated interval is none: without these every answer would be a 404 or a 400. Ids are
taken from the answers themselves, but for those in FUZZ_KEEP, which the run itself lives on.
"""
import os
import random
import re

import schemathesis

KEPT = set(filter(None, os.environ.get("FUZZ_KEEP", "").split(",")))
INTERVALS = ["2020-02-01/2020-02-28", "2026/2026", "P7D/2026-11-20", "2026-11-01T00:00:00Z/2026-11-02T10:10:10.5+02:00"]
MOST_IDS = 500

chance = random.Random(int(os.environ.get("FUZZ_SEED", "0")))
ids = []


@schemathesis.hook
def before_call(context, case, kwargs):
    if chance.random() < 0.5:
        return
    for name in case.path_parameters or {}:
        if ids and re.search(r"(^i|I)d$", name):
            case.path_parameters[name] = chance.choice(ids)
    if isinstance(case.body, dict) and "interval" in case.body:
        case.body["interval"] = chance.choice(INTERVALS)


@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300 and "json" in str(response.headers.get("content-type", "")):
        learn(response.json())


def learn(node, name=""):
    if isinstance(node, dict):
        for field, value in node.items():
            learn(value, field)
    elif isinstance(node, list):
        for value in node:
            learn(value, name)
    elif isinstance(node, str) and re.search(r"(^i|I)d$", name) and node and node not in KEPT and node not in ids:
        if len(ids) == MOST_IDS:
            ids.pop(chance.randrange(MOST_IDS))
        ids.append(node)
