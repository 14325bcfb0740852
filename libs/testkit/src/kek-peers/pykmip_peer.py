"""PyKMIP's engine and sessions over mutual TLS, twice, with keys; takes JSON lines on standard input, answers each with one.

PyKMIP's own server is not used: it wants a fixed port, signal handlers of its own and a third process. argv[1] is a folder
for certificates and databases.
"""

import copy
import datetime
import ipaddress
import json
import logging
import socket
import ssl
import sys
import threading
import warnings

warnings.simplefilter("ignore")  # PyKMIP names ciphers that are on their way out.

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from kmip.core import enums, policy
from kmip.pie import objects
from kmip.pie.client import ProxyKmipClient
from kmip.services.auth import TLS12AuthenticationSuite
from kmip.services.server import engine, session

FOLDER = sys.argv[1]
MASKS = [enums.CryptographicUsageMask.ENCRYPT, enums.CryptographicUsageMask.DECRYPT]


def write(name, content):
    path = f"{FOLDER}/{name}.pem"
    with open(path, "wb") as file:
        file.write(content)
    return path


class Authority:
    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        ca = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self.sign(self.name, self.key, [(ca, True)])
        self.file = write(name, certificate)

    def sign(self, subject, key, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=12))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(self, name, usage):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        extensions = [(x509.ExtendedKeyUsage([usage]), False), (x509.SubjectAlternativeName(names), False)]
        encoded = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "certificateFile": write(name, self.sign(subject, key, extensions)),
            "keyFile": write(f"{name}-key", encoded),
        }


class Server:
    def __init__(self, name, authority, own):
        self.engine = engine.KmipEngine(copy.deepcopy(policy.policies), f"{FOLDER}/{name}.db")
        suite = TLS12AuthenticationSuite()
        context = ssl.SSLContext(suite.protocol)
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_ciphers(suite.ciphers)
        context.load_verify_locations(authority.file)
        context.load_cert_chain(own["certificateFile"], own["keyFile"])
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        self.socket = context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, address = self.socket.accept()
            served = session.KmipSession(self.engine, connection, address, name=f"{address[1]}")
            served.daemon = True
            served.start()

    def set_state(self, identifier, state):
        with self.engine._lock, self.engine._data_store_session_factory() as store:
            key = store.query(objects.SymmetricKey).filter_by(unique_identifier=int(identifier)).one()
            key.state = enums.State[state]
            store.commit()


def make_keys(server, authority, client, count):
    with ProxyKmipClient(
        "127.0.0.1", server.port, client["certificateFile"], client["keyFile"], authority.file, "PROTOCOL_TLSv1_2"
    ) as kmip:
        keys = [
            kmip.create(enums.CryptographicAlgorithm.AES, 256, cryptographic_usage_mask=MASKS) for _ in range(count)
        ]
        for key in keys:
            kmip.activate(key)
        return keys


def main():
    logging.disable(logging.CRITICAL)
    authority, others = Authority("authority"), Authority("others")
    client = ExtendedKeyUsageOID.CLIENT_AUTH
    clients = {
        "own": authority.issue("asterism", client),
        "denied": authority.issue("somebody", client),
        "stranger": others.issue("stranger", client),
    }
    server_files = authority.issue("server", ExtendedKeyUsageOID.SERVER_AUTH)
    usual, elsewhere = (Server(name, authority, server_files) for name in ("usual", "elsewhere"))
    keys = make_keys(usual, authority, clients["own"], 3)
    started = {
        "port": usual.port,
        "elsewhere": elsewhere.port,
        "keys": keys,
        "caFile": authority.file,
        "server": server_files,
        **clients,
    }
    print(json.dumps(started), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        usual.set_state(order["key"], order["state"])
        print("{}", flush=True)


main()
