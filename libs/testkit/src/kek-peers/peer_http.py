"""What the peers written here have in common: JSON over HTTP on the loopback, orders as JSON lines on standard input."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Problem(Exception):
    def __init__(self, status, body):
        self.status, self.body = status, body


def start(answer):
    """answer(method, path, headers, body) returns what is sent as JSON, or raises Problem; gives the port back."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, found = 200, answer(self.command, self.path, self.headers, body)
            except Problem as problem:
                status, found = problem.status, problem.body
            extra = found.pop("headers", {}) if isinstance(found, dict) else {}
            text = json.dumps(found).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **extra}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def serve_orders(orders):
    """Runs until standard input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(orders[order.pop("do")](**order) or {}), flush=True)
