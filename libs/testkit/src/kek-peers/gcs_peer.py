"""gcp-storage-emulator with a bucket; it checks nobody's credentials, so that is added here."""

import json
import sys

from gcp_storage_emulator.server import RequestHandler, create_server

from google_accounts import Unauthorised, authorise, make_accounts

STATUS = {"UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403}


def add_check(method):
    handle = getattr(RequestHandler, method)

    def checked(self):
        try:
            authorise(self.headers.get("Authorization"))
        except Unauthorised as refused:
            code = STATUS[refused.status]
            text = json.dumps({"error": {"code": code, "message": refused.status}}).encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            return
        handle(self)

    setattr(RequestHandler, method, checked)


for method in ("do_GET", "do_POST", "do_PUT", "do_PATCH", "do_DELETE"):
    add_check(method)
server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="asterism-mirror")
server.start()
while server._api._httpd is None:
    pass
print(json.dumps({"port": server._api._httpd.server_port, **make_accounts()}), flush=True)
for _ in sys.stdin:
    pass
