"""How a box is looked after: findings, generations, retention, test calls."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Schema


class Finding(Schema):
    """Something that is wrong: ``facts`` fill the sentence of ``code``; the worst comes first."""

    code: str
    subject: str
    facts: dict[str, str]
    text: str
    cure: str


class Generation(Schema):
    """Of which box the data are: each restore counts one generation on."""

    lineage: str
    generation: int
    marked_sims: int


class Restored(Schema):
    """Something that may have been sent between a backup and its restore, and is not again."""

    kind: Literal["text", "question", "push", "call"]
    subject: str
    since: str
    restored_at: str


class Retained(Schema):
    """How many records were removed because they were older than they are kept."""

    calls: int
    texts: int
    inbox: int
    replaced: int


class ToneNew(Schema):
    """Call a phone from a line and play a tone to it."""

    line: str
    phone: str = Field(min_length=1, max_length=32)
    seconds: float = Field(default=5.0, ge=1, le=30, description="of the tone")
    ring: float = Field(default=45.0, ge=5, le=90, description="for which it rings at most")


class Toned(Schema):
    """What came of it."""

    answered: bool
    played: bool
    why: str | None


class PhraseNew(Schema):
    """Make a recovery phrase, with ``replace`` another in the place of one there is."""

    replace: bool = False


class Phrase(Schema):
    """Twelve words that open the backups from now on; they are shown this once."""

    phrase: str
    recipient: str
