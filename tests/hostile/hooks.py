"""What schemathesis is told of this box office: ids that are there in place of some of those it made up, how long a list may get,
and one check more.

BOXOFFICE_STAGE names the file that stage.py wrote.
"""

import json
import os
import zlib

import schemathesis

with open(os.environ["BOXOFFICE_STAGE"]) as file:
    STAGE = json.load(file)
IDS, SPARE, SEATS = STAGE["ids"], STAGE["spare"], STAGE["seat_ids"]

# Operations that end what they are about.
ENDS = {
    "cancel_concert",
    "cancel_performance",
    "change_hall",
    "delete_hall",
    "merge_users",
    "replan_performance",
    "take_back_concert",
    "take_back_performance",
}


def is_chosen(case, name, value):
    """Every other id is one that is there: by its own bytes, so that the seed says which."""
    return zlib.crc32(f"{case.operation.label} {name} {value!r}".encode()) % 2 == 0


def put_ids(case, members):
    ids = {**IDS, **SPARE} if case.operation.definition.raw.get("operationId") in ENDS else IDS
    for name in list(members):
        value = members[name]
        if name in ids and is_chosen(case, name, value):
            members[name] = ids[name]
        elif name == "seat_ids" and isinstance(value, list) and is_chosen(case, name, value):
            members[name] = SEATS[: max(1, len(value))]
        elif isinstance(value, dict):
            put_ids(case, value)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            put_ids(case, part)


def problems_of(operation, status):
    """The codes of problems that the document names for this status of an operation."""
    raw = operation.schema.raw_schema
    any_operation = "Refusal" if status < 500 else "Failure"
    described = [operation.definition.raw["responses"].get(str(status)), raw["components"]["responses"][any_operation]]
    codes = set()
    for of in described:
        while of and "$ref" in of:
            of = raw["components"]["responses"][of["$ref"].rsplit("/", 1)[1]]
        if of:
            codes.update(of.get("content", {}).get("application/problem+json", {}).get("examples", {}))
    return codes


@schemathesis.check
def its_problems_are_described(ctx, response, case):
    if response.status_code < 400:
        return
    try:
        code = response.json()["code"]
    except (ValueError, KeyError, TypeError):
        raise AssertionError(f"{response.status_code} without a problem: {response.text[:200]}") from None
    # Methods that no operation has are described once, for all.
    if code not in problems_of(case.operation, response.status_code) and code not in ("not_found", "method_not_allowed"):
        raise AssertionError(f"{response.status_code} `{code}` is not described for {case.operation.label}")
