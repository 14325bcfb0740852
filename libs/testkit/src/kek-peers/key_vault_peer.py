"""Azure Key Vault, Managed HSM and Microsoft Entra as their REST references describe them, for two RSA and two AES keys.

Get Key, Wrap Key, Unwrap Key, Encrypt, Decrypt (Key Vault REST API 7.4 and later); the challenge of "Authentication,
requests and responses"; client credentials of OAuth 2.0 at the v2.0 endpoint. All cryptography is python-cryptography's.
"""

import base64
import json
import os
import time
import uuid
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peer_http import Problem, serve_orders, start

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
TENANT = str(uuid.uuid4())
VAULT = "kek.localhost"
clients = {str(uuid.uuid4()): {"secret": os.urandom(24).hex(), "may": may} for may in (True, False)}
tokens, state, keys = {}, {"enabled": True}, {}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def problem(status, code, inner=None, headers=None):
    error = {"code": code, "message": code, **({"innererror": {"code": inner}} if inner else {})}
    return Problem(status, {"error": error, **({"headers": headers} if headers else {})})


def rotate(name="rsa"):
    private = rsa.generate_private_key(65537, 2048) if name.startswith("rsa") else os.urandom(32)
    keys.setdefault(name, {})[uuid.uuid4().hex] = private


for name in ("rsa", "rsa-other", "aes", "aes-other"):
    rotate(name)


def token(body):
    asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    client = clients.get(asked.get("client_id", ""))
    if client is None or asked.get("client_secret") != client["secret"]:
        description = "AADSTS7000215: Invalid client secret provided."
        raise Problem(401, {"error": "invalid_client", "error_description": description, "error_codes": [7000215]})
    found = f"e30.{b64(os.urandom(24))}.{b64(os.urandom(24))}"
    tokens[found] = client
    return {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": found}


def entra(path, body, origin):
    if path.endswith("/openid-configuration"):
        base = f"{origin}/{TENANT}"
        return {
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
        }
    return token(body)


def authorise(header, origin):
    client = tokens.get((header or "").removeprefix("Bearer "))
    if client is None:
        challenge = f'Bearer authorization="{origin}/{TENANT}", resource="https://localhost"'
        raise problem(401, "Unauthorized", headers={"WWW-Authenticate": challenge})
    if not client["may"]:
        raise problem(403, "Forbidden", "ForbiddenByRbac")


def bundle(origin, name, version):
    kid, private, now = f"{origin}/keys/{name}/{version}", keys[name][version], int(time.time())
    if isinstance(private, bytes):
        jwk = {"kty": "oct-HSM", "key_ops": ["encrypt", "decrypt"]}
    else:
        numbers = private.public_key().public_numbers()
        jwk = {"kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"], "n": b64(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    return {"key": {"kid": kid, **jwk}, "attributes": {"enabled": state["enabled"], "created": now, "updated": now}}


def operate(private, operation, asked):
    value = unb64(asked["value"])
    if isinstance(private, bytes):
        if asked["alg"] != "A256GCM":
            raise ValueError
        aad = unb64(asked["aad"]) if "aad" in asked else None
        if operation == "encrypt":
            iv = os.urandom(12)
            sealed = AESGCM(private).encrypt(iv, value, aad)
            return {"value": b64(sealed[:-16]), "iv": b64(iv), "tag": b64(sealed[-16:])}
        return {"value": b64(AESGCM(private).decrypt(unb64(asked["iv"]), value + unb64(asked["tag"]), aad))}
    if asked["alg"] != "RSA-OAEP-256":
        raise ValueError
    if operation == "wrapkey":
        return {"value": b64(private.public_key().encrypt(value, OAEP))}
    return {"value": b64(private.decrypt(value, OAEP))}


def answer(method, path, headers, body):
    host, path = headers["Host"], urlsplit(path).path
    origin = f"https://{host}"
    if path.startswith(f"/{TENANT}/"):
        return entra(path, body, origin)
    authorise(headers.get("Authorization"), origin)
    _, kind, name, *rest = [*path.split("/"), ""]
    if kind != "keys" or name not in keys or not host.startswith(VAULT):
        raise problem(404, "KeyNotFound")
    version = rest[0] or list(keys[name])[-1]
    if version not in keys[name]:
        raise problem(404, "KeyNotFound")
    if method == "GET":
        return bundle(origin, name, version)
    if not state["enabled"]:
        raise problem(403, "Forbidden", "KeyDisabled")
    try:
        found = operate(keys[name][version], rest[1], json.loads(body))
    except (ValueError, KeyError, InvalidTag):
        raise problem(400, "BadParameter") from None
    return {"kid": f"{origin}/keys/{name}/{version}", **found}


port = start(answer)
print(json.dumps({"port": port, "tenant": TENANT, "clients": [[id, found["secret"]] for id, found in clients.items()]}), flush=True)
serve_orders({"rotate": rotate, "state": lambda **to: state.update(to)})
