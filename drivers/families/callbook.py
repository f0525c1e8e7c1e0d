"""The calls on one modem, put together from whatever the modem says of them.

RING, +CLIP, a maker's own lines and call lists tell the same story in different orders. The book
turns them into one: an offer, changes, and exactly one end for every call that was told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from drivers.families.reports import CallSeen
from drivers.modem import (
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    ModemEvent,
    Offered,
    WaitingCall,
)

UNKNOWN: Final = 0
"""Index of a call whose own index the modem has not told."""
MISSING_LISTS: Final = 2  # lists in a row without a call that make it gone
LOCAL_CLEARING: Final = 16
TAIL: Final = 7  # digits that are the same however a number is written
_UP: Final = frozenset({CallState.ACTIVE, CallState.HELD})
_RINGS: Final = frozenset({CallState.INCOMING, CallState.WAITING})


@dataclass(slots=True)
class Entry:
    """One call as far as it is known.

    Args:
        info: What is believed.
        withheld: The caller hides the number.
        missed: Lists in a row without it.
        claim: Another number that was told once on a bad line: believed when it is told again.
    """

    info: CallInfo
    withheld: bool = False
    missed: int = 0
    claim: str | None = None


@dataclass(slots=True)
class _Ending:
    """A call that is over, while its cause is being asked for; events behind it wait."""

    index: int
    held_back: list[ModemEvent]


class CallBook:
    """The calls of one modem. Owned by the reader thread.

    Args:
        emit: Takes events, in order.
        ask_cause: Called with a key when a call ended without a cause: :meth:`caused` must follow.
        wary: Tells whether the port garbles: no number is believed then that was told once only.
    """

    def __init__(
        self,
        emit: Callable[[ModemEvent], None],
        ask_cause: Callable[[object], None],
        wary: Callable[[], bool] = lambda: False,
    ) -> None:
        self._emit = emit
        self._ask_cause = ask_cause
        self._wary = wary
        self._calls: dict[int, Entry] = {}
        self._ending: list[_Ending] = []
        self._hint: int | None = None
        self._last_ended: int | None = None
        self.changes = 0  # counts reports, so that a list can tell whether it is stale

    # --- what is known ---

    def __len__(self) -> int:
        return len(self._calls)

    def calls(self) -> tuple[CallInfo, ...]:
        """Return the calls that are up, ring or are being set up."""
        return tuple(entry.info for entry in self._calls.values())

    def call(self, index: int) -> CallInfo | None:
        """Return the call with this index; UNKNOWN finds the one whose index is not known yet."""
        entry = self._calls.get(index)
        return entry.info if entry else None

    def entry(self, index: int) -> Entry | None:
        """Return what stands for the call that has this index now. Any thread."""
        return self._calls.get(index)

    def ringing(self) -> Entry | None:
        """Return what stands for the call that rings now, beside no other. Any thread."""
        calls = list(self._calls.values())
        return calls[0] if len(calls) == 1 and calls[0].info.state in _RINGS else None

    def holds(self, entry: Entry) -> bool:
        """Tell whether that call is still there, by whatever index."""
        return any(each is entry for each in self._calls.values())

    def any_in(self, *states: CallState) -> bool:
        """Tell whether a call is in one of these states."""
        return any(entry.info.state in states for entry in self._calls.values())

    @property
    def indefinite(self) -> bool:
        """True while a call's index, or an offered call's number, is not known."""
        return UNKNOWN in self._calls

    # --- what the modem says ---

    def rings(self) -> None:
        """A call rings."""
        if self.any_in(*_RINGS):
            return
        if self.any_in(*CallState):
            self.changes += 1  # a list will tell what rings beside the calls that are known
            return
        self._add(CallInfo(UNKNOWN, False, CallState.INCOMING, False, None))

    def caller(self, number: str | None, *, withheld: bool) -> None:
        """The ringing call's number, or that it is withheld."""
        entry = self._find(CallState.INCOMING)
        sure = not self._wary()
        if entry is not None and _another(entry.info.number, number):
            if not self._believes(entry, number):
                return
            self._end(entry.info.index, None)  # its end was missed, and the next one rings
            entry, sure = None, True
        if entry is None:
            if self.any_in(*_UP):
                return
            waiting = self._find(CallState.WAITING)
            if waiting is not None and not _another(waiting.info.number, number):
                self._rings_now(waiting, number, withheld=withheld)
                return
            self._add_told(CallState.INCOMING, number, withheld=withheld, sure=sure)
            return
        self._name(entry, number, withheld=withheld)

    def second_caller(self, number: str | None, *, withheld: bool) -> None:
        """A call waits beside another."""
        entry = self._find(CallState.WAITING)
        if entry is None and self._calls_already(number):
            return  # said late, when the call rings or was taken already: nobody calls twice
        if entry is None:
            sure = not self._wary()
            self._add_told(CallState.WAITING, number, withheld=withheld, sure=sure)
        else:
            self._name(entry, number, withheld=withheld)

    def dialled(self, number: str) -> None:
        """A dial command was accepted and no line has told of the call yet."""
        if self._find(CallState.DIALLING, CallState.ALERTING) is None:
            self.changes += 1
            self._hint = None
            call = CallInfo(UNKNOWN, True, CallState.DIALLING, False, number)
            self._calls.setdefault(UNKNOWN, Entry(call))

    def seen(self, report: CallSeen) -> None:
        """A call has a state."""
        self.changes += 1
        if report.index == self._last_ended:
            self._last_ended = None
        entry, claim = self._calls.get(report.index), None
        if entry is not None and _replaces(entry.info, report):
            if self._doubts(entry, report):
                entry.missed = 0
                return
            self._end(report.index, None)  # its end was missed and the index used again
            entry, claim = None, report.number
        if entry is None:
            entry = self._adopt(report, claim)
            before = entry.info
        else:
            before = entry.info
            self._fill_in(entry, report)
        self._update(entry, report, before)

    def gone(self, index: int, cause: int | None) -> None:
        """A call has ended."""
        self.changes += 1
        if index in self._calls:
            self._end(index, cause)
        elif UNKNOWN in self._calls:
            nameless = self._calls[UNKNOWN]
            named = nameless.info.number is not None
            rings = named and nameless.info.state is CallState.INCOMING
            if index != self._last_ended or rings:  # no echo comes behind RING and a number
                self._end(UNKNOWN, cause)
            elif not nameless.info.outgoing:
                # The end of the call before, told once more, or already this one's: a list tells.
                nameless.missed += 1

    def hint(self, cause: int | None) -> None:
        """A word such as BUSY came: the cause of an end for which the modem gives no better."""
        if cause is not None:
            self._hint = cause

    def hung_up(self) -> None:
        """We have hung up: that is the cause of an end for which there is no other."""
        if self._hint is None:
            self._hint = LOCAL_CLEARING
        self._last_ended = None  # an end under that index is no echo of the call before

    def listed(self, calls: Iterable[CallInfo], *, certain: bool = False) -> None:
        """A complete list of calls: ends what is missing from it for the second time.

        Args:
            calls: The list.
            certain: The modem said that something ended: once missing is enough.
        """
        by_index = {call.index: call for call in calls}
        for call in by_index.values():
            self.seen(CallSeen(call.index, call.state, call.outgoing, call.multiparty, call.number))
        for index in [index for index in self._calls if index not in by_index]:
            entry = self._calls[index]
            entry.missed += 1
            if certain or entry.missed >= MISSING_LISTS:
                self._end(index, None)

    @property
    def in_doubt(self) -> bool:
        """True while a call may be gone, or be another's, that the next list tells of."""
        return any(entry.missed or entry.claim for entry in self._calls.values())

    def clear(self, cause: int) -> None:
        """The modem has begun anew: every call is over, with this Q.850 cause."""
        for index in list(self._calls):
            self._end(index, cause)

    # --- ends and their causes ---

    def caused(self, key: object, cause: int | None) -> None:
        """Answer a question for a cause; without one, a hint such as BUSY decides."""
        for place, ending in enumerate(self._ending):
            if ending is key:
                del self._ending[place]
                self._release(ending, cause if cause is not None else self._hint, place)
                break
        if not self._ending:
            self._hint = None

    def _release(self, ending: _Ending, cause: int | None, place: int) -> None:
        events: list[ModemEvent] = [CallEnded(ending.index, cause), *ending.held_back]
        if place == 0:
            for event in events:
                self._emit(event)
        else:
            self._ending[place - 1].held_back += events

    def _end(self, index: int, cause: int | None) -> None:
        del self._calls[index]
        self._last_ended = index
        if cause is not None:
            self._tell(CallEnded(index, cause))
            return
        ending = _Ending(index, [])
        self._ending.append(ending)
        self._ask_cause(ending)

    def _tell(self, event: ModemEvent) -> None:
        # A new call may have the index of one whose end has not been told yet.
        if self._ending:
            self._ending[-1].held_back.append(event)
        else:
            self._emit(event)

    # --- one call ---

    def _find(self, *states: CallState) -> Entry | None:
        return next((e for e in self._calls.values() if e.info.state in states), None)

    def _calls_already(self, number: str | None) -> bool:
        known = (entry.info for entry in self._calls.values() if not entry.info.outgoing)
        return number is not None and any(
            info.number is not None and not _another(info.number, number) for info in known
        )

    def _believes(self, entry: Entry, number: str | None) -> bool:
        """Note a number that a call was not known by; return whether it is to be believed."""
        again = entry.claim is not None and not _another(entry.claim, number)
        if again or not self._wary():
            entry.claim = None
            return True
        self.changes += 1
        entry.claim = number
        return False

    def _doubts(self, entry: Entry, report: CallSeen) -> bool:
        """Tell whether a report that names another for a call may be wrong: the first does."""
        info = entry.info
        behind = info.state is CallState.WAITING and report.state not in _RINGS
        if behind or report.outgoing not in {None, info.outgoing}:
            return False  # that is about the call beside it
        return not self._believes(entry, report.number)

    def _add_told(
        self, state: CallState, number: str | None, *, withheld: bool, sure: bool
    ) -> None:
        """A call that its number's line is the first to tell of."""
        call = CallInfo(UNKNOWN, False, state, False, number if sure else None)
        entry = self._add(call, withheld=withheld)
        if entry is not None and not sure:
            entry.claim = number

    def _add(self, call: CallInfo, *, withheld: bool = False) -> Entry | None:
        self.changes += 1
        if call.index in self._calls:
            return None  # two calls without an index: a list will tell them apart
        self._hint = None
        entry = self._calls[call.index] = Entry(call, withheld)
        self._offer(entry)
        return entry

    def _offer(self, entry: Entry) -> None:
        call = entry.info
        kind = WaitingCall if call.state is CallState.WAITING else Offered
        self._tell(kind(call.index, call.number, entry.withheld))

    def _rings_now(self, entry: Entry, number: str | None, *, withheld: bool) -> None:
        """The call beside which this one waited is over."""
        self.changes += 1
        number = entry.info.number or number
        entry.info = replace(entry.info, state=CallState.INCOMING, number=number)
        entry.withheld = withheld
        self._offer(entry)

    def _name(self, entry: Entry, number: str | None, *, withheld: bool) -> None:
        if entry.info.number is not None:
            if number is not None and not _another(entry.info.number, number):
                entry.claim = None
        elif number is not None and not self._believes(entry, number):
            pass
        elif number is not None or withheld != entry.withheld:
            self.changes += 1
            entry.claim = None
            entry.info = replace(entry.info, number=number)
            entry.withheld = withheld
            self._offer(entry)

    def _adopt(self, report: CallSeen, claim: str | None) -> Entry:
        """Return the entry of a call that is told of by this index for the first time."""
        nameless = self._calls.get(UNKNOWN)
        if (
            nameless is not None
            and _replaces(nameless.info, report)
            and not self._doubts(nameless, report)
        ):
            if report.state in _RINGS and not nameless.info.outgoing:
                self._end(UNKNOWN, None)  # its end was missed, and another rings
            nameless, claim = None, report.number
        if nameless is not None:
            del self._calls[UNKNOWN]
            nameless.info = replace(nameless.info, index=report.index)
            self._fill_in(nameless, report)
            self._calls[report.index] = nameless
            self._introduce(nameless, report.state)
            return nameless
        outgoing = report.outgoing
        if outgoing is None:
            outgoing = report.state in {CallState.DIALLING, CallState.ALERTING}
        call = CallInfo(report.index, outgoing, report.state, bool(report.multiparty), None)
        entry = self._calls[report.index] = Entry(call, claim=claim)
        self._fill_in(entry, report)
        self._introduce(entry, report.state)
        return entry

    def _introduce(self, entry: Entry, state: CallState) -> None:
        """Tell of a call whose index is known now; a change to ``state`` is told afterwards."""
        if entry.info.state is not state:
            return
        if state in _RINGS:
            self._offer(entry)
        else:
            self._tell(CallChanged(entry.info))

    def _fill_in(self, entry: Entry, report: CallSeen) -> None:
        number = report.number
        if entry.info.number is not None:
            if number is not None and not _another(entry.info.number, number):
                entry.claim = None
        elif number is not None and (entry.info.outgoing or self._believes(entry, number)):
            entry.info = replace(entry.info, number=number)
            entry.withheld, entry.claim = False, None

    def _update(self, entry: Entry, report: CallSeen, before: CallInfo) -> None:
        entry.missed = 0
        joined = before.multiparty if report.multiparty is None else report.multiparty
        entry.info = replace(entry.info, state=report.state, multiparty=joined)
        named = before.number is None and entry.info.number is not None
        if report.state in _RINGS:
            if named or before.state is not report.state:
                self._offer(entry)
        elif before.state is not report.state or joined != before.multiparty:
            self._tell(CallChanged(entry.info))


def _replaces(call: CallInfo, report: CallSeen) -> bool:
    """Tell whether a report is about another call than the one known by its index."""
    if report.outgoing not in {None, call.outgoing}:
        return True
    return not call.outgoing and _another(call.number, report.number)


def _another(known: str | None, told: str | None) -> bool:
    """Tell whether two numbers are of two people; prefixes may be written in several ways."""
    return bool(known and told) and str(known)[-TAIL:] != str(told)[-TAIL:]
