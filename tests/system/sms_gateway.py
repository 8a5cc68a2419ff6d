#!/usr/bin/python3
"""A gateway for text messages for tests, on loopback: every POST becomes a line of its JSON. Numbers that begin with 9 are
refused (400).

usage: sms_gateway.py PORT LOG
"""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sms = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = self.headers["Authorization"] == "Bearer open sesame" and not sms["to"].startswith("9")
        if good:
            with open(sys.argv[2], "a", encoding="utf-8") as f:
                f.write(json.dumps(sms) + "\n")
        self.send_response(202 if good else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
