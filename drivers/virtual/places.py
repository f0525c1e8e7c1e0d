"""The ports of the bank's hub, what ails them, and what a hand moves between modems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.virtual.numbering import mask

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

SAG_SECONDS = 4.0  # from power-up until a supply that is too weak breaks down


@dataclass
class Place:
    """One port of the hub; what ails it stays there when modems are exchanged.

    Args:
        name: The number of the line whose modem was in it first.
        dead: A broken contact: whatever is plugged in here does not show.
        weak: Its supply breaks down under a modem that has booted, again and again.
    """

    name: str
    dead: bool = False
    weak: bool = False


def trade_ports(one: VirtualModem, other: VirtualModem) -> None:
    """Exchange the ports of two modems that are unplugged."""
    one.place, other.place = other.place, one.place


def trade_sims(one: VirtualModem, other: VirtualModem) -> None:
    """Exchange the SIMs of two modems that are unplugged, with the texts that lie on them.

    What the network does to a SIM goes with it; a lock to another operator is the modem's.
    """
    one.card.foreign, other.card.foreign = other.card.foreign, one.card.foreign
    one.messages.storage.trade("SM", other.messages.storage)
    waiting = one.call_waiting_provisioned, other.call_waiting_provisioned
    other.call_waiting_provisioned, one.call_waiting_provisioned = waiting
    pairs = (one.card, one.subscriber), (other.card, other.subscriber)
    for modem, (card, subscriber) in zip((other, one), pairs, strict=True):
        modem.card, modem.subscriber = card, subscriber
        modem.msisdn, modem.label = card.sim.msisdn, mask(card.sim.msisdn)
        subscriber.terminal = modem
        subscriber.first_index = modem.personality.first_call_index
        for desk in (modem.radio, modem.calls, modem.messages):
            desk.subscriber = subscriber
