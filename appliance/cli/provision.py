"""``simveil provision``: setting a box up from the file on its boot partition."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import print_json, tell
from appliance.errors import BadInput, SimveilError
from appliance.words import Language, language_of, say

if TYPE_CHECKING:
    from appliance.operations.provisioning import Places, Problem

_ROOT = click.option(
    "--root", type=click.Path(path_type=Path), default=Path("/"), help="Where the system is."
)
_PROBLEMS = "simveil-problems.json"


@click.group(cls=Group)
def provision() -> None:
    """Set the box up from simveil.txt on its boot partition."""


@provision.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@pass_choices
def check(choices: Choices, file: Path) -> None:
    """Check FILE, and the certificate beside it: a line for each mistake, exit 2."""
    from appliance.operations import provisioning

    octets = _octets(choices, file)
    try:
        provisioning.read(octets, file.parent)
    except provisioning.Refusal as refusal:
        if choices.json:
            print_json({"ok": False, "problems": [_told(one) for one in refusal.problems]})
        raise BadInput(_sentences(refusal.problems, choices.language)) from None
    tell(choices, {"ok": True, "problems": []}, "PRV-130", path=file)


@provision.command("apply")
@_ROOT
@pass_choices
def apply(choices: Choices, root: Path) -> None:
    """Put simveil.txt in force, all of it or nothing, and lay what is in force for this boot."""
    from appliance.operations import provisioning

    places = _places(root)
    problems: list[Problem] = []
    new = False
    try:
        octets = places.file.read_bytes() if places.file.exists() else None
        if octets is not None:
            answers = provisioning.read(octets, places.boot, places.current)
            new = provisioning.install(octets, answers, places)
    except provisioning.Refusal as refusal:
        problems = refusal.problems
    except OSError as error:
        raise SimveilError(str(error)) from error
    finally:
        provisioning.lay(places)
    places.run.mkdir(parents=True, exist_ok=True)
    told = json.dumps([_told(one) for one in problems])
    (places.run / _PROBLEMS).write_text(told, encoding="utf-8")
    if not (root / "sys/class/rtc/rtc0").exists():
        # No clock runs while the machine is off: what it says now is when it was last on.
        (places.run / "simveil-time-unknown").touch()
    if root == Path("/") and (places.current / "hostname").exists():
        socket.sethostname((places.current / "hostname").read_text(encoding="ascii").strip())
    if problems:
        raise BadInput(_sentences(problems, choices.language))
    tell(choices, {"new": new}, "PRV-131" if new else "PRV-132")


@provision.command("report")
@_ROOT
@pass_choices
def report(choices: Choices, root: Path) -> None:
    """Make the first application, write status.txt where it says anything new, set the light."""
    from appliance.operations import provisioning
    from appliance.operations.provisioning.light import shine

    places = _places(root)
    language = _language(places)
    _first_application(choices, places)
    found = provisioning.outcome(
        places,
        version=version("simveil"),
        at=datetime.now().astimezone().isoformat(timespec="seconds"),
        time_known=not (places.run / "simveil-time-unknown").exists(),
        addresses=_addresses(),
        lines=_asked(choices, "/lines"),
        applications=_asked(choices, "/applications"),
        certificates=(
            places.etc / "certificate.pem",
            root / "var/lib/simveil/tls/certificate.pem",
        ),
        problems=tuple(_remembered(places)),
    )
    shine(found.good, root / "sys/class/leds")
    memory = places.run / "simveil-status"
    # Looked at without its time: the boot partition is touched only where there is news.
    news = replace(found, at="").text(language)
    if memory.exists() and memory.read_text(encoding="utf-8") == news:
        return
    provisioning.written(found, places.boot / "status.txt", language)
    memory.write_text(news, encoding="utf-8")
    click.echo(found.text(language).replace("\r\n", "\n"), nl=False)


@provision.command("time")
@_ROOT
@click.option("--set/--dry-run", "really", default=True, help="Set the machine's clock.")
@pass_choices
def time_(choices: Choices, root: Path, really: bool) -> int:
    """Take the time from the network or, without one, from two modems that agree; exit 1 if none.

    Until then records are marked.
    """
    from appliance.operations.network_time import agreed, reading

    unknown = root / "run/simveil-time-unknown"
    source, found = "", None
    if (root / "run/systemd/timesync/synchronized").exists():
        source = "ntp"
    else:
        readings = []
        for line in _asked(choices, "/lines") or []:
            name = line["iccid"] or line["imei"]
            answer = _clock_of(choices, name) if name and line["state"] == "ready" else None
            if answer and (told := reading(answer)):
                readings.append((told, time.monotonic()))
        found = agreed(readings, time.monotonic())
        source = "modems" if found else ""
    if really and found:
        time.clock_settime(time.CLOCK_REALTIME, found.timestamp())
    if really and source:
        unknown.unlink(missing_ok=True)
    told_time = {"source": source or None, "time": found.isoformat() if found else None}
    tell(choices, told_time, "PRV-134" if source else "PRV-135", source=source)
    return int(not source)


def _clock_of(choices: Choices, line: str) -> list[str] | None:
    try:
        ask(choices, "POST", path_of("lines", line, "at"), {"command": "AT+CTZU=1"})
        answer = ask(choices, "POST", path_of("lines", line, "at"), {"command": "AT+CCLK?"})
    except SimveilError:
        return None
    lines: list[str] = answer["lines"]
    return lines


def _places(root: Path) -> Places:
    import grp

    from appliance.operations.provisioning import Places

    def group(name: str) -> int | None:
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            return None

    if root == Path("/"):
        return Places(group=group("simveil"), network_group=group("systemd-network"))
    return Places(
        boot=root / "boot/efi",
        state=root / "data/provision",
        etc=root / "etc/simveil",
        run=root / "run",
        localtime=root / "data/etc-localtime",
    )


def _octets(choices: Choices, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise BadInput(say("PRV-133", choices.language, path=file)) from None


def _sentences(problems: list[Problem], language: Language) -> str:
    from appliance.operations.provisioning.outcome import sentence

    return "\n".join(sentence(problem, language) for problem in problems)


def _told(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "code": problem.code, "facts": problem.facts}


def _remembered(places: Places) -> list[Problem]:
    from appliance.operations.provisioning import Problem

    try:
        told = json.loads((places.run / _PROBLEMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Problem(one["line"], one["code"], one["facts"]) for one in told]


def _language(places: Places) -> Language:
    try:
        return language_of((places.current / "language").read_text(encoding="ascii"))
    except OSError:
        return "en"


def _asked(choices: Choices, path: str) -> list[dict[str, Any]] | None:
    try:
        answer: list[dict[str, Any]] = ask(choices, "GET", path)
    except SimveilError:
        return None
    return answer


def _addresses() -> tuple[str, ...]:
    """Return the machine's addresses by which others reach it."""
    import ifaddr

    found = sorted(
        (adapter.nice_name, place, address.ip if isinstance(address.ip, str) else address.ip[0])
        for adapter in ifaddr.get_adapters()
        for place, address in enumerate(adapter.ips)
    )
    return tuple(ip for name, _, ip in found if name != "lo" and not ip.startswith("fe80"))


def _first_application(choices: Choices, places: Places) -> None:
    try:
        wanted = json.loads((places.current / "application.json").read_text(encoding="utf-8"))
    except OSError:
        return
    there = _asked(choices, "/applications")
    if there is not None and wanted["name"] not in {one["name"] for one in there}:
        ask(choices, "POST", "/applications", wanted)
