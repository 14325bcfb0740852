"""Cloud KMS as its REST reference describes it (v1: cryptoKeys.get, encrypt, decrypt; google.rpc.Status), for two keys.

Service accounts sign in with JWTs of their own (AIP-4111). Checksums are google-crc32c's, not ours.
"""

import base64
import json
import os
import re
import time

import google_crc32c
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peer_http import Problem, serve_orders, start

RING = "projects/asterism/locations/europe-west3/keyRings/asterism"
HTTP = {"INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404}
STATES = {"ENABLED": 1, "DISABLED": 2}
SYMMETRIC = ("GOOGLE_SYMMETRIC_ENCRYPTION", 1)
# Version and key are told by the ciphertext, as Google's are.
NAME_BYTES = 4

keys = {f"{RING}/cryptoKeys/{name}": [os.urandom(32)] for name in ("kek", "other")}
ids = {name: os.urandom(NAME_BYTES) for name in keys}
accounts, state = {}, {"enabled": True, "corrupt": None}


def problem(status, message):
    code = HTTP[status]
    return Problem(code, {"error": {"code": code, "message": message, "status": status}})


def account(name):
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    email = f"{name}@asterism.iam.gserviceaccount.com"
    accounts[email] = private.public_key()
    return {
        "type": "service_account",
        "project_id": "asterism",
        "private_key_id": os.urandom(20).hex(),
        "private_key": pem,
        "client_email": email,
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def authorise(header):
    try:
        head, payload, signature = header.removeprefix("Bearer ").split(".")
        claims = json.loads(decode(payload))
        public = accounts[claims["iss"]]
        public.verify(decode(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
        if not claims["iat"] - 60 <= time.time() < claims["exp"]:
            raise ValueError
    except (ValueError, KeyError, InvalidSignature, AttributeError):
        raise problem("UNAUTHENTICATED", "Request had invalid authentication credentials.") from None
    if not claims["iss"].startswith("asterism@"):
        raise problem("PERMISSION_DENIED", "Permission denied on resource (or it may not exist).")


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
    authorise(headers.get("Authorization"))
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


print(
    json.dumps(
        {
            "port": start(answer),
            "ring": RING,
            "own": account("asterism"),
            "denied": account("somebody"),
            "stranger": {**account("stranger"), "client_email": "stranger@example.iam.gserviceaccount.com"},
        }
    ),
    flush=True,
)
serve_orders({"rotate": rotate, "state": lambda **to: state.update(to)})
