"""Where a modem keeps texts: the SIM card, its own memory, and a memory for status reports.

3GPP TS 27.005 §3.2.2. Indices are reused: the smallest free one is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

REPORTS = "SR"


class MessageStatus(IntEnum):
    """``<stat>`` in PDU mode (3GPP TS 27.005 §3.1)."""

    UNREAD = 0
    READ = 1
    UNSENT = 2
    SENT = 3


@dataclass(frozen=True)
class Stored:
    """One text in a slot.

    Args:
        status: Unread, read, unsent or sent.
        tpdu: DELIVER, SUBMIT or STATUS-REPORT.
        smsc: The centre's number, empty for the SIM's own.
    """

    status: MessageStatus
    tpdu: bytes
    smsc: str = ""


class Memory:
    """A fixed number of slots.

    Args:
        name: ``SM``, ``ME`` or ``SR``.
        size: Number of slots.
        first: Index of the first slot, 0 or 1.
    """

    def __init__(self, name: str, size: int, first: int = 0) -> None:
        self.name, self.size, self.first = name, size, first
        self._slots: dict[int, Stored] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[tuple[int, Stored]]:
        return iter(sorted(self._slots.items()))

    @property
    def full(self) -> bool:
        """True when no slot is free."""
        return len(self._slots) >= self.size

    def has(self, index: int) -> bool:
        """Tell whether there is a slot of this number, used or not."""
        return self.first <= index < self.first + self.size

    def add(self, message: Stored) -> int | None:
        """Put a text into the smallest free slot; returns its index, None when full."""
        if self.full:
            return None
        index = next(i for i in range(self.first, self.first + self.size) if i not in self._slots)
        self._slots[index] = message
        return index

    def get(self, index: int) -> Stored | None:
        """Return what a slot holds, as it stands."""
        return self._slots.get(index)

    def read(self, index: int) -> Stored | None:
        """Return what a slot holds, as it stood; an unread text is read from now on."""
        found = self._slots.get(index)
        if found is not None and found.status is MessageStatus.UNREAD:
            self._slots[index] = replace(found, status=MessageStatus.READ)
        return found

    def put(self, index: int, message: Stored) -> None:
        """Replace what a slot holds."""
        self._slots[index] = message

    def delete(self, index: int) -> bool:
        """Free a slot; tells whether it held something."""
        return self._slots.pop(index, None) is not None

    def empty(self) -> list[Stored]:
        """Take everything out, in the order of the slots."""
        held = [self._slots[index] for index in sorted(self._slots)]
        self._slots.clear()
        return held

    def delete_where(self, statuses: set[MessageStatus]) -> int:
        """Free every slot whose text is in one of ``statuses``; returns how many."""
        gone = [index for index, message in self._slots.items() if message.status in statuses]
        for index in gone:
            del self._slots[index]
        return len(gone)


class Storage:
    """All memories of one modem with its SIM, and which of them are chosen (``+CPMS``).

    Args:
        sizes: Slots of each memory, ``SM``, ``ME`` and ``SR``.
        first: Index of every memory's first slot.
        preferred: The three memories chosen at power-up: read and delete, write and send, receive.
    """

    def __init__(self, sizes: dict[str, int], first: int, preferred: tuple[str, str, str]) -> None:
        self._memories = {name: Memory(name, size, first) for name, size in sizes.items()}
        self._preferred = preferred
        self.chosen = list(preferred)

    def __getitem__(self, name: str) -> Memory:
        return self._memories[name]

    def __contains__(self, name: str) -> bool:
        return name in self._memories

    @property
    def names(self) -> list[str]:
        """The memories' names."""
        return list(self._memories)

    @property
    def reading(self) -> Memory:
        """The memory that reading and deleting concern (mem1)."""
        return self._memories[self.chosen[0]]

    @property
    def writing(self) -> Memory:
        """The memory that writing and sending concern (mem2)."""
        return self._memories[self.chosen[1]]

    @property
    def receiving(self) -> Memory:
        """The memory that takes what the network delivers (mem3)."""
        return self._memories[self.chosen[2]]

    def reset(self) -> None:
        """Choose the memories of power-up; what they hold stays."""
        self.chosen = list(self._preferred)

    def trade(self, name: str, other: Storage) -> None:
        """Exchange what one memory holds with that of another modem: it lies on the SIM."""
        if name in self and name in other:
            mine, theirs = self[name].empty(), other[name].empty()
            for message in theirs:
                self[name].add(message)
            for message in mine:
                other[name].add(message)

    def fill(self, message: Stored) -> None:
        """Fill the receiving memory to its last slot."""
        while self.receiving.add(message) is not None:
            pass
