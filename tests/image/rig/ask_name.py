"""Asks for a name by multicast DNS from 10.77.0.2: ``ask_name.py NAME``; prints the address."""

from __future__ import annotations

import socket
import struct
import sys
import time

GROUP, PORT, PEER = "224.0.0.251", 5353, "10.77.0.2"


def question(name: str) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def address(packet: bytes, name: str) -> str | None:
    """Return the first A record's address of an answer (RFC 6762) whose owner is the name."""
    _, flags, asked, answers, _, _ = struct.unpack_from(">6H", packet)
    if not flags & 0x8000 or asked or not answers:
        return None
    wanted = question(name)[12:-4]
    if packet[12 : 12 + len(wanted)].lower() != wanted.lower():
        return None
    kind, _, _, length = struct.unpack_from(">HHIH", packet, 12 + len(wanted))
    start = 12 + len(wanted) + 10
    return socket.inet_ntoa(packet[start : start + 4]) if (kind, length) == (1, 4) else None


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    wire.bind(("", PORT))
    membership = socket.inet_aton(GROUP) + socket.inet_aton(PEER)
    wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(PEER))
    wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    wire.settimeout(2.0)
    deadline = time.monotonic() + 90
    found = None
    while found is None and time.monotonic() < deadline:
        wire.sendto(question(sys.argv[1]), (GROUP, PORT))
        try:
            while found is None:
                found = address(wire.recv(9000), sys.argv[1])
        except TimeoutError:
            continue
print(found)
raise SystemExit(0 if found else 1)
