"""The composition root: builds the rooms of a box, starts them in order, stops them in reverse."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from types import FrameType

from appliance.api.admin import admin_app, metrics, metrics_app
from appliance.api.admin.metrics_care import CareCollector
from appliance.api.certificate import ensure
from appliance.api.cloud import cloud_app
from appliance.api.counters import Requests
from appliance.api.refusals import Refusals
from appliance.api.server import Server, TlsFiles
from appliance.bank_process import BankProcess
from appliance.config import BankLineSection, Settings
from appliance.errors import SimveilError
from appliance.exchange import Exchange, ExchangeSettings
from appliance.exchange.ask import AskSettings
from appliance.exchange.courier import CourierSettings
from appliance.exchange.delivery import Delivery
from appliance.exchange.dispatch_rules import DispatchSettings
from appliance.exchange.jobs import DeliverySettings
from appliance.exchange.witness import Witness
from appliance.liveness import Liveness
from appliance.media import MediaProcess
from appliance.media.events import Post
from appliance.model.budget import PER_SIM, Rule
from appliance.model.call_plan import Limits
from appliance.operations import recordings
from appliance.operations.alerts import Teller
from appliance.operations.caretaker import Caretaker
from appliance.operations.findings import Inspector
from appliance.operations.generation import Marks, refuse_superseded
from appliance.operations.jobs import Jobs
from appliance.operations.voices import Voices
from appliance.operations.watch import Watch
from appliance.store import Store
from appliance.store.identity import Generation
from drivers.bank_tools import BankTools
from drivers.clock import SystemClock
from drivers.device_tools import DeviceTools
from drivers.discovery import StaticSource, VirtualSource
from drivers.families.open import make_modem
from drivers.families.spent_pins import SPENT
from drivers.modem import AudioSpec, ModemSource, Socket
from drivers.rack import Rack
from drivers.recovery import LadderTools
from drivers.udev import UdevSource

_log = logging.getLogger(__name__)

_STORE_STOP = 2.0  # seconds of a stop that are kept for the last batch to reach the disk
_PUSH_STOP = 1.5  # … and for deliveries that are on their way
_SERVER_STOP = 1.0  # seconds for requests that are being answered
_CARE_STOP = 0.5  # … and for what only looks
_SLOW_STOP = 0.5  # seconds after which a part that stops is worth a line of the log
_LEAST_STOP = 0.2  # seconds that every part has, however late it is
_ADMIN_BODY = 16 << 20  # octets: a voice file of 2 MB in Base64, with room
_WATCH = 1.0  # seconds between looks while the box runs


class Box:
    """A whole box in one process.

    Args:
        settings: The checked configuration.
        config: Its path, for the virtual bank that may have to be started.
    """

    def __init__(self, settings: Settings, config: Path) -> None:
        self._settings = settings
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._deadline = 0.0  # of a stop, monotonic
        data = settings.box.data
        self.clock = SystemClock()
        self.store = Store(settings.box.database, clock=self.clock, region=settings.box.region)
        self.bank = (
            BankProcess(config, settings.virtual.control, data) if settings.virtual else None
        )
        witness = Witness()
        self.exchange = Exchange(
            store=self.store,
            media=self._media,
            clock=self.clock,
            settings=exchange_settings(settings, witness),
            rack=Rack(
                sources(settings),
                make_modem,
                self.clock,
                tools(settings),
                start_gap=start_gap(settings),
            ),
        )
        self.delivery = Delivery(self.store, self.clock, delivery_settings(settings), witness)
        self.caretaker = Caretaker(self.store, self.clock)
        self.jobs = Jobs(
            self.store,
            self.clock,
            in_call=self._numbers_in_call,
            enrolment_changed=self.exchange.enrolment_changed,
        )
        inspector = Inspector(self.store, self.exchange, settings, self.clock.now)
        self.marks = Marks(
            self.store, self.exchange, settings.backup, self.clock.now, self._superseded
        )
        self.watch = Watch(
            self.marks,
            Teller(self.store, self.exchange, inspector, settings, self.clock.now),
        )
        self.superseded = threading.Event()
        registry = metrics.registry(self.store, self.exchange)
        registry.register(CareCollector(self.store, inspector))
        voices, refusals = Voices(settings.box.voices), Refusals()
        self.cloud = cloud_app(
            self.store,
            self.exchange,
            self.clock,
            settings,
            voices=voices,
            requests=Requests(registry),
            refusals=refusals,
        )
        self.admin = admin_app(
            self.store,
            self.exchange,
            self.clock,
            settings,
            voices_folder=voices,
            registry=registry,
            jobs=self.jobs,
            refusals=refusals,
            witness=witness,
            marks=self.marks,
        )
        self.metrics = metrics_app(registry)

    def start(self) -> None:
        """Start everything; what was started is stopped again if a later part fails.

        Raises:
            SimveilError: With one sentence about what could not be started.
        """
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise SimveilError(f"could not start: {error}") from error
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        settings = self._settings
        for folder in (settings.box.data, settings.box.recordings, settings.box.voices):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._begin("clock", self.clock.start, self.clock.stop)
        self._begin("store", self.store.start, lambda: self.store.stop(self._left(0.0)))
        refuse_superseded(self.store)
        recordings.complete(self.store, settings.box.recordings)
        SPENT.keep(settings.box.data / "refused-pins")
        if self.bank is not None:
            self._begin("virtual bank", self.bank.start, self.bank.stop)
        quarter = settings.timings.stop / 4
        self._begin(
            "delivery",
            self.delivery.start,
            lambda: self.delivery.stop(min(quarter, self._left(_STORE_STOP))),
        )
        self._begin(
            "exchange",
            self.exchange.start,
            lambda: self.exchange.stop(self._left(_STORE_STOP + _PUSH_STOP)),
        )
        self._begin("caretaker", self.caretaker.start, self.caretaker.stop)
        self._begin("tasks", self.jobs.start, lambda: self.jobs.stop(1.0))
        self._begin("watch", self.watch.start, lambda: self.watch.stop(_CARE_STOP))
        admin = Server(
            self.admin,
            f"unix:{settings.admin.socket}",
            threads=settings.admin.threads,
            body_limit=_ADMIN_BODY,
        )
        self._begin("admin interface", admin.start, lambda: admin.stop(_SERVER_STOP))
        if settings.admin.metrics:
            exposed = Server(self.metrics, settings.admin.metrics, threads=2)
            self._begin("metrics", exposed.start, exposed.stop)
        cloud = Server(
            self.cloud,
            settings.api.addresses,
            self._tls(),
            threads=settings.api.threads,
            keep_alive=settings.api.keep_alive,
            body_limit=settings.api.body_limit,
        )
        self._begin("mirrored interface", cloud.start, lambda: cloud.stop(_SERVER_STOP))
        alive = Liveness(
            {
                "store": self._store_answers,
                "lines": self.exchange.answers,
                "mirrored interface": cloud.answers,
                "admin interface": admin.answers,
            }
        )
        self._begin("watchdog", alive.start, lambda: alive.stop(_CARE_STOP))

    def _store_answers(self, timeout: float) -> bool:
        self.store.write(lambda _db: None, timeout)
        return True

    def stop(self) -> None:
        """Stop everything that runs, in reverse order; a part that fails does not keep the rest.

        All of it together has ``timings.stop`` seconds.
        """
        self._deadline = time.monotonic() + self._settings.timings.stop
        while self._undo:
            name, undo = self._undo.pop()
            began = time.monotonic()
            try:
                undo()
            except Exception:  # noqa: BLE001 - the other parts must be stopped all the same
                _log.exception("%s did not stop in order", name)
            if (took := time.monotonic() - began) >= _SLOW_STOP:
                _log.warning("%s took %.1f s to stop", name, took)

    def _left(self, kept: float) -> float:
        """Return the seconds of a stop that are left for a part, ``kept`` for those after it."""
        return max(_LEAST_STOP, self._deadline - time.monotonic() - kept)

    def _begin(self, name: str, start: Callable[[], object], stop: Callable[[], object]) -> None:
        start()
        self._undo.append((name, stop))
        _log.debug("%s is up", name)

    def _superseded(self, _mine: Generation) -> None:
        self.superseded.set()

    def _media(self, post: Post) -> MediaProcess:
        box = self._settings.box
        return MediaProcess(
            post,
            prompts=box.voices,
            recordings=box.recordings,
            region=box.region,
            stereo=self._settings.recordings.stereo,
            keep=self._settings.recordings.keep_days * 86_400.0,
            level=box.log,
            log_json=box.log_json,
        )

    def _numbers_in_call(self) -> set[str]:
        lines = self.exchange.lines()
        return {line.msisdn for line in lines if line.msisdn and line.call is not None}

    def _tls(self) -> TlsFiles | None:
        api, box = self._settings.api, self._settings.box
        if api.plain:
            return None
        if api.tls is not None:
            return TlsFiles(api.tls.certificate, api.tls.key)
        return ensure(box.data / "tls", box.name, api.names)


def run(settings: Settings, config: Path) -> int:
    """Run a box until SIGTERM or SIGINT.

    Returns 0 after an orderly stop, 2 when a later generation of the box serves elsewhere.

    Raises:
        SimveilError: It could not be started.
    """
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    box = Box(settings, config)
    box.start()
    _log.info("%s is up", settings.box.name)
    while not (ending.wait(_WATCH) or box.superseded.is_set()):
        pass
    _log.info("%s stops", settings.box.name)
    box.stop()
    # As with a mistake in the configuration: starting again helps only once somebody has acted.
    return 2 if box.superseded.is_set() else 0


def exchange_settings(settings: Settings, witness: Witness | None = None) -> ExchangeSettings:
    """Return what the configuration says of calls and texts."""
    timings, sms, box = settings.timings, settings.sms, settings.box
    speed = settings.virtual.speed if settings.virtual else 1.0
    quiet = None
    if sms.quiet_from and sms.quiet_until:
        quiet = (
            time_of_day.fromisoformat(sms.quiet_from),
            time_of_day.fromisoformat(sms.quiet_until),
        )
    hardware = settings.hardware()
    return ExchangeSettings(
        host_name=box.name,
        region=box.region,
        connect=tuple(box.connect),
        connect_by_socket={
            f"static:{line.port}": tuple(line.connect)
            for line in (hardware.line if hardware else [])
            if line.connect
        },
        x_only=box.x_only,
        duty_number=box.duty_number,
        early_dial=box.early_dial,
        press_1=box.press_1,
        on_stop=box.on_stop,
        limits=Limits(
            number_wait=timings.caller_number,
            ring=timings.ring,
            early_ring=timings.early_ring,
            hard_cap=timings.hard_cap_minutes * 60.0,
        ),
        speed=speed,
        reserve_seconds=timings.lend,
        zone=box.zone,
        voices=box.voices,
        questions=AskSettings(
            timeout=timings.callin_deadline, verify=settings.push.verify_tls, witness=witness
        ),
        texts=CourierSettings(
            dispatch=DispatchSettings(
                rules={PER_SIM: Rule(per_minute=sms.parts_per_minute, burst=sms.burst)},
                speed=speed,
                quiet=quiet,
                zone=box.zone,
            ),
            region=box.region,
            assemble=timedelta(hours=sms.reassembly_hours),
        ),
    )


def delivery_settings(settings: Settings) -> DeliverySettings:
    """Return what the configuration says of pushes."""
    push = settings.push
    return DeliverySettings(
        workers=push.workers,
        per_application=push.per_application,
        reply_timeout=push.timeout,
        retry_minutes=tuple(push.retry_minutes),
        verify=push.verify_tls,
        ca_file=push.ca_file,
    )


def sources(settings: Settings) -> list[ModemSource]:
    """Return where the configuration says that modems come from."""
    if settings.virtual:
        return [VirtualSource(settings.virtual.control)]
    hardware = settings.hardware()
    if hardware is None:
        return []
    found: list[ModemSource] = [StaticSource([_socket(line) for line in hardware.line])]
    if hardware.discover:
        pin = hardware.pin.get_secret_value() if hardware.pin else None
        found.append(UdevSource(pin))
    return found


def start_gap(settings: Settings) -> float:
    """Return the seconds between the starts of two modems on one hub."""
    gap = settings.timings.start_gap
    return gap if gap is not None else 0.0 if settings.virtual else 1.0


def tools(settings: Settings) -> LadderTools:
    """Return what lost modems are brought back with."""
    return BankTools(settings.virtual.control) if settings.virtual else DeviceTools()


def _socket(line: BankLineSection) -> Socket:
    audio = None
    if line.audio is not None:
        kind, _, address = line.audio.partition(":")
        audio = AudioSpec("alsa" if kind == "alsa" else "serial", address)
    return Socket(
        name=f"static:{line.port}",
        port=line.port,
        audio=audio,
        family=line.family,
        pin=line.pin.get_secret_value() if line.pin else None,
    )
