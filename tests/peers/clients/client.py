"""The published client flow in Python's standard library: sign, bind, hear events, query, modify,
stop, unbind. Written from the interface's documents; it imports nothing of the box.

    python client.py BASE KEY SECRET X A B PORT
"""

import base64
import hashlib
import hmac
import json
import queue
import re
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

BASE, KEY, SECRET, X, A, B, PORT = sys.argv[1:]
AXB = "/rest/caas/relationnumber/partners/v1.0"
STOP = "/rest/httpsessions/callStop/v2.0"
events = queue.Queue()


def digest(nonce, created):
    mac = hmac.new(SECRET.encode(), (nonce + created).encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = dict(re.findall(r'(\w+)="([^"]*)"', self.headers.get("X-AKSK", "")))
        valid = digest(given["Nonce"], given["Created"]) == given["PasswordDigest"]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        events.put((body["eventType"], valid, body))

    def log_message(self, *_):
        pass


def call(method, path, body=None, query=None):
    nonce, created = uuid.uuid4().hex, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "Content-Type": "application/json;charset=UTF-8",
        "Authorization": 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
        "X-AKSK": f'UsernameToken Username="{KEY}",PasswordDigest="{digest(nonce, created)}",'
        f'Nonce="{nonce}",Created="{created}"',
    }
    url = BASE + path + ("?" + urllib.parse.urlencode(query) if query else "")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def say(**words):
    print(json.dumps(words), flush=True)


def wait(wanted):
    while True:
        kind, valid, body = events.get(timeout=60)
        seen.append(kind)
        if not valid:
            raise SystemExit(f"the signature of {kind} is wrong")
        if kind == wanted:
            return body


seen = []
server = HTTPServer(("127.0.0.1", int(PORT)), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

bound = call("POST", AXB, {"relationNum": X, "callerNum": A, "calleeNum": B, "duration": 3600})
say(step="bound", code=bound["resultcode"], x=bound["relationNum"])
subscription = bound["subscriptionId"]
session = wait("answer")["statusInfo"]["sessionId"]
queried = call("GET", AXB, query={"relationNum": X, "callerNum": A})
say(step="queried", code=queried["resultcode"], a=queried["relationNumList"][0]["callerNum"])
changed = call("PUT", AXB, {"subscriptionId": subscription, "maxDuration": 30})
again = call("GET", AXB, query={"subscriptionId": subscription})
say(step="modified", code=changed["resultcode"], limit=again["relationNumList"][0]["maxDuration"])
stopped = call("POST", STOP, {"sessionid": session, "signal": "call_stop"})
say(step="stopped", code=stopped["resultcode"])
wait("disconnect")
record = wait("fee")["feeLst"][0]
same = record["sessionId"] == session
say(step="recorded", caller=record["callerNum"], x=record["bindNum"], same=same)
unbound = call("DELETE", AXB, query={"subscriptionId": subscription})
gone = call("GET", AXB, query={"subscriptionId": subscription})
say(step="unbound", code=unbound["resultcode"], then=gone["resultcode"])
say(step="done", events=seen)
