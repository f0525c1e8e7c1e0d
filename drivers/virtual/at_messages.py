"""The modem's texts: where a delivered one goes, and how the host is told (3GPP TS 27.005 §3.4)."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.virtual.at_message_text import routed_lines
from drivers.virtual.at_result import (
    CME_TO_CMS,
    CMS_BAD_PDU,
    CMS_NO_ACK_EXPECTED,
    CMS_NO_SERVICE,
    AtError,
    Later,
)
from drivers.virtual.journal import Journal
from drivers.virtual.pdu import (
    BadPdu,
    Deliver,
    StatusReport,
    Submit,
    decode_incoming,
    encode_smsc,
    split,
)
from drivers.virtual.reactor import Handle
from drivers.virtual.storage import REPORTS, MessageStatus, Storage, Stored
from drivers.virtual.terminal import Subscriber

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_log = logging.getLogger(__name__)

MEMORY_EXCEEDED = 22  # RP cause (3GPP TS 24.011 §8.2.5.4)
SLOW_PROMPT = 0.06  # seconds; modems have been seen to take up to a tenth of one
ACKNOWLEDGE_WITHIN = 15.0  # seconds for +CNMA after a directly routed text
_KEPT_INDICATIONS = 20


class MessageDesk:
    """Takes texts from the network and hands the host's to it.

    Args:
        modem: Whose texts they are.
        subscriber: Its end of the network.
        storage: Its memories.
        centre: The SMSC's number, as the SIM has it.
        journal: Told when the host asks to send, and when the network is given what it wrote.
    """

    def __init__(
        self,
        modem: VirtualModem,
        subscriber: Subscriber,
        storage: Storage,
        centre: str,
        journal: Journal,
    ) -> None:
        self._modem = modem
        self.subscriber = subscriber
        self.storage = storage
        self.centre = centre
        self._journal = journal
        self._prompt_wait = 0.0
        self._reference = -1
        self._refused = False
        self._unacknowledged: deque[Stored] = deque()
        self._patience: Handle | None = None
        self._buffered: deque[tuple[str, ...]] = deque(maxlen=_KEPT_INDICATIONS)

    # --- from the network -------------------------------------------------------------------------

    def deliver(self, tpdu: bytes, smsc: str) -> int | None:
        """Take a DELIVER or STATUS-REPORT; returns None, or the RP cause of the refusal."""
        try:
            message = decode_incoming(tpdu)
        except BadPdu as error:
            _log.warning("%s: the network delivered no TPDU: %s", self._modem.label, error)
            return self._store(Stored(MessageStatus.UNREAD, tpdu, smsc))
        stored = Stored(MessageStatus.UNREAD, tpdu, smsc)
        if isinstance(message, StatusReport):
            return self._report(stored)
        return self._route(message, stored)

    def _route(self, message: Deliver, stored: Stored) -> int | None:
        mode = self._routing(1)
        shown_at_once = message.body.message_class == 0 and mode
        wanted = mode == 2 or (mode == 3 and message.body.message_class == 3) or shown_at_once
        if wanted and message.body.message_class != 2 and self._modem.host_listens:
            self._forward("+CMT", ",", stored)
            return None
        return self._store(stored)

    def _report(self, stored: Stored) -> int | None:
        mode = self._routing(3)
        if mode == 1 and self._modem.host_listens:
            self._forward("+CDS", "", stored)
        elif mode == 2:
            index = self.storage[REPORTS].add(stored)
            if index is None:
                return MEMORY_EXCEEDED
            self._indicate(f'+CDSI: "{REPORTS}",{index}')
        return None

    def _store(self, stored: Stored) -> int | None:
        memory = self.storage.receiving
        index = memory.add(stored)
        if index is None:
            self._refused = True
            for line in self._modem.personality.memory_full(memory.name):
                self._modem.urc(line)
            return MEMORY_EXCEEDED
        if self._routing(1) in {1, 2, 3}:
            self._indicate(f'+CMTI: "{memory.name}",{index}')
        return None

    def _routing(self, place: int) -> int:
        return self._modem.settings.number("+CNMI", place)

    def _forward(self, name: str, alpha: str, stored: Stored) -> None:
        if self._modem.settings.number("+CMGF") == 1:
            self._indicate(*routed_lines(self._modem, name, stored))
        else:
            octets = encode_smsc(stored.smsc) + stored.tpdu
            self._indicate(f"{name}: {alpha}{len(stored.tpdu)}", octets.hex().upper())
        if self._modem.settings.number("+CSMS") == 1:
            self._unacknowledged.append(stored)
            if self._patience is None:
                self._patience = self._modem.reactor.after(ACKNOWLEDGE_WITHIN, self._give_up)

    def _give_up(self) -> None:
        """No acknowledgement: keep the texts and route nothing any more (§3.4.1)."""
        self._patience = None
        values = list(self._modem.settings["+CNMI"])
        values[1] = values[3] = "0"
        self._modem.settings["+CNMI"] = tuple(values)
        while self._unacknowledged:
            stored = self._unacknowledged.popleft()
            if stored.tpdu[0] & 0x03 == 0:
                self._store(stored)

    def _indicate(self, *lines: str) -> None:
        if self._routing(0) == 0:
            self._buffered.append(lines)
        else:
            self._modem.urc(*lines)

    # --- what the host does -----------------------------------------------------------------------

    def routing_changed(self) -> None:
        """``+CNMI`` has changed: tell what was kept back, or forget it."""
        if self._routing(0) == 0:
            return
        flush = self._routing(4) == 0
        while self._buffered:
            lines = self._buffered.popleft()
            if flush:
                self._modem.urc(*lines)

    def acknowledge(self) -> None:
        """Take ``+CNMA``.

        Raises:
            AtError: Nothing waits for it.
        """
        if not self._unacknowledged:
            raise AtError(cms=CMS_NO_ACK_EXPECTED)
        self._unacknowledged.popleft()
        if not self._unacknowledged and self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def room_made(self) -> None:
        """Slots were freed: let the network try again what was refused."""
        if self._refused and not self.storage.receiving.full:
            self._refused = False
            self.subscriber.memory_available()

    def prompt(self) -> float:
        """Note that the host asks to send; returns how long its prompt takes, in seconds."""
        self._journal.add("sms", line=self._modem.msisdn, state="prompt")
        return self._prompt_wait

    def slow_prompt(self) -> None:
        """From now on take :data:`SLOW_PROMPT` for a prompt."""
        self._prompt_wait = SLOW_PROMPT

    def send(self, submit: Submit, name: str = "+CMGS") -> Later:
        """Hand a text to the network; the result is its reference.

        Args:
            submit: What to send; the modem gives it the next reference.
            name: The command that is answered.

        Raises:
            AtError: There is no service, or it fits into no PDU.
        """
        try:
            self._modem.card.check()
        except AtError as error:
            raise AtError(cms=CME_TO_CMS.get(error.cme or 0, 500)) from error
        if not self._modem.radio.registered:
            raise AtError(cms=CMS_NO_SERVICE)
        self._reference = (self._reference + 1) % 256
        reference = self._reference
        try:
            tpdu = _referenced(submit, reference).encode()
        except BadPdu as error:
            raise AtError(cms=CMS_BAD_PDU) from error
        later = Later()

        def told(cause: int | None) -> None:
            if cause is None:
                later.done(f"{name}: {reference}")
            else:
                later.fail(AtError(cms=cause))

        self._journal.add(
            "sms",
            line=self._modem.msisdn,
            state="given",
            to=submit.number,
            reference=reference,
        )
        self.subscriber.submit(tpdu, told)
        return later

    def fill(self) -> None:
        """Fill the receiving memory with old texts of the operator."""
        at = self._modem.network_time()
        body = split("Your balance is low.")[0]
        octets = Deliver("10086", body, at).encode()
        self.storage.fill(Stored(MessageStatus.READ, octets, self.centre))

    def boot(self) -> None:
        """Return to the state of power-up; stored texts stay."""
        self.stop()
        self._buffered.clear()
        self._unacknowledged.clear()
        self.storage.reset()

    def stop(self) -> None:
        """Cancel what is due later."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _referenced(submit: Submit, reference: int) -> Submit:
    return replace(submit, reference=reference)
