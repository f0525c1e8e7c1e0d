"""Traffic until the power goes: says on standard output what the box has acknowledged, at once."""

from __future__ import annotations

import itertools
import json
import random
import sys
import time

sys.argv = ["story"]
sys.path.insert(0, "/run/rig/rig")
from story import A, B, X, bank, box, phone, until  # noqa: E402


def ack(kind: str, name: str) -> None:
    if (kind, name) not in seen:
        seen.add((kind, name))
        print(json.dumps({"ack": kind, "id": name}), flush=True)


seen: set[tuple[str, str]] = set()
until("lines", lambda: all(line["state"] == "ready" for line in box("GET", "/lines")))
for number in (A, B):
    bank("POST", phone(number))
bank("POST", phone(B, "/auto"), {"answer_after": 1})
print(json.dumps({"ack": "begun", "id": ""}), flush=True)
boot = int(time.time())
chance = random.SystemRandom()
for turn in itertools.count():
    if turn % 12 == 0:
        bank("POST", phone(A, "/sms"), {"to": X, "text": f"text {boot} {turn}"})
    if turn % 30 == 0 and bank("GET", phone(A))["state"] == "idle":
        bank("POST", phone(A, "/dial"), {"to": X})
    if turn % 30 == 25 and bank("GET", phone(A))["state"] == "active":
        bank("POST", phone(A, "/hangup"))
    if turn % 10 == 5:
        for text in box("GET", "/texts?limit=20"):
            ack("text", str(text["identifier"]))
        for call in box("GET", "/calls?limit=20"):
            if call["ended_at"]:
                ack("call", call["session_id"])
            if call["record_file"] and call["record_sha256"]:
                ack("recording", call["record_file"])
    # Nobody who was bound in another life, or the box would rightly refuse.
    person, other = (f"+86{kind}{chance.randrange(10**8):08d}" for kind in (139, 137))
    made = box("POST", "/bindings", {"app": "shop", "a": person, "b": other, "x": X})
    ack("binding", made["subscription_id"])
