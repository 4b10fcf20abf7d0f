"""An agent without any library: refuses every request whose client says it is a robot. See agents.md."""
import json
import os
import socket
import sys
import threading

BLOCK = {"block": {"status": 403, "body": "no robots\n", "reason": "a robot", "rule_id": "robot"}}


def decide(event):
    if event["event_type"] == "request_headers":
        for agent in event["payload"]["headers"].get("user-agent", []):
            if "robot" in agent.lower():
                return BLOCK
    return "allow"  # also the answer to `configure`: taken


def serve(connection):
    with connection, connection.makefile("rwb") as stream:
        while head := stream.read(4):
            event = json.loads(stream.read(int.from_bytes(head)))
            reply = json.dumps({"version": 1, "decision": decide(event)}).encode()
            stream.write(len(reply).to_bytes(4) + reply)
            stream.flush()


path = sys.argv[sys.argv.index("--socket") + 1]
if os.path.exists(path):
    os.unlink(path)  # left by an agent that was killed
os.umask(0o177)  # nobody else may connect
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
