"""Whose SIM is in a line, and the courier of that SIM's texts. Lives on the line's thread."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Protocol

from appliance.exchange.courier import Courier
from appliance.exchange.courier_port import CourierLine, CourierPort
from appliance.exchange.messages import Inbox
from appliance.exchange.registry import Registry
from appliance.exchange.settings import ExchangeSettings
from appliance.model.records import Number
from drivers.modem import Identity, ModemEvent, Ready, Registration


class SimLine(CourierLine, Protocol):
    """What is needed of the line worker."""

    @property
    def settings(self) -> ExchangeSettings:
        """How the exchange behaves."""

    @property
    def socket(self) -> str:
        """Name of the socket that its modems are plugged into."""

    @property
    def registry(self) -> Registry:
        """Lines and calls of the moment."""

    @property
    def inbox(self) -> Inbox:
        """The worker's inbox."""

    @property
    def draining(self) -> bool:
        """True once no new work is taken."""

    def changed(self) -> None:
        """Publish how the line is."""


class LineSim:
    """The SIM of the moment.

    Args:
        line: The line's worker.
        msisdn: Its number, empty while it is not known.

    Attributes:
        identity: Who answered on the port last.
        number: Its enrolment, None when it is not enrolled.
        usable: The modem is ready and its SIM can be read.
        replaced: The SIM was replaced by another one and is refused.
        ready_event: What the modem said when it was ready, None while it is not.
        registration: As the modem told it last.
        courier: Of its texts, None while there is none.
    """

    def __init__(self, line: SimLine, msisdn: str) -> None:
        self._line = line
        self.msisdn = msisdn
        self.identity: Identity | None = None
        self.number: Number | None = None
        self.usable = False
        self.replaced = False
        self.ready_event: Ready | None = None
        self.registration = Registration(0)
        self.courier: Courier | None = None

    def seen(self, identity: Identity) -> bool:
        """The modem is ready; returns whether another SIM than before is in it."""
        another = self.identity is not None and self.identity.iccid != identity.iccid
        if another:
            self.stop_courier()  # another SIM is another line: its texts are not these
        self.identity = identity
        self.usable = True
        self.look_up()
        return another

    def unread(self, identity: Identity | None) -> bool:
        """The SIM keeps the line from working; returns whether it is another one than before.

        Args:
            identity: Who answers. A SIM that does not even tell its ICCID may be the former one,
                and counts as that.
        """
        self.usable = False
        former = self.identity
        if identity is None:
            return False
        if not identity.iccid:
            whose = former or identity
            self.identity = replace(
                identity, iccid=whose.iccid, msisdn=whose.msisdn, own_number=whose.own_number
            )
            return False
        another = former is not None and former.iccid != identity.iccid
        if another:
            self.stop_courier()
        self.identity = identity
        self.number = self._line.store.numbers.by_iccid(identity.iccid)
        self._call_it(self.number.msisdn if self.number else identity.msisdn or "")
        return another

    def gone(self) -> None:
        """The modem is not there any more; who was in it is still known."""
        self.usable = False
        self.ready_event = None
        self.registration = Registration(0)

    def look_up(self) -> None:
        """Find out whose SIM this is; cheap enough for every change and every idle moment."""
        identity, line = self.identity, self._line
        if identity is None or not self.usable:
            return
        self.number = line.store.numbers.by_iccid(identity.iccid)
        self.replaced = self.number is None and (
            line.store.numbers.retired(identity.iccid) is not None
        )
        self._call_it(self.number.msisdn if self.number else identity.msisdn or "")
        if self.msisdn:
            line.registry.join(self.msisdn, line.inbox)
        self._keep_courier()
        line.changed()

    def _call_it(self, msisdn: str) -> None:
        """Take the line's number, which may have become unknown."""
        if msisdn == self.msisdn:
            return
        if self.msisdn:
            self._line.registry.leave(self.msisdn, self._line.inbox)
        self.msisdn = msisdn
        threading.current_thread().name = f"line-{msisdn or self._line.socket}"

    # --- the courier ---

    def _keep_courier(self) -> None:
        """Texts of a SIM that is not enrolled are left where they are."""
        enrolled = self.number is not None and self.usable
        if enrolled and self.courier is None and not self._line.draining:
            line = self._line
            self.courier = Courier(CourierPort(line), line.store, line.settings.texts)
            if self.ready_event is not None:
                self.courier.event(self.ready_event)
                self.courier.event(self.registration)
        elif not enrolled and self.usable:
            self.stop_courier()

    def tell_courier(self, event: ModemEvent) -> None:
        """Give the courier an event, if there is one."""
        if self.courier is not None:
            self.courier.event(event)

    def tell_courier_ready(self) -> None:
        """Have texts looked for that came while nobody listened."""
        if self.ready_event is not None:
            self.tell_courier(self.ready_event)

    def stop_courier(self) -> None:
        """End the courier; what it has not finished is on the disk."""
        if self.courier is not None:
            self.courier.stop()
            self.courier = None
