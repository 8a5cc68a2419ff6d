#!/usr/bin/python3
"""A mail server for tests and the demo, on loopback: STARTTLS and AUTH are required, every accepted mail becomes a line of JSON. What
it does with the next mail stands in a file: ok | refuse (550) | busy (451) | slow SECONDS (before the last answer).

usage: mail_server.py PORT CERTIFICATE KEY LOG MODE_FILE
"""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = b"oneplan", b"correct horse"


class Handler:
    def __init__(self, log, mode_file):
        self.log, self.mode_file = log, mode_file

    def mode(self):
        with open(self.mode_file, encoding="ascii") as f:
            return f.read().split()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode()[0] == "refuse":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        mode = self.mode()
        if mode[0] == "busy":
            return "451 4.3.0 later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        line = {"id": mail["Message-ID"], "to": envelope.rcpt_tos, "from": envelope.mail_from,
                "subject": mail["Subject"], "language": mail["Content-Language"], "body": mail.get_content(),
                "tls": session.ssl is not None, "authenticated": session.authenticated}
        with open(self.log, "a", encoding="utf-8") as f:
            f.write(json.dumps(line) + "\n")
            f.flush()
            os.fsync(f.fileno())
        if mode[0] == "slow":
            await asyncio.sleep(float(mode[1]))
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = getattr(data, "login", None) == USER and getattr(data, "password", None) == PASSWORD
    return AuthResult(success=good, handled=good)


async def main():
    port, certificate, key, log, mode_file = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = Handler(log, mode_file)

    def protocol():
        return SMTP(handler, hostname="localhost", tls_context=context, require_starttls=True, auth_required=True,
                    auth_require_tls=True, authenticator=authenticate)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(main())
