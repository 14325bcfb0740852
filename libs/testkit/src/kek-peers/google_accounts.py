"""Service accounts that sign in with JWTs of their own (AIP-4111): who is called asterism may, others may not."""

import base64
import json
import os
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

accounts = {}


class Unauthorised(Exception):
    """status is google.rpc.Code's name"""

    def __init__(self, status):
        self.status = status


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
        raise Unauthorised("UNAUTHENTICATED") from None
    if not claims["iss"].startswith("asterism@"):
        raise Unauthorised("PERMISSION_DENIED")


def make_accounts():
    return {
        "own": account("asterism"),
        "denied": account("somebody"),
        "stranger": {**account("stranger"), "client_email": "stranger@example.iam.gserviceaccount.com"},
    }
