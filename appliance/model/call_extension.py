"""A caller is asked for an extension: the question, the keys, how long they may take."""

from __future__ import annotations

from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import causes
from appliance.model.call_effects import FindExtension, Listen, StopPlay
from appliance.model.call_events import DigitsWanted, LegState
from appliance.model.call_plan import NOT_COLLECTED, Collection
from appliance.model.call_state import GONE, Phase, Turn

ENTERED = "#"
"""The key that ends an extension before its last digit. [unknown] behaviour §6.4."""
ANEW = "*"
"""The key that takes back what was typed."""


def digits_wanted(turn: Turn, event: DigitsWanted) -> None:
    """An extension has to be typed, for the first time or once more."""
    call, collection = turn.call, event.collection
    if call.phase is not Phase.ROUTING:
        return
    turn.set(collection=collection)
    turn.write(app_id=collection.app_id, mode=collection.mode, bind_number=collection.bind_number)
    turn.tell("callin")
    if call.a in GONE:
        ending.caller_left(turn, None)
    elif call.a is LegState.ACTIVE:
        _ask(turn, collection.again)
    else:
        connect.answer(turn)


def begin(turn: Turn, collection: Collection) -> None:
    """The caller is answered."""
    _ask(turn, collection.question, first=True)


def asked(turn: Turn) -> None:
    """The question has been said, or was cut by a key."""
    if not turn.call.digits:
        turn.timer("digits", turn.call.limits.first_digit)


def pressed(turn: Turn, key: str) -> None:
    """The caller pressed a key."""
    call, collection = turn.call, turn.call.collection
    if collection is None:
        return
    if not call.digits and call.saying:
        turn.do(StopPlay("a"))
        turn.hush("a")
    if key == ENTERED:
        _entered(turn)
        return
    typed = "" if key == ANEW else call.digits + key
    turn.set(digits=typed)
    if len(typed) >= collection.digits:
        _entered(turn)
    else:
        limits = call.limits
        turn.timer("digits", limits.next_digit if typed else limits.first_digit)


def overdue(turn: Turn) -> None:
    """No key came in time: what was typed counts, be it nothing."""
    if turn.call.phase is Phase.COLLECTING:
        _entered(turn)


def voice_lost(turn: Turn) -> None:
    """Neither question nor keys can be heard any more."""
    turn.note("the voice port was lost while the extension was typed")
    ending.end(turn, causes.box_ended(NOT_COLLECTED, turn.call.how_far), "box")


def _ask(turn: Turn, words: tuple[str, ...], *, first: bool = False) -> None:
    """Ask; what is heard of a key cuts the first question, whole keys cut it always.

    A modem may report the last key of a wrong extension while its tone still sounds: that tone must
    not cut what is said next.
    """
    turn.set(phase=Phase.COLLECTING, digits="")
    turn.do(Listen("a", True))
    if not turn.say("a", words, interruptible=first):
        asked(turn)


def _entered(turn: Turn) -> None:
    call = turn.call
    turn.stop_timers("digits")
    turn.do(Listen("a", False))
    turn.set(phase=Phase.ROUTING, saying=(), typed=call.typed + 1)
    if call.digits:
        turn.write(extension=call.digits)
        turn.tell("collectInfo")
    turn.do(FindExtension(call.digits, turn.call.typed))
