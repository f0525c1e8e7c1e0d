"""A call and a text through the box, told from inside the guest: ``story.py``.

Prints one JSON object a step, the last one ``{"step": "summary", "ok": …}``.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import socket
import sys
import time
import urllib.parse
import urllib.request
import wave
from pathlib import Path

X, TRUNK = "+8617000000001", "+8617000000002"
A, B = "+8613800000001", "+8613800000002"
PATIENCE = 900.0


class Unix(http.client.HTTPConnection):
    def __init__(self) -> None:
        super().__init__("localhost", timeout=60)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect("/run/simveil/admin.sock")


def box(method: str, path: str, body: dict | None = None):
    link = Unix()
    octets = None if body is None else json.dumps(body)
    link.request(method, path, octets, {"Content-Type": "application/json"})
    answer = link.getresponse()
    text = answer.read()
    link.close()
    if answer.status >= 300:
        raise ValueError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text or b"null")


def bank(method: str, path: str, body: dict | None = None):
    octets = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:7700{path}", octets, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        octets = answer.read()
    return octets if path.endswith(".wav") else json.loads(octets or b"null")


def phone(number: str, what: str = "") -> str:
    return f"/phones/{urllib.parse.quote(number)}{what}"


def until(what: str, test, patience: float = PATIENCE):
    deadline = time.monotonic() + patience
    while True:
        try:
            found = test()
        except (OSError, ValueError) as error:
            found, seen = None, error
        else:
            seen = found
        if found:
            return found
        if time.monotonic() > deadline:
            raise SystemExit(f"not seen in {patience} s: {what}; last {seen!r}")
        time.sleep(0.5)


def tell(step: str, **facts) -> None:
    print(json.dumps({"step": step, "t": round(time.monotonic() - START, 1), **facts}), flush=True)


def power(octets: bytes, hertz: float) -> float:
    """Share of the loudest second's energy that is of one tone."""
    with wave.open(io.BytesIO(octets)) as file:
        frames = file.readframes(file.getnframes())
    samples = [
        int.from_bytes(frames[at : at + 2], "little", signed=True)
        for at in range(0, len(frames) - 1, 2)
    ]
    best = 0.0
    for start in range(0, max(1, len(samples) - 800), 400):
        part = samples[start : start + 800]
        energy = sum(value * value for value in part)
        if energy < 800 * 100 * 100:
            continue
        c = 2 * math.cos(2 * math.pi * hertz / 8000)
        one = two = 0.0
        for value in part:
            one, two = value + c * one - two, one
        best = max(best, (one * one + two * two - c * one * two) * 2 / len(part) / energy)
    return round(best, 3)


def cards() -> dict[str, str]:
    """Return how each stream of the sound cards is."""
    found = {}
    for path in sorted(Path("/proc/asound").glob("card*/pcm*/sub*/status")):
        words = path.read_text().split()
        if words[0] != "closed":
            given = dict(zip(words[0::2], words[1::2], strict=False))
            found["/".join(path.parts[3:5])] = " ".join(words[1:2]) + f" {given.get('owner_pid')}"
    return found


def main() -> None:
    lines = until(
        "two lines", lambda: [line for line in box("GET", "/lines") if line["state"] == "ready"][1:]
        and box("GET", "/lines")
    )  # fmt: skip
    tell("lines", lines=[{key: line[key] for key in ("iccid", "imei", "state")} for line in lines])
    icc = {line["msisdn"]: line["iccid"] for line in bank("GET", "/lines")}
    if not box("GET", "/applications"):
        box("POST", "/applications", {"name": "shop", "mode": "AXB", "sms": True})
    record = "--record" in sys.argv
    box("PATCH", "/applications/shop", {"sms": True, "record": record})
    if not box("GET", "/numbers"):
        box("POST", "/numbers", {"msisdn": X, "app": "shop", "iccid": icc[X], "sms": True})
        box("POST", "/numbers", {"msisdn": TRUNK, "trunk": True, "iccid": icc[TRUNK]})
    if not box("GET", "/bindings"):
        box("POST", "/bindings", {"app": "shop", "a": A, "b": B, "x": X, "record": record})
    until("roles", lambda: all(line["role"] for line in box("GET", "/lines")))
    for number in (A, B):
        bank("POST", phone(number))
    bank("POST", phone(A, "/sms"), {"to": X, "text": "hello 你好"})
    got = until("the text", lambda: bank("GET", phone(B))["inbox"])
    tell("text", sender=got[-1]["from"], text=got[-1]["text"])
    bank("POST", phone(A, "/dial"), {"to": X})
    until("B rings", lambda: bank("GET", phone(B))["state"] == "ringing")
    tell("rings", shown=bank("GET", phone(B))["shown"])
    busy = [line["call"] for line in box("GET", "/lines")]
    tell("busy", lines=sum(1 for call in busy if call))
    bank("POST", phone(B, "/answer"))
    until("talk", lambda: bank("GET", phone(A))["state"] == "active")
    time.sleep(3)
    bank("POST", phone(A, "/say"), {"tone": 700, "seconds": 4})
    bank("POST", phone(B, "/say"), {"tone": 1300, "seconds": 4})
    time.sleep(4)
    tell("voice", cards=cards(), bank=[line["audio"] for line in bank("GET", "/lines")])
    time.sleep(4)
    heard = {
        "b_hears_a": power(bank("GET", phone(B, "/heard.wav")), 700),
        "a_hears_b": power(bank("GET", phone(A, "/heard.wav")), 1300),
    }
    tell("sound", **heard)
    if "--stay" not in sys.argv:
        bank("POST", phone(A, "/hangup"))
        until("idle", lambda: bank("GET", phone(B))["state"] == "idle")
        record = until("the record", lambda: box("GET", "/calls"))[0]
        tell("record", **{key: value for key, value in record.items() if "num" not in key.lower()})
    # Sound is judged where it is the matter: a machine may be too busy for it and still be cut.
    good = (bool(sys.argv[1:]) or min(heard.values()) > 0.5) and got[-1]["from"] == X
    tell("summary", ok=good)
    raise SystemExit(0 if good else 1)


START = time.monotonic()
if __name__ == "__main__":
    main()
