"""The local secret: what a technician at the serial port types for a shell or for numbers in clear.

Everyday cures need none. Its file stands beside the configuration, as a salted hash (scrypt,
RFC 7914); whoever has the box in their hands may set another (README, "The local secret").
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from appliance.store.snapshots import sync

NAME: Final = "console.secret"
LEAST: Final = 8
"""Characters that a secret has at least."""
_COST: Final = {"n": 1 << 14, "r": 8, "p": 1}


def file_of(config: Path) -> Path:
    """Return where the hash stands, given the configuration's file."""
    return config.parent / NAME


def keep(path: Path, secret: str) -> None:
    """Keep the hash of a secret. Raises OSError, ValueError for one that is too short."""
    if len(secret) < LEAST:
        raise ValueError(f"a secret has at least {LEAST} characters")
    salt = secrets.token_bytes(16)
    half = path.with_name(path.name + ".part")
    handle = os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640)
    os.fchmod(handle, 0o640)  # whatever root's umask is
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"{salt.hex()} {_hash(secret, salt).hex()}\n")
    owner = path.parent.stat()
    os.chown(half, -1, owner.st_gid)  # the console's group reads it, as it does the configuration
    sync(half)
    half.replace(path)


def is_set(path: Path) -> bool:
    """Whether there is a secret."""
    return path.is_file()


def matches(path: Path, secret: str) -> bool:
    """Whether it is the secret; False when there is none."""
    try:
        salt, digest = path.read_text(encoding="ascii").split()
        return hmac.compare_digest(_hash(secret, bytes.fromhex(salt)), bytes.fromhex(digest))
    except (OSError, ValueError):
        return False


def _hash(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, dklen=32, **_COST)
