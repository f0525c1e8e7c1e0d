"""A person's texts: parts of long ones are put together before anybody sees them."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any

from drivers.virtual.journal import iso
from drivers.virtual.pdu import Body, Deliver, join

_MOST_TEXTS = 1000
_MOST_PARTIAL = 100


class Inbox:
    """Received texts, oldest first; the last 1000 are kept."""

    def __init__(self) -> None:
        self.texts: list[dict[str, Any]] = []
        self._partial: OrderedDict[tuple[str, int, int, bool], dict[int, Body]] = OrderedDict()

    def take(self, deliver: Deliver, now: datetime) -> dict[str, Any] | None:
        """Add one DELIVER; returns the text that is complete with it, if one is."""
        concat = deliver.body.concat
        if concat is None or not 1 <= concat.sequence <= concat.total:
            return self._add(deliver.sender, join([deliver.body]), now)
        key = (deliver.sender, concat.reference, concat.total, concat.wide)
        parts = self._partial.setdefault(key, {})
        parts[concat.sequence] = deliver.body
        if len(parts) < concat.total:
            while len(self._partial) > _MOST_PARTIAL:
                self._partial.popitem(last=False)
            return None
        del self._partial[key]
        return self._add(deliver.sender, join(parts.values()), now)

    def _add(self, sender: str, text: str, now: datetime) -> dict[str, Any]:
        item = {"from": sender, "text": text, "at": iso(now)}
        self.texts.append(item)
        del self.texts[:-_MOST_TEXTS]
        return item
