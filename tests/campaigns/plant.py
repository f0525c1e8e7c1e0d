"""Losses made on purpose while the box is down: the campaign has to find every one of them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

import serial

from tests.campaigns.kills import Campaign
from tests.campaigns.strikes import multiparty_of
from tests.campaigns.town import COUPLE, PAIRS, PATIENCE, X1
from tests.campaigns.traffic import Sent


def plant(campaign: Campaign) -> list[str]:
    """Lose a binding, a text, a session's end and a push; return what the verdict has to say.

    The campaign must have settled; it has settled again when this returns.

    Raises:
        RuntimeError: There was no call, or no text, so that nothing could be lost of it.
    """
    town, receiver = campaign.town, campaign.receiver
    receiver.calm, receiver.refuses = False, True
    dialled = multiparty_of(campaign.stage)
    if dialled.met is None:
        raise RuntimeError(f"{COUPLE} were not put through")
    town.strike()
    text = _lose_text(campaign)
    with closing(sqlite3.connect(town.database, timeout=10)) as db:
        binding = _lose_binding(campaign, db)
        session = _lose_end(db)
        db.commit()
    receiver.refuses = False
    campaign.restart()
    for number in (COUPLE.a, COUPLE.b):
        town.put_down(number)
    dialled.ended = time.time()
    campaign.settle()
    return [
        f"binding {binding} of",
        f"text {text[:12]!r} from {PAIRS[0].a} to {X1} was handed over by the network and is lost",
        f"session {session} has no disconnect",
        f"session {session} has no fee",
        f"callin of {session} was never accepted",
    ]


def _lose_text(campaign: Campaign) -> str:
    """Have a text stored by a modem and deleted there before the box comes to it."""
    town = campaign.town
    sent = Sent(PAIRS[0].a, X1, PAIRS[0].b, "#0 nobody will read this", time.time())
    town.phones[sent.sender].do("sms", to=X1, text=sent.text)
    sent.taken = True
    campaign.texters[0].sent.append(sent)

    def stored() -> dict[str, Any] | None:
        line = town.bank.line(X1)
        return line if line["messages"]["ME"] else None

    port = town.bank.wait(stored, PATIENCE, f"text at {X1}")["port"]
    with serial.Serial(port, timeout=PATIENCE) as modem:
        for command in (b'AT+CPMS="ME"', b"AT+CMGD=0,4"):
            modem.write(command + b"\r")
            modem.read_until(b"OK\r\n")
    if stored() is not None:
        raise RuntimeError("the modem did not delete its texts")
    return sent.text


def _lose_binding(campaign: Campaign, db: sqlite3.Connection) -> str:
    bound = next(each for each in campaign.stage.binders[0].live.values() if each.pair == PAIRS[-1])
    db.execute("DELETE FROM bindings WHERE subscription_id = ?", [bound.subscription])
    return bound.subscription


def _lose_end(db: sqlite3.Connection) -> str:
    """Close a call that is up without a word, and forget what was to be told of it."""
    session = str(db.execute("SELECT session_id FROM calls WHERE closed = 0").fetchone()[0])
    db.execute("UPDATE calls SET closed = 1, ended_at = call_in_at WHERE session_id = ?", [session])
    db.execute(
        "UPDATE outbox SET state = 'delivered', delivered_at = created_at"
        " WHERE state = 'due' AND order_key = ?",
        [session],
    )
    return session
