"""moto's server with keys, users and a bucket; takes JSON lines on standard input, answers each with one.

Added here is what moto does otherwise than KMS (API reference, "Errors" of Encrypt and Decrypt): a key's state counts,
and neither an altered ciphertext nor one of another key is called a lack of permission.
"""

import json
import logging
import sys

import boto3
from moto import settings
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionAuthenticatorMixin
from moto.kms import models
from moto.kms.exceptions import AccessDeniedException, InvalidCiphertextException
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]


def add_checks():
    backend = models.KmsBackend
    encrypt, decrypt = backend.encrypt, backend.decrypt

    def require_enabled(self, key_id):
        key = self.keys.get(self.any_id_to_key_id(key_id))
        if key is not None and not key.enabled:
            raise JsonRESTError("DisabledException", "key is disabled")

    def checked_encrypt(self, key_id, plaintext, encryption_context):
        require_enabled(self, key_id)
        return encrypt(self, key_id, plaintext, encryption_context)

    def checked_decrypt(self, ciphertext_blob, encryption_context, key_id=None):
        try:
            plaintext, arn = decrypt(self, ciphertext_blob, encryption_context)
        except AccessDeniedException:
            raise InvalidCiphertextException() from None
        require_enabled(self, arn)
        if key_id is not None and self.any_id_to_key_id(key_id) != self.any_id_to_key_id(arn):
            raise JsonRESTError("IncorrectKeyException", "another key wrapped this")
        return plaintext, arn

    backend.encrypt, backend.decrypt = checked_encrypt, checked_decrypt
    check = ActionAuthenticatorMixin._authenticate_and_authorize_action

    def check_signed(self, *args, **kwargs):
        # Whoever asks this of STS has no key to sign with yet.
        if self._get_action() != "AssumeRoleWithWebIdentity":
            check(self, *args, **kwargs)

    ActionAuthenticatorMixin._authenticate_and_authorize_action = check_signed


def allow(iam, user, statements):
    iam.create_user(UserName=user)
    if statements:
        document = {"Version": "2012-10-17", "Statement": statements}
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    add_checks()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    root = dict(
        endpoint_url=f"http://{host}:{port}",
        region_name=REGION,
        aws_access_key_id="root",
        aws_secret_access_key="root",
    )
    kms, iam, s3 = (boto3.client(name, **root) for name in ("kms", "iam", "s3"))
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    s3.create_bucket(Bucket="asterism-mirror", CreateBucketConfiguration={"LocationConstraint": REGION})
    may = [{"Effect": "Allow", "Action": [*ACTIONS, "s3:*"], "Resource": "*"}]
    user, denied = allow(iam, "asterism", may), allow(iam, "somebody", [])
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"}]}
    role = iam.create_role(RoleName="asterism", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="asterism", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": may})
    )
    # Calls of the tests are authenticated and authorised; this process reaches into the service.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    ActionAuthenticatorMixin.request_count = 0
    key = next(k for b in models.kms_backends.values() for r in b.values() for k in r.keys.values() if k.arn == keys[0])
    print(json.dumps({"port": port, "keys": keys, "user": user, "denied": denied, "role": role}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "enabled":
            key.enabled = order["value"]
            key.key_state = "Enabled" if key.enabled else "Disabled"
        print("{}", flush=True)


main()
