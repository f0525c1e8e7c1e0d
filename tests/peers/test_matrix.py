"""Every peer on every make of modem of the bank: it identifies, registers, lists, sends, receives
and dials, but for what :mod:`tests.peers.matrix` gives a reason for."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from gsmmodem.modem import GsmModem

from drivers.virtual.bank import Bank
from drivers.virtual.config import PERSONALITIES, bank_config
from drivers.virtual.personalities import FAMILIES
from tests.peers import matrix
from tests.peers.bus import Bus, strings
from tests.peers.conftest import PATIENCE, Daemon, Town, program

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

NUMBERS = {name: f"+861700000020{place}" for place, name in enumerate(PERSONALITIES)}
PEOPLE = {name: f"+861390000020{place}" for place, name in enumerate(PERSONALITIES)}


class Street(Town):
    """A bank with one line of every make, and a person for each."""

    def modem(self, name: str) -> Any:
        """What the bank says of a line."""
        return self.ask("GET", f"/lines/{urllib.parse.quote(NUMBERS[name])}")

    def until_seen(self, wanted: Callable[[], bool], what: str) -> None:
        """Wait in a thread of its own for something to come true."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, f"not seen: {what}"
            time.sleep(0.1)  # peers' own states can only be asked for

    def texts(self, name: str) -> list[str]:
        """What a person has received from their line."""
        inbox = self.phone(PEOPLE[name])["inbox"]
        return [text["text"] for text in inbox if text["from"] == NUMBERS[name]]

    def write(self, name: str, text: str) -> None:
        """Have a person write to their line."""
        self.press("sms", PEOPLE[name], to=NUMBERS[name], text=text)

    def rung(self, name: str) -> bool:
        """Tell whether a line has called its person, who sees its number; ends the call."""
        phone = self.phone(PEOPLE[name])
        if phone["state"] not in {"ringing", "active"} or phone["shown"] != NUMBERS[name]:
            return any(call["direction"] == "in" for call in phone["calls"])
        with contextlib.suppress(urllib.error.HTTPError):
            self.press("reject" if phone["state"] == "ringing" else "hangup", PEOPLE[name])
        return True


def street(*, quiet: bool) -> Iterator[Street]:
    tables = [
        {"msisdn": number, "personality": name, "quiet": quiet, "reports": not quiet}
        for name, number in NUMBERS.items()
    ]
    bank = Bank(bank_config({"line": tables, "control": "127.0.0.1:0", "speed": 10.0}))
    bank.start()
    try:
        street = Street(bank.control)
        for number in PEOPLE.values():
            street.ask("POST", f"/phones/{urllib.parse.quote(number)}")
            street.press("auto", number, answer_after=3)
        yield street
    finally:
        bank.stop()


@pytest.fixture
def town() -> Iterator[Street]:
    yield from street(quiet=False)


@pytest.fixture
def quiet_town() -> Iterator[Street]:
    yield from street(quiet=True)


class Row:
    """What one peer has done on every make."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.done: dict[str, set[str]] = {name: set() for name in PERSONALITIES}
        self.troubles: list[str] = []

    def tries(self, name: str, action: str) -> bool:
        """Tell whether this is to be done."""
        return matrix.reason(self.peer, name, action) is None

    def did(self, name: str, action: str, seen: bool) -> None:
        """Note that something was done, if it was seen."""
        if seen:
            self.done[name].add(action)

    def each(self, job: Callable[[str], None], names: tuple[str, ...] = PERSONALITIES) -> None:
        """Do something on every make at once; who fails is noted."""

        def guarded(name: str) -> None:
            try:
                job(name)
            except Exception as error:  # noqa: BLE001 - a verdict on the others is wanted, too
                self.troubles.append(f"{name}: {error!r}"[:600])

        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(guarded, names))

    def check(self) -> None:
        """Compare with the matrix."""
        expected = {
            name: {action for action in matrix.ACTIONS if self.tries(name, action)}
            for name in PERSONALITIES
        }
        missing = {
            name: sorted(expected[name] - self.done[name])
            for name in PERSONALITIES
            if expected[name] - self.done[name]
        }
        assert not missing, (missing, self.troubles)


# --- gammu ----------------------------------------------------------------------------------------


def gammu(folder: Path, port: str, *arguments: str) -> str:
    settings = folder / "gammurc"
    settings.write_text(f"[gammu]\ndevice = {port}\nconnection = at\n")
    done = subprocess.run(
        [program("gammu"), "-c", str(settings), *arguments],
        capture_output=True, timeout=90, check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def test_gammu(town: Street, tmp_path: Path) -> None:
    row = Row("gammu")

    def job(name: str) -> None:
        about, folder = town.modem(name), tmp_path / name
        folder.mkdir()
        port = about["port"]
        town.write(name, "to gammu")
        row.did(name, "identify", about["imei"] in gammu(folder, port, "identify"))
        row.did(name, "register", "home network" in gammu(folder, port, "networkinfo"))
        listed = gammu(folder, port, "getallsms")
        row.did(name, "list", "SMS parts in" in listed)
        row.did(name, "receive", "to gammu" in listed)
        gammu(folder, port, "sendsms", "TEXT", PEOPLE[name], "-text", "from gammu")
        town.until_seen(lambda: "from gammu" in town.texts(name), "gammu's text")
        row.did(name, "send", True)
        gammu(folder, port, "dialvoice", PEOPLE[name])
        town.until_seen(lambda: town.rung(name), "gammu's call")
        row.did(name, "dial", True)

    row.each(job)
    row.check()


def test_gammu_smsd(town: Street, tmp_path: Path) -> None:
    row = Row("gammu-smsd")

    def job(name: str) -> None:
        about, folder = town.modem(name), tmp_path / name
        boxes = {box: folder / box for box in ("inbox", "outbox", "sent", "error")}
        for box in boxes.values():
            box.mkdir(parents=True)
        settings = folder / "smsdrc"
        settings.write_text(
            f"[gammu]\ndevice = {about['port']}\nconnection = at\n[smsd]\nservice = files\n"
            f"inboxpath = {boxes['inbox']}/\noutboxpath = {boxes['outbox']}/\n"
            f"sentsmspath = {boxes['sent']}/\nerrorsmspath = {boxes['error']}/\n"
            "receivefrequency = 1\nloopsleep = 1\nhangupcalls = 1\nresetfrequency = 0\n"
            f"logfile = {folder}/smsd.log\ndebuglevel = 255\ninboxformat = unicode\n"
        )
        inject = [program("gammu-smsd-inject"), "-c", str(settings), "TEXT", PEOPLE[name]]
        subprocess.run([*inject, "-text", "queued"], check=True, capture_output=True, timeout=30)
        town.write(name, "before it ran")
        with Daemon([program("gammu-smsd"), "-c", str(settings)], folder / "out"):
            town.until_seen(lambda: "queued" in town.texts(name), "its text")
            row.did(name, "send", True)
            town.until_seen(lambda: "before it ran" in _inbox(boxes["inbox"]), "the old text")
            row.did(name, "list", True)
            town.write(name, "while it ran")
            town.until_seen(lambda: "while it ran" in _inbox(boxes["inbox"]), "the new text")
            row.did(name, "receive", True)
            log = (folder / "smsd.log").read_text("utf-8", "replace")
            row.did(name, "identify", about["imei"] in log)
            row.did(name, "register", "+CREG: 2,1" in log or "home network" in log.lower())

    row.each(job)
    row.check()


def _inbox(box: Path) -> str:
    return "".join(path.read_bytes().decode("utf-16-be", "replace") for path in box.iterdir())


# --- smstools -------------------------------------------------------------------------------------


def test_smstools(town: Street, tmp_path: Path) -> None:
    """One daemon with a modem of every make."""
    row = Row("smstools")
    boxes = {n: tmp_path / n for n in ("outgoing", "checked", "incoming", "failed", "sent")}
    for box in boxes.values():
        box.mkdir()
    for name in PERSONALITIES:
        (boxes["outgoing"] / name).mkdir()
    log = tmp_path / "smsd.log"
    settings = tmp_path / "smsd.conf"
    settings.write_text(
        f"devices = {','.join(PERSONALITIES)}\n"
        + "".join(f"{name} = {box}\n" for name, box in boxes.items())
        + f"logfile = {log}\ninfofile = {tmp_path}/info\npidfile = {tmp_path}/pid\n"
        "user = root\ngroup = root\nloglevel = 7\ndelaytime = 1\nincoming_utf8 = yes\n"
        "receive_before_send = yes\nblocktime = 5\n[queues]\n"
        + "".join(f"{name} = {boxes['outgoing'] / name}\n" for name in PERSONALITIES)
        + "".join(
            f"[{name}]\ndevice = {town.modem(name)['port']}\nbaudrate = 115200\nrtscts = no\n"
            f"incoming = yes\ncs_convert = yes\nreport = no\nqueues = {name}\n"
            f"memory_start = {FAMILIES[name].first_slot}\n"
            for name in PERSONALITIES
        )
    )
    for name in PERSONALITIES:
        town.write(name, f"before it ran {name}")
        text = f"To: {PEOPLE[name][1:]}\n\nfrom smsd"
        (boxes["outgoing"] / name / f"{name}-text").write_text(text)

    def came(text: str) -> bool:
        return any(text.encode() in path.read_bytes() for path in boxes["incoming"].iterdir())

    with Daemon([program("smsd"), f"-c{settings}", "-t"], tmp_path / "out"):

        def job(name: str) -> None:
            town.until_seen(lambda: "from smsd" in town.texts(name), "its text")
            row.did(name, "send", True)
            town.until_seen(lambda: came(f"before it ran {name}"), "the old text")
            row.did(name, "list", True)
            town.write(name, f"while it ran {name}")
            town.until_seen(lambda: came(f"while it ran {name}"), "the new text")
            row.did(name, "receive", True)
            said = [line for line in log.read_text().splitlines() if f" {name}:" in line]
            row.did(name, "identify", any(town.modem(name)["imei"] in line for line in said))
            row.did(name, "register", any("Modem is registered" in line for line in said))
            call = f"To: {PEOPLE[name][1:]}\nVoicecall: yes\n\nTONE: TIME: 2\n"
            (boxes["outgoing"] / name / f"{name}-call").write_text(call)
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)

        row.each(job)
    row.check()


# --- python-gsmmodem ------------------------------------------------------------------------------


# Its threads for announcements outlive its close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_gsmmodem(quiet_town: Street) -> None:
    """As a one-thread smoke client on quiet lines; what it receives, it is asked to list."""
    town, row = quiet_town, Row("gsmmodem")

    def job(name: str) -> None:
        about, came = town.modem(name), list[str]()

        def stored() -> dict[str, int]:
            counts: dict[str, int] = town.modem(name)["messages"]
            return counts

        town.write(name, "before it ran")
        town.until_seen(lambda: sum(stored().values()) == 1, "a text in the modem")
        modem = GsmModem(
            about["port"], 115200, smsReceivedCallbackFunc=lambda text: came.append(text.text)
        )
        modem.smsTextMode = False
        modem.connect(waitingForModemToStartInSeconds=5)
        try:
            row.did(name, "identify", modem.imei == about["imei"])
            row.did(name, "register", modem.waitForNetworkCoverage(20) > 0)
            memory = max(stored(), key=lambda one: stored()[one])
            old = modem.listStoredSms(memory=memory, delete=True)
            row.did(name, "list", [text.text for text in old] == ["before it ran"])
            town.write(name, "while it ran")
            # It gives up on announcements where +CNMI=2 is refused, and cannot read SIMCom's.
            town.until_seen(lambda: bool(came) or sum(stored().values()) == 1, "the new text")
            left = [
                text.text
                for memory, count in stored().items()
                if count
                for text in modem.listStoredSms(memory=memory)
            ]
            row.did(name, "receive", "while it ran" in [*came, *left])
            modem.sendSms(PEOPLE[name], "from Python")
            town.until_seen(lambda: "from Python" in town.texts(name), "its text")
            row.did(name, "send", True)
            with contextlib.suppress(Exception):
                modem.dial(PEOPLE[name], timeout=3)  # where it misreads +CLCC it gives up
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)
        finally:
            modem.close()

    row.each(job)
    row.check()


# --- ModemManager ---------------------------------------------------------------------------------


def test_modem_manager(town: Street, tmp_path: Path) -> None:
    row = Row("ModemManager")
    run = ("--test-session", "--no-auto-scan", "--test-enable", "--test-no-udev")
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(Bus(tmp_path))
        manager = Daemon(
            [program("ModemManager"), *run, "--test-no-suspend-resume", "--debug"],
            tmp_path / "manager.log", bus.environment,
        )  # fmt: skip
        stack.enter_context(manager)
        for name in PERSONALITIES:
            listen = f"ABSTRACT-LISTEN:abstract\\:{tmp_path.name}-{name},fork"
            port = f"FILE:{town.modem(name)['port']},raw,echo=0"
            stack.enter_context(Daemon([program("socat"), listen, port], tmp_path / f"{name}.log"))
            town.write(name, "before it ran")
        service = "org.freedesktop.ModemManager1"
        town.until_seen(
            lambda: "boolean true" in bus.call(
                "org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
                f"string:{service}",
            ),
            "ModemManager",
        )  # fmt: skip
        for name in PERSONALITIES:
            bus.call(
                service, "/org/freedesktop/ModemManager1", f"{service}.Test.SetProfile",
                f"string:{name}", "string:generic",
                f"array:string:abstract:{tmp_path.name}-{name}",
            )  # fmt: skip

        def mmcli(*arguments: str) -> str:
            return bus.run(program("mmcli"), *arguments)

        def job(name: str) -> None:
            found: list[str] = []

            def modem() -> bool:
                for line in mmcli("-L").splitlines():
                    path = line.split()[0] if "/Modem/" in line else ""
                    if path and f"device: /virtual/{name}\n" in mmcli("-m", path) + "\n":
                        found.append(path)
                return bool(found)

            town.until_seen(modem, "a modem")
            about, path = town.modem(name), found[0]
            row.did(name, "identify", about["imei"] in mmcli("-m", path))
            if not row.tries(name, "register"):
                return

            def enabled() -> bool:
                return "successfully enabled" in mmcli("-m", path, "-e")

            town.until_seen(enabled, "enabled")
            town.until_seen(
                lambda: (
                    "state: registered" in mmcli("-m", path)
                    and "operator name: Virtual Mobile" in mmcli("-m", path)
                ),
                "registered",
            )
            row.did(name, "register", True)

            def stored(text: str) -> bool:
                listed = [
                    line.split()[0]
                    for line in mmcli("-m", path, "--messaging-list-sms").splitlines()
                    if "(received)" in line
                ]
                return any(text in mmcli("-s", sms) for sms in listed)

            town.until_seen(lambda: stored("before it ran"), "the old text")
            row.did(name, "list", True)
            row.did(name, "receive", True)
            told = f"text='from manager',number='{PEOPLE[name]}'"
            sms = mmcli("-m", path, f"--messaging-create-sms={told}").split()[-1]
            mmcli("-s", sms, "--send")
            town.until_seen(lambda: "from manager" in town.texts(name), "its text")
            row.did(name, "send", True)
            call = mmcli("-m", path, f"--voice-create-call=number={PEOPLE[name]}").split()[-1]
            mmcli("-o", call, "--start")
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)

        row.each(job)
    row.check()


# --- oFono ----------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_ofono(town: Street, tmp_path: Path) -> None:
    row = Row("oFono")
    tried = tuple(name for name in PERSONALITIES if row.tries(name, "identify"))
    ports = {name: free_port() for name in tried}
    settings = tmp_path / "phonesim.conf"
    settings.write_text(
        "".join(f"[{name}]\nAddress=127.0.0.1\nPort={port}\n" for name, port in ports.items())
    )
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(Bus(tmp_path))
        for name, port in ports.items():
            listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
            file = f"FILE:{town.modem(name)['port']},raw,echo=0"
            stack.enter_context(Daemon([program("socat"), listen, file], tmp_path / f"{name}.log"))
        environment = {**bus.environment, "OFONO_PHONESIM_CONFIG": str(settings)}
        without = "udev*,dundee*,bluez*,hfp*,rildev,upower"
        stack.enter_context(
            Daemon(
                [program("ofonod"), "-n", "-d", "-P", without], tmp_path / "ofono.log", environment
            )
        )

        def ask(name: str, method: str, *arguments: str) -> str:
            return bus.call("org.ofono", f"/{name}", f"org.ofono.{method}", *arguments)

        def job(name: str) -> None:
            town.until_seen(lambda: "Powered" in ask(name, "Modem.GetProperties"), "a modem")
            for what in ("Powered", "Online"):
                ask(name, "Modem.SetProperty", f"string:{what}", "variant:boolean:true")
            about = town.modem(name)
            town.until_seen(lambda: about["imei"] in ask(name, "Modem.GetProperties"), "an IMEI")
            row.did(name, "identify", True)
            town.until_seen(
                lambda: "registered" in strings(ask(name, "NetworkRegistration.GetProperties")),
                "registered",
            )
            row.did(name, "register", True)
            if row.tries(name, "send"):
                here = "org.ofono.MessageManager"
                town.until_seen(lambda: here in ask(name, "Modem.GetProperties"), "texts")
                send = (f"string:{PEOPLE[name]}", "string:from oFono")
                ask(name, "MessageManager.SendMessage", *send)
                town.until_seen(lambda: "from oFono" in town.texts(name), "its text")
                row.did(name, "send", True)
            town.until_seen(
                lambda: "object path" in ask(
                    name, "VoiceCallManager.Dial", f"string:{PEOPLE[name]}", "string:default"
                ),
                "its call",
            )  # fmt: skip
            town.until_seen(lambda: town.rung(name), "its ringing")
            row.did(name, "dial", True)

        watch = Daemon(
            [program("dbus-monitor"), "--system", "type='signal',member='IncomingMessage'"],
            tmp_path / "monitor.log", bus.environment,
        )  # fmt: skip
        stack.enter_context(watch)
        for name in tried:
            town.write(name, f"before it ran {name}")
        row.each(job, tried)

        def heard(text: str) -> bool:
            return text in strings((tmp_path / "monitor.log").read_text("utf-8", "replace"))

        for name in tried:
            town.write(name, f"while it ran {name}")
        for name in tried:
            if row.tries(name, "receive"):
                town.until_seen(lambda name=name: heard(f"while it ran {name}"), f"{name}: a text")  # type: ignore[misc]
                row.did(name, "receive", True)
                row.did(name, "list", heard(f"before it ran {name}"))
    row.check()


# --- the matrix itself ----------------------------------------------------------------------------


def test_every_reason_names_a_peer_a_make_and_an_action() -> None:
    for (peer, action), why in matrix.NEVER.items():
        assert peer in matrix.PEERS
        assert action in matrix.ACTIONS
        assert len(why) > 20
    for (peer, name, action), why in matrix.EXCEPT.items():
        assert (peer, action) not in matrix.NEVER
        assert (peer in matrix.PEERS, name in PERSONALITIES) == (True, True)
        assert action in matrix.ACTIONS
        assert len(why) > 20
    done = {
        (peer, name): {a for a in matrix.ACTIONS if matrix.reason(peer, name, a) is None}
        for peer in matrix.PEERS
        for name in PERSONALITIES
    }
    drawn = matrix.table(done)
    assert drawn.count("\n") == len(matrix.PEERS)
    print(drawn)
