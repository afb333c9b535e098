"""Prints the operations that a credential opens, by what the document says of each.

    python opens.py DOCUMENT CREDENTIAL      (see ../../.ci/hostile)
"""

import sys

import yaml

document, credential = sys.argv[1:]
SCHEMES = {"session": "Session", "waiting": "QueueToken", "admitted": "QueueToken"}


def opens(operation: dict) -> bool:
    security = operation.get("security")
    if not security:
        return credential == "none"
    if credential in SCHEMES:
        return any(SCHEMES[credential] in need for need in security)
    return any("StaffKey" in need for need in security) and operation.get("x-scope", credential) == credential


with open(document) as file:
    paths = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["paths"]
for methods in paths.values():
    for operation in methods.values():
        if opens(operation):
            print(operation["operationId"])
