"""From a text's arrival to its relaying, against three peers on the same virtual modem.

    python -m tests.bench sms_turnround

One person texts a private number, one text at a time; it is relayed to another from the same SIM.
Measured is from ``+CMTI`` to ``AT+CMGS`` on the command port; for smstools, which does not ask to
be told, from the moment at which the modem has the text. In between the box reads the text, has it
on the disk, routes it, deletes it from the SIM and notes the attempt.

The peers relay without looking: gammu-smsd (files backend) from its RunOnReceive program,
smstools' smsd from its event handler, each through its queue of files and with the shortest pause
between two looks that it has; python-gsmmodem-new from its callback, with nothing in between.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.scene import Place, Scene, lines, peer, python_peer, scene
from tests.bench.table import Row, percentile
from tests.bench.tap import ARRIVED, Said

BUDGET = 100.0  # milliseconds, p99
SPEED = 20.0
(X,) = lines(1, 1)
A, B = "+8613900000001", "+8613900000002"
_PATIENCE = 30.0
_PACE = "[sms]\nparts_per_minute = 600\nburst = 600\n"

_SMSDRC = """\
[gammu]
device = {port}
connection = at
[smsd]
service = files
inboxpath = {folder}/inbox/
outboxpath = {folder}/outbox/
sentsmspath = {folder}/sent/
errorsmspath = {folder}/error/
receivefrequency = 1
loopsleep = 1
commtimeout = 1
hangupcalls = 1
resetfrequency = 0
deliveryreport = no
runonreceive = {folder}/relay
"""
_SMSDRC_RELAY = """\
#!/bin/sh
exec {inject} -c {folder}/smsdrc TEXT {to} -text "$SMS_1_TEXT"
"""
_SMSD_CONF = """\
devices = GSM1
outgoing = {folder}/outgoing
checked = {folder}/checked
incoming = {folder}/incoming
failed = {folder}/failed
sent = {folder}/sent
infofile = {folder}/info
pidfile = {folder}/pid
logfile = {folder}/smsd.log
user = root
group = root
delaytime = 1
receive_before_send = yes
incoming_utf8 = yes
eventhandler = {folder}/relay
[GSM1]
device = {port}
baudrate = 115200
rtscts = no
incoming = yes
cs_convert = yes
report = no
"""
_SMSD_RELAY = """\
#!/bin/sh
[ "$1" = RECEIVED ] || exit 0
{{ echo "To: {number}"; echo; sed '1,/^$/d' "$2"; }} > {folder}/waiting.$$
mv {folder}/waiting.$$ {folder}/outgoing/relay.$$
"""


def delays(said: list[Said]) -> list[float]:
    """Return the milliseconds from each text's coming to the AT+CMGS after it."""
    found, came = list[float](), None
    for one in said:
        if one.text == ARRIVED or (not one.by_host and "+CMTI:" in one.text):
            came = one.at
        elif one.by_host and "AT+CMGS=" in one.text and came is not None:
            found.append((one.at - came) * 1000)
            came = None
    return found


def text(stage: Scene, count: int) -> list[float]:
    """Let A text X and wait until B has it, ``count`` times; returns the delays."""
    a, b = stage.bank.phone(A), stage.bank.phone(B)
    seeded, pause = random.Random(1), threading.Event()
    for number in range(count + 1):
        words = f"text number {number}"
        a.do("sms", to=X, text=words)
        b.until_text(words, _PATIENCE)
        if number == 0:
            stage.said()  # the first one has warmed everything for the others
        pause.wait(seeded.uniform(0, 1))  # in no step with those who look once a second
    return delays(stage.said())


@contextmanager
def box(stage: Scene, _folder: Path) -> Iterator[None]:
    """The box."""
    stage.start_box()
    customer = stage.application("texts", sms=True)
    stage.admin("POST", "/numbers", {"msisdn": X, "app": "texts", "sms": True})
    bound = customer.bind(callerNum=A, relationNum=X, calleeNum=B, privateSms="true")
    assert bound["resultcode"] == "0", bound
    yield
    customer.close()


@contextmanager
def gammu(stage: Scene, folder: Path) -> Iterator[None]:
    """gammu-smsd, files backend."""
    words = {"folder": folder, "port": stage.bank.line(X)["port"], "to": B}
    _folders(folder, "inbox", "outbox", "sent", "error")
    (folder / "smsdrc").write_text(_SMSDRC.format(**words))
    _program(folder / "relay", _SMSDRC_RELAY.format(inject=_path("gammu-smsd-inject"), **words))
    with peer([_path("gammu-smsd"), "-c", str(folder / "smsdrc")], folder):
        yield


@contextmanager
def smstools(stage: Scene, folder: Path) -> Iterator[None]:
    """smsd of smstools."""
    words = {"folder": folder, "port": stage.bank.line(X)["port"], "number": B[1:]}
    _folders(folder, "outgoing", "checked", "incoming", "failed", "sent")
    (folder / "smsd.conf").write_text(_SMSD_CONF.format(**words))
    _program(folder / "relay", _SMSD_RELAY.format(**words))
    with peer([_path("smsd"), f"-c{folder}/smsd.conf", "-t"], folder):
        yield


@contextmanager
def gsmmodem(stage: Scene, _folder: Path) -> Iterator[None]:
    """python-gsmmodem-new."""
    with python_peer("gsmmodem_texts", stage.bank.line(X)["port"], B):
        yield


Contestant = Callable[[Scene, Path], contextlib.AbstractContextManager[None]]
PEERS: dict[str, Contestant] = {
    "gammu-smsd": gammu,
    "smstools smsd": smstools,
    "python-gsmmodem-new": gsmmodem,
}


def measure(contestant: Contestant, texts: int) -> list[float]:
    """Return one contestant's delays, on a bank of its own."""
    place = Place([X], SPEED, plain=True, extra=_PACE)
    with scene(place) as stage, contestant(stage, stage.folder):
        return text(stage, texts)


def table(texts: int, peers: list[str]) -> list[Row]:
    """Measure all and return the figures."""
    found = measure(box, texts)
    middle, worst = percentile(found, 0.5), percentile(found, 0.99)
    result = []
    for name in peers:
        other = measure(PEERS[name], texts)
        result += [
            Row("+CMTI to AT+CMGS, p50", middle, "ms", name, percentile(other, 0.5)),
            Row("  p99", worst, "ms", name, percentile(other, 0.99), f"≤ {BUDGET:g}",
                worst <= BUDGET),
        ]  # fmt: skip
    return result


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    return table(1, ["python-gsmmodem-new"]) if quick else table(20, list(PEERS))


def _folders(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir()


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _path(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise RuntimeError(f"{name} is not installed; see tests/peers/packages.txt")
    return found
