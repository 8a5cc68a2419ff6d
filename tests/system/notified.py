"""Plays the service manager: writes each message that comes to the socket named on the command line as one line of
JSON, with the steady time in ms, to the file beside it."""
import json
import os
import socket
import sys
import time

path, out = sys.argv[1:3]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
with open(out, "a", buffering=1) as f:
    while True:
        message = s.recv(4096).decode()
        said = dict(line.split("=", 1) for line in message.splitlines() if "=" in line)
        print(json.dumps({"at_ms": time.monotonic_ns() // 1000000, **said}), file=f)
        if os.getppid() == 1:
            break
