"""The key of backups: a phrase of twelve words that is shown once and stands nowhere.

The box keeps the public half only, so that it can write backups and nobody who takes it can read
older ones. Archives are age files (age-encryption.org/v1): the phrase gives the identity, which any
age program takes as well.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import bech32
import pyrage
from mnemonic import Mnemonic

from appliance.errors import BadInput
from appliance.store.snapshots import sync

RECIPIENT = "backup.recipient"
"""In the data folder: the public half of the key, as age writes it."""
MAGIC = b"age-encryption.org/v1\n"
_STRENGTH = 128  # bits: twelve words of BIP-39
_SALT = b"simveil backup 1"


def new_phrase() -> str:
    """Return twelve words drawn at random, BIP-39 with its checksum."""
    return str(Mnemonic("english").generate(_STRENGTH))


def secret_key(phrase: str) -> str:
    """Return the age identity that a phrase stands for. Raises BadInput for a misspelt one."""
    words = " ".join(phrase.lower().split())
    book = Mnemonic("english")
    try:
        good = book.check(words)
    except (ValueError, LookupError):
        good = False
    if not good:
        raise BadInput("these are not the words of a recovery phrase in their order")
    seed = hashlib.sha256(_SALT + bytes(book.to_entropy(words))).digest()
    data = bech32.convertbits(seed, 8, 5)
    return str(bech32.bech32_encode("age-secret-key-", data or [])).upper()


def recipient(phrase: str) -> str:
    """Return the public half, ``age1…``. Raises BadInput."""
    return str(pyrage.x25519.Identity.from_str(secret_key(phrase)).to_public())


def keep(data: Path, public: str) -> None:
    """Keep the public half in the data folder."""
    half = data / f"{RECIPIENT}.part"
    half.write_text(public + "\n", encoding="ascii")
    half.chmod(0o640)
    sync(half)
    half.replace(data / RECIPIENT)
    sync(data)


def kept(data: Path) -> str | None:
    """Return the public half of the data folder, None before a phrase was made."""
    try:
        return (data / RECIPIENT).read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def made_at(data: Path) -> datetime | None:
    """Return since when there is a phrase, None before."""
    try:
        return datetime.fromtimestamp((data / RECIPIENT).stat().st_mtime, UTC)
    except OSError:
        return None


def encrypt(source: Path, target: Path, public: str) -> None:
    """Encrypt a file to the holder of a phrase."""
    with source.open("rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)
        pyrage.encrypt_io(reader, writer, [pyrage.x25519.Recipient.from_str(public)])


def encrypted(archive: Path) -> bool:
    """Whether a file is an age file."""
    with archive.open("rb") as reader:
        return reader.read(len(MAGIC)) == MAGIC


def decrypt(source: Path, target: Path, phrase: str) -> None:
    """Decrypt a file. Raises BadInput when the phrase is another one, or the file damaged."""
    identity = pyrage.x25519.Identity.from_str(secret_key(phrase))
    with source.open("rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)
        try:
            pyrage.decrypt_io(reader, writer, [identity])
        except (pyrage.DecryptError, OSError) as error:
            raise BadInput(
                f"the archive cannot be decrypted: another phrase, or damaged ({error})"
            ) from error
