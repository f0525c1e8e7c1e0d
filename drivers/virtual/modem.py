"""A virtual modem: SIM, radio, memories, command port and voice port of one line of the bank."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable
from datetime import datetime

from drivers.virtual import at_services
from drivers.virtual.at_calls import CallDesk
from drivers.virtual.at_interpreter import Interpreter
from drivers.virtual.at_line import Arguments, Form, Request
from drivers.virtual.at_messages import MessageDesk
from drivers.virtual.at_network import Radio
from drivers.virtual.at_port import AtPort
from drivers.virtual.at_power import Cure, Power
from drivers.virtual.at_result import CME_TO_CMS, SIM_BUSY, AtError, Later, Outcome
from drivers.virtual.at_sim import Card
from drivers.virtual.at_table import Settings, find
from drivers.virtual.config import LineConfig
from drivers.virtual.network import Network
from drivers.virtual.numbering import luhn, mask
from drivers.virtual.personalities import make_personality
from drivers.virtual.personalities.personality import Personality
from drivers.virtual.places import Place, trade_ports, trade_sims
from drivers.virtual.reactor import Reactor
from drivers.virtual.smsc import ADDRESS, ZONE
from drivers.virtual.station import Station
from drivers.virtual.storage import Storage
from drivers.virtual.terminal import Call
from drivers.virtual.traps import Lateness, Trap, Traps
from drivers.virtual.voice import Voice

_log = logging.getLogger(__name__)

COMMANDS_KEPT = 50
COOL, HOT = 34, 91  # °C
_SERIALS = 999_983  # a prime: neighbours in any digit get different serial numbers
_SECRET = re.compile(r'(\+CPIN=|\+CLCK="?SC"?,[01],|\+CPWD=)[^;]*', re.IGNORECASE)


class VirtualModem:
    """One modem with its SIM; a Terminal of the network and the LineModem of the bank.

    Everything runs on the reactor's thread.

    Args:
        reactor: The bank's loop.
        network: Where the SIM is attached.
        line: Which modem, which SIM, and what they cannot do.
    """

    settings: Settings
    personality: Personality
    interpreter: Interpreter
    subscriber: Station
    power: Power

    def __init__(self, reactor: Reactor, network: Network, line: LineConfig) -> None:
        self.reactor, self._network = reactor, network
        self.msisdn, self.label = line.msisdn, mask(line.msisdn)
        self.place = Place(line.msisdn)
        self.quiet = line.quiet
        self.sound_card = line.card
        self.personality = make_personality(line.personality)
        self.imei = line.imei or _imei(self.personality.type_allocation, line.msisdn)
        in_multiparty = line.host_audio_in_multiparty
        if in_multiparty is None:
            in_multiparty = self.personality.host_audio_in_multiparty
        self.host_audio_in_multiparty = in_multiparty
        self.call_waiting_provisioned = line.sim.services.call_waiting
        self.table = self.personality.table()
        self.settings = Settings(self.table)
        self.card = Card.of(line.sim)
        self.subscriber = network.attach(line.sim, self)
        self.subscriber.first_index = self.personality.first_call_index
        self.radio = Radio(self, self.subscriber, seed=self.imei)
        false_answer = line.false_answer
        if false_answer is None:
            false_answer = self.personality.false_answer
        self.calls = CallDesk(self, self.subscriber, false_answer=false_answer)
        storage = Storage(
            self.personality.memories, self.personality.first_slot, self.personality.preferred
        )
        self.messages = MessageDesk(self, self.subscriber, storage, ADDRESS, network.journal)
        self.port = AtPort(reactor, self._received, self._host_left)
        self.voice = Voice(reactor, deaf=line.voice == "deaf")
        self.voice_once = line.voice == "once"
        self.interpreter = self.new_interpreter()
        self.commands: deque[str] = deque(maxlen=COMMANDS_KEPT)
        self.power = Power(self, network.journal)
        self.traps = Traps(reactor)
        self.lateness = Lateness(reactor, lambda said: self.port.write(said))
        self._talking = False
        self.celsius = COOL

    # --- the bank's side --------------------------------------------------------------------------

    def start(self) -> None:
        """Be there, booted long ago."""
        self.power.plug(cold=True)

    def stop(self) -> None:
        """Be gone for good: every descriptor closed, every timer cancelled."""
        self.power.unplug(abrupt=False)

    def describe(self) -> dict[str, object]:
        """Return the element of ``GET /lines``."""
        audio: dict[str, object] | None = None
        if self.sound_card is not None and self.running:
            audio = {
                "kind": "alsa",
                "address": self.sound_card,
                "rate": self.personality.card_rate,
                "on": self.personality.card_on(self),
            }
        elif self.voice.path is not None:
            audio = {
                "kind": "serial",
                "address": self.voice.path,
                "rate": 16000 if self.voice.wide else 8000,
                "on": self.voice.on,
                "statistics": self.voice.describe(),
            }
        memories = self.messages.storage
        return {
            "msisdn": self.msisdn,
            "iccid": self.card.sim.iccid,
            "imei": self.imei,
            "imsi": self.card.sim.imsi,
            "place": self.place.name,
            "family": self.personality.family,
            "driver": self.personality.driver,
            "port": self.port.path,
            "audio": audio,
            "powered": self.running,
            "plugged": self.power.plugged,
            "registered": self.radio.registered,
            "sim": self.card.state if self.card.present else "missing",
            "signal_dbm": self.radio.dbm,
            "in_use": self.port.in_use,
            "hung": self.power.hung,
            "lost_octets": self.port.lost,
            "messages": {name: len(memories[name]) for name in memories.names},
            "commands": list(self.commands),
        }

    def fault(self, kind: str) -> None:
        """Break or mend the modem: ``unplug``, ``hang``, ``sim-out``, ``hot`` and so on.

        Raises:
            ValueError: No such kind.
        """
        faults = self.faults()
        if kind not in faults:
            raise ValueError(f"a modem has no fault {kind!r}; it has {', '.join(faults)}")
        faults[kind]()

    def faults(self) -> dict[str, Callable[[], None]]:
        """Return everything that can be done to it, by name."""
        return {
            "unplug": lambda: self.power.unplug(abrupt=True),
            "plug": self.power.plug,
            "hang": self.hang,
            "hang-port": lambda: self.power.hang(Cure.REOPEN),
            "hang-reset": lambda: self.power.hang(Cure.RESET),
            "hang-usb": lambda: self.power.hang(Cure.REBIND),
            "rebind": self.power.rebind,
            "power-cycle": lambda: self.power.reset(abrupt=True),
            "garble": self.power.garble,
            "late": self.lateness.begin,
            "disarm": lambda: self.traps.set(None),
            "dead-port": lambda: self.power.contact(False),
            "live-port": lambda: self.power.contact(True),
            "weak-power": lambda: self.power.supply(weak=True),
            "steady-power": lambda: self.power.supply(weak=False),
            "reset": lambda: self.power.reset(abrupt=True),
            "sim-out": self._take_sim_out,
            "sim-in": self._put_sim_in,
            "puk": self._block_sim,
            "unblock": self._unblock_sim,
            "lock": lambda: self._lock(True),
            "unlock": lambda: self._lock(False),
            "hot": lambda: self._heat(HOT),
            "cool": lambda: self._heat(COOL),
            "weak": lambda: self.radio.weaken(True),
            "strong": lambda: self.radio.weaken(False),
            "sms-full": self.messages.fill,
            "slow-prompt": self.messages.slow_prompt,
        }

    def ambush(self, trap: Trap) -> None:
        """Have a fault wait for its moment; it takes the place of one that waits."""
        self.traps.set(trap)

    def trade(self, what: str, other: VirtualModem) -> None:
        """Exchange the ``sims`` or the ``ports`` of two modems that are unplugged."""
        (trade_sims if what == "sims" else trade_ports)(self, other)

    # --- the network's side (Terminal) ------------------------------------------------------------

    def registration_changed(self, status: int) -> None:
        """Take ``<stat>`` of ``+CREG``."""
        self.radio.changed(status)

    def call_changed(self, call: Call) -> None:
        """Take a call's new state."""
        self.calls.changed(call)

    def service_notice(self, kind: str, call: Call) -> None:  # noqa: ARG002 - the contract's
        """Take what the far side did."""
        self.calls.notice(kind)

    def deliver(self, tpdu: bytes, smsc: str) -> int | None:
        """Take a DELIVER or STATUS-REPORT; returns None, or an RP cause."""
        return self.messages.deliver(tpdu, smsc)

    def dtmf(self, call: Call, digit: str) -> None:  # noqa: ARG002 - no family names the call
        """Take a key that the far side pressed."""
        for line in self.personality.key_heard(self, digit):
            self.urc(line)

    def speak(self) -> bytes | None:
        """Return the next 20 ms from the host."""
        return self.voice.take() if self._voice_passes() else None

    def hear(self, frame: bytes | None) -> None:
        """Take 20 ms for the host."""
        if self._voice_passes():
            self.voice.give(frame)
            self.personality.voice_tick(self)

    def _voice_passes(self) -> bool:
        talking = self.voice.on and self.calls.voice_path
        if talking and not self._talking:
            self.voice.refresh()
        self._talking = talking
        return talking and self.personality.voice_works(self)

    # --- the host's side --------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """True while the modem has power."""
        return self.power.running

    @property
    def host_listens(self) -> bool:
        """True while a host has the port open and the modem answers."""
        return self.running and not self.power.hung and self.port.in_use

    def urc(
        self, *lines: str, early: bool = False, late: bool = False, noise: bool = False
    ) -> None:
        """Send unsolicited lines.

        Args:
            lines: One block.
            early: Before the result of the command at work.
            late: After it.
            noise: About neither calls nor texts; a quiet modem keeps it to itself, and a hung one
                still says it.
        """
        if not self.running or (self.power.hung and not noise) or (self.quiet and noise):
            return
        self.interpreter.urc(*lines, early=early, late=late)

    def ussd(self, code: str) -> Outcome:
        """Send a service code; the answer comes as ``+CUSD``."""
        return at_services.request(self, code)

    def encode(self, text: str) -> str:
        """Return a string as the host's character set has it (``+CSCS``)."""
        if self.settings["+CSCS"][0] == "UCS2":
            return text.encode("utf-16-be").hex().upper()
        return text

    def decode(self, text: str) -> str:
        """Return a string of the host's as it was meant."""
        if self.settings["+CSCS"][0] == "UCS2" and len(text) % 4 == 0:
            try:
                return bytes.fromhex(text).decode("utf-16-be")
            except ValueError:
                return text
        return text

    def network_time(self) -> datetime:
        """Return the network's time of day with its zone."""
        return self._network.wall().astimezone(ZONE)

    def scaled(self, seconds: float) -> float:
        """Return how long the network takes for what takes ``seconds`` at speed 1."""
        return self._network.pace.scaled(seconds)

    def restore_defaults(self) -> None:
        """Do ``ATZ``: settings return to their defaults, the radio and the memories stay."""
        self.settings.reset(keep={*self.personality.stored, "+COPS"})
        self.messages.routing_changed()

    def sim_unlocked(self) -> None:
        """The PIN was right: go on booting."""
        self.power.texts_ready = True
        self.radio.follow()
        for line in self.personality.unlocked():
            self.urc(line)

    def hang(self) -> None:
        """Read on, but never answer again until power is cycled."""
        self.power.hang(Cure.POWER)

    def dispatch(self, request: Request) -> Outcome:
        """Run one command.

        Raises:
            AtError: It ends the line with an error.
        """
        command, handler = find(self.table, request)
        if request.form is not Form.TEST:
            if command.sms:
                self._check_texts()
            elif command.sim:
                self.card.check()
        outcome = handler(self, Arguments(request.text))
        if self.power.hung:
            return Later()  # never done
        return outcome

    def _check_texts(self) -> None:
        try:
            self.card.check()
        except AtError as error:
            raise AtError(cms=CME_TO_CMS.get(error.cme or 0, 500)) from None
        if not self.power.texts_ready:
            raise AtError(cms=CME_TO_CMS[SIM_BUSY])

    def new_interpreter(self) -> Interpreter:
        """Return an interpreter in the state of power-up."""
        return Interpreter(
            self.reactor,
            self.dispatch,
            self._send,
            self.personality.explain,
            self._remember,
            self.personality.framing,
            quiet=self.quiet,
        )

    def _remember(self, line: str) -> None:
        self.commands.append(_SECRET.sub(r"\1****", line))

    def _received(self, octets: bytes) -> None:
        self.traps.hear(octets, self._heard)

    def _heard(self, octets: bytes) -> None:
        if self.running and not self.power.hung:
            self.interpreter.feed(self.power.noisy(octets))
        elif self.running:
            self.power.reset_heard(octets)

    def _send(self, octets: bytes) -> None:
        if self.running:
            self.traps.say(octets, lambda said: self.lateness.say(self.power.noisy(said)))

    def _host_left(self) -> None:
        """The last host has closed the port, which drops DTR (V.250 §6.2.9).

        Calls that are only being set up go on: hosts that dial and leave expect that.
        """
        self.power.host_left()
        if self.settings.number("&D") != 0:
            self.interpreter.leave_command_state()
            self.calls.drop_connected()

    # --- the SIM slot -----------------------------------------------------------------------------

    def _take_sim_out(self) -> None:
        if self.card.present:
            self.card.present = self.card.unlocked = False
            self.radio.follow()
            for line in self.personality.sim_removed(self):
                self.urc(line)

    def _put_sim_in(self) -> None:
        if not self.card.present:
            self.card.present = True
            self.power.texts_ready = self.card.ready
            self.radio.follow()
            for line in self.personality.sim_inserted(self):
                self.urc(line)

    def _block_sim(self) -> None:
        """Somebody typed a wrong PIN too often; the modem starts with a card that wants its PUK."""
        self.card.block()
        self.power.reset(abrupt=True)

    def _lock(self, locked: bool) -> None:
        """The modem takes SIMs of another operator only; it starts with this one."""
        self.card.foreign = locked
        self.power.reset(abrupt=True)

    def _heat(self, celsius: int) -> None:
        self.celsius = celsius

    def _unblock_sim(self) -> None:
        """Somebody typed the PUK and a new PIN, and switched the question for it off."""
        self.card.free()
        self.power.reset(abrupt=True)


def _imei(type_allocation: str, msisdn: str) -> str:
    body = type_allocation + f"{int(msisdn.lstrip('+')) % _SERIALS:06d}"
    return body + luhn(body)
