"""Cloud KMS as its REST reference describes it (v1: cryptoKeys.get, encrypt, decrypt; google.rpc.Status), for two keys.

Checksums are google-crc32c's, not ours.
"""

import base64
import json
import os
import re

import google_crc32c
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from google_accounts import Unauthorised, authorise, decode, make_accounts
from peer_http import Problem, serve_orders, start

RING = "projects/asterism/locations/europe-west3/keyRings/asterism"
HTTP = {"INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404}
STATES = {"ENABLED": 1, "DISABLED": 2}
SYMMETRIC = ("GOOGLE_SYMMETRIC_ENCRYPTION", 1)
# Version and key are told by the ciphertext, as Google's are.
NAME_BYTES = 4

keys = {f"{RING}/cryptoKeys/{name}": [os.urandom(32)] for name in ("kek", "other")}
ids = {name: os.urandom(NAME_BYTES) for name in keys}
state = {"enabled": True, "corrupt": None}


def problem(status, message):
    code = HTTP[status]
    return Problem(code, {"error": {"code": code, "message": message, "status": status}})


def read(body, field):
    data = decode(body.get(field, "").replace("+", "-").replace("/", "_"))
    sum = body.get(f"{field}Crc32c")
    if sum is not None and int(sum) != google_crc32c.value(data):
        raise problem("INVALID_ARGUMENT", f"The checksum in field {field}_crc32c did not match the data in field {field}.")
    return data, sum is not None and state["corrupt"] != "request"


def write(field, data):
    sum = google_crc32c.value(data) ^ (1 if state["corrupt"] == "response" else 0)
    return {field: base64.b64encode(data).decode(), f"{field}Crc32c": str(sum)}


def encrypt(name, body):
    (plaintext, plain), (aad, additional) = read(body, "plaintext"), read(body, "additionalAuthenticatedData")
    version = len(keys[name])
    iv = os.urandom(12)
    head = ids[name] + version.to_bytes(2, "big")
    sealed = head + iv + AESGCM(keys[name][version - 1]).encrypt(iv, plaintext, head + aad)
    return {
        "name": f"{name}/cryptoKeyVersions/{version}",
        **write("ciphertext", sealed),
        "verifiedPlaintextCrc32c": plain,
        "verifiedAdditionalAuthenticatedDataCrc32c": additional,
    }


def decrypt(name, body):
    sealed, (aad, _) = read(body, "ciphertext")[0], read(body, "additionalAuthenticatedData")
    head, iv = sealed[: NAME_BYTES + 2], sealed[NAME_BYTES + 2 : NAME_BYTES + 14]
    version = int.from_bytes(head[NAME_BYTES:], "big")
    try:
        if head[:NAME_BYTES] != ids[name] or not 1 <= version <= len(keys[name]):
            raise ValueError
        plaintext = AESGCM(keys[name][version - 1]).decrypt(iv, sealed[NAME_BYTES + 14 :], head + aad)
    except (ValueError, InvalidTag):
        raise problem("INVALID_ARGUMENT", "Decryption failed: the ciphertext is invalid.") from None
    return write("plaintext", plaintext)


def describe(name, number):
    version = f"{name}/cryptoKeyVersions/{len(keys[name])}"
    at, (algorithm, algorithm_number) = "ENABLED" if state["enabled"] else "DISABLED", SYMMETRIC
    primary = {"name": version, "state": STATES[at] if number else at}
    return {"name": name, "purpose": 1 if number else "ENCRYPT_DECRYPT", "primary": {**primary, "algorithm": algorithm_number if number else algorithm}}


def answer(method, path, headers, body):
    try:
        authorise(headers.get("Authorization"))
    except Unauthorised as refused:
        raise problem(refused.status, "who are you") from None
    path, _, query = path.partition("?")
    name, operation = re.fullmatch(r"/v1/([^:]+)(?::(encrypt|decrypt))?", path).groups()
    if name not in keys:
        raise problem("NOT_FOUND", f"{name} not found.")
    if operation is None:
        return describe(name, "enum-encoding=int" in query.replace("%3D", "=").replace("%3B", ";"))
    if not state["enabled"]:
        raise problem("FAILED_PRECONDITION", f"{name} is not enabled, current state is: DISABLED.")
    return (encrypt if operation == "encrypt" else decrypt)(name, json.loads(body))


def rotate():
    keys[f"{RING}/cryptoKeys/kek"].append(os.urandom(32))


print(json.dumps({"port": start(answer), "ring": RING, **make_accounts()}), flush=True)
serve_orders({"rotate": rotate, "state": lambda **to: state.update(to)})
