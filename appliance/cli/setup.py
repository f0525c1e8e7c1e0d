"""``simveil setup``: from a row of sticks to lines that take calls, for who never saw AT."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.line_care import print_checks, sentence
from appliance.cli.output import print_json
from appliance.errors import BadInput, NotFound, Refused
from appliance.words import Language, say
from appliance.words.line_rows import worded
from appliance.words.text import safe

_RING_SECONDS = 90.0
_CHECK_SECONDS = 600.0
_COMMISSION_SECONDS = 600.0
_TRIES = 3
_NONE = "none"
_LATER = "-"
_HOTLINE = {
    "sim-pin": "HOT-001",
    "pin-withheld": "HOT-001",
    "puk": "HOT-011",
    "sim-failure": "HOT-019",
    "denied": "HOT-002",
    "no-service": "HOT-012",
    "texts-only": "HOT-020",
    "resting": "HOT-018",
}
"""What is read to the hotline about a line that nothing can be asked of yet, by its condition."""


@dataclass
class Answers:
    """What is known beforehand, and how what is not is asked."""

    choices: Choices
    given: dict[str, Any]
    scripted: bool
    asked: dict[str, str] = field(default_factory=dict)

    def of(self, what: str, prompt: str, default: str | None = None) -> str | None:
        """Return an answer: the file's, what was typed before, or what is typed now.

        None when nobody is there to type it.
        """
        known = self.given.get(what) or self.asked.get(what)
        if known is not None:
            return str(known)
        if self.scripted:
            return None
        self.asked[what] = self.type(prompt, default)
        return self.asked[what]

    def type(self, prompt: str, default: str | None = None) -> str:
        """Ask on the terminal; standard output is left to the result."""
        return str(click.prompt(prompt, default=default, err=True)).strip()

    def say(self, code: str, **facts: object) -> None:
        """Say a sentence to whoever sits there."""
        click.echo(say(code, self.choices.language, **facts), err=self.choices.json)

    def number(self, iccid: str) -> str | None:
        """Return what the file says of a SIM's number."""
        numbers = self.given.get("numbers")
        return numbers.get(iccid) if isinstance(numbers, dict) else None

    def app(self, iccid: str, msisdn: str) -> str | None:
        """Return which application gets a number, ``-`` for a trunk."""
        by_line = self.given.get("apps")
        if isinstance(by_line, dict) and (named := by_line.get(iccid) or by_line.get(msisdn)):
            return str(named)
        return self.of("app", say("SET-008", self.choices.language))


@click.command(cls=Command)
@click.argument("line_names", metavar="[LINE]...", nargs=-1)
@click.option("--phone", help="Your own phone, which rings.")
@click.option("--app", help="The application that gets the numbers; - for trunks.")
@click.option("--text", is_flag=True, help="Send a text instead of ringing.")
@click.option("--sms", is_flag=True, help="The numbers relay texts.")
@click.option("--look-only", is_flag=True, help="Mend nothing.")
@click.option("--service-centre", "centre", metavar="NUMBER", help="To set where a SIM has none.")
@click.option("--commission", is_flag=True, help="Try hold and multiparty with the other lines.")
@click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON instead of questions: phone, app, numbers and apps by ICCID.",
)
@pass_choices
def setup(
    choices: Choices,
    /,
    line_names: tuple[str, ...],
    phone: str | None,
    app: str | None,
    answers: Path | None,
    **how: Any,
) -> int:
    """Set up every line: whose number it is, and whether its SIM is as it has to be.

    What was done is kept: a second run goes on where the first one ended.
    """
    given = {
        **_file(answers, choices.language),
        **{k: v for k, v in (("phone", phone), ("app", app)) if v},
    }
    desk = Answers(choices, given, scripted=answers is not None)
    lines = [line for line in ask(choices, "GET", "/lines") if _wanted(line, line_names)]
    if not lines:
        desk.say("SET-014")
    results = [
        _one(desk, line, place, len(lines), how) for place, line in enumerate(lines, start=1)
    ]
    ready = sum(result["enrolled"] and result["state"] == "ready" for result in results)
    hotline = sum(bool(result["hotline"]) for result in results)
    told = {"lines": results, "ready": ready, "hotline": hotline}
    if choices.json:
        print_json(told)
    elif results:
        desk.say("SET-013", ready=ready, count=len(results), asked=hotline)
    return 0 if results and ready == len(results) else 1


def _file(path: Path | None, language: Language) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(say("CLI-028", language, path=path, reason=error)) from error
    if not isinstance(value, dict):
        raise BadInput(say("CLI-029", language, path=path))
    return value


def _wanted(line: dict[str, Any], names: tuple[str, ...]) -> bool:
    return not names or bool({line["msisdn"], line["iccid"], line["imei"]} & set(names))


def _one(
    desk: Answers, line: dict[str, Any], place: int, count: int, how: dict[str, Any]
) -> dict[str, Any]:
    name = line["msisdn"] if line["role"] else line["iccid"]
    desk.say("SET-001", place=place, count=count, name=name or line["imei"] or "?")
    desk.say(
        "SET-002",
        family=line["family"] or "?",
        imei=line["imei"] or "?",
        iccid=line["iccid"] or "?",
        operator=safe(line["operator"] or "?"),
        signal="?" if line["signal_dbm"] is None else f"{line['signal_dbm']:g}",
    )
    result = {
        "iccid": line["iccid"],
        "msisdn": line["msisdn"] if line["role"] else None,
        "state": line["state"],
        "enrolled": line["role"] is not None,
        "checks": [],
        "hotline": [],
        "why": None,
    }
    if line["state"] != "ready" or not line["iccid"]:
        _unusable(desk, line, result)
        return result
    if line["role"] is None:
        result["msisdn"] = _enrolled(desk, line, how, result)
        result["enrolled"] = result["msisdn"] is not None
    else:
        desk.say("SET-017", msisdn=line["msisdn"])
    if how["commission"] and result["enrolled"]:
        _commission(desk, line)
    _check(desk, line, how, result)
    return result


def _unusable(desk: Answers, line: dict[str, Any], result: dict[str, Any]) -> None:
    """Say why a line cannot be set up yet, what helps, and what the hotline is told."""
    language = desk.choices.language
    words = worded(line, language)
    result["why"] = words["explanation"]
    desk.say("SET-003", why=" ".join(filter(None, (words["explanation"], words["advice"]))))
    shown = [condition["name"] for condition in line["conditions"]]
    result["hotline"] = [say(_HOTLINE[name], language) for name in shown if name in _HOTLINE]
    for told in result["hotline"]:
        desk.say("SET-012", mark="[!]", text=told)


def _enrolled(
    desk: Answers, line: dict[str, Any], how: dict[str, Any], result: dict[str, Any]
) -> str | None:
    """Find out a SIM's number, and enrol it; None when that has to wait."""
    iccid = line["iccid"]
    known = desk.number(iccid)
    for _ in range(_TRIES):
        shown = known or _shown(desk, line, how, result)
        if shown is None or shown == _LATER:
            return None
        app = desk.app(iccid, shown)
        if app is None:
            result["why"] = say("SET-015", desk.choices.language, what="app")
            return None
        whose = {"trunk": True} if app == "-" else {"app": app}
        try:
            made = ask(
                desk.choices,
                "POST",
                "/numbers",
                {"msisdn": shown, "iccid": iccid, "sms": how["sms"], **whose},
            )
        except (BadInput, NotFound, Refused) as error:
            desk.say("SET-016", why=error)
            result["why"] = str(error)
            desk.asked.pop("app", None)
            if known is not None:
                return None
            continue
        desk.say("SET-009", msisdn=made["msisdn"])
        result["why"] = None
        return str(made["msisdn"])
    return None


def _shown(
    desk: Answers, line: dict[str, Any], how: dict[str, Any], result: dict[str, Any]
) -> str | None:
    """Let the owner's phone ring and ask what it shows; a hidden number is shown first."""
    language = desk.choices.language
    for _ in range(_TRIES):
        phone = desk.of("phone", say("SET-007", language))
        if phone is None:
            result["why"] = say("SET-015", language, what=f"phone, numbers.{line['iccid']}")
            desk.say("SET-015", what=f"phone, numbers.{line['iccid']}")
            return None
        if not _rang(desk, line, phone, how, result):
            if "phone" in desk.asked or desk.given.get("phone"):
                return None
            continue
        if desk.scripted:
            result["why"] = say("SET-015", language, what=f"numbers.{line['iccid']}")
            return None
        shown = desk.type(f"{say('SET-006', language)} {say('SET-020', language)}")
        if shown.lower() != _NONE:
            return shown
        path = path_of("lines", line["iccid"], "checks")
        found = ask(desk.choices, "POST", path, {"mend": True}, timeout=_CHECK_SECONDS)
        if not desk.choices.json:
            print_checks(desk.choices, [check for check in found["checks"] if check["mended"]])
        desk.say("SET-019")
    return None


def _rang(
    desk: Answers,
    line: dict[str, Any],
    phone: str,
    how: dict[str, Any],
    result: dict[str, Any],
) -> bool:
    iccid = line["iccid"]
    try:
        if not how["text"]:
            desk.say("SET-004", phone=phone)
            path = path_of("lines", iccid, "ring")
            rung = ask(desk.choices, "POST", path, {"phone": phone}, timeout=_RING_SECONDS * 2)
            if rung["rang"]:
                return True
            result["why"] = rung["why"]
            desk.say("SET-010", why=rung["why"])
        path = path_of("lines", iccid, "text")
        ask(desk.choices, "POST", path, {"phone": phone}, timeout=_RING_SECONDS)
        desk.say("SET-005", phone=phone)
    except (BadInput, Refused) as error:
        result["why"] = str(error)
        desk.say("SET-010", why=error)
        desk.asked.pop("phone", None)  # it is no number, or may not be dialled: another one may be
        return False
    return True


def _commission(desk: Answers, line: dict[str, Any]) -> None:
    path = path_of("lines", line["iccid"], "commission")
    try:
        ask(desk.choices, "POST", path, {}, timeout=_COMMISSION_SECONDS)
    except (BadInput, Refused) as error:
        desk.say("SET-003", why=error)


def _check(
    desk: Answers, line: dict[str, Any], how: dict[str, Any], result: dict[str, Any]
) -> None:
    """Look at the subscription, mend it, and keep what has to be read to the hotline."""
    desk.say("SET-011", msisdn=result["msisdn"] or line["iccid"])
    body = {"mend": not how["look_only"], "centre": how["centre"]}
    path = path_of("lines", line["iccid"], "checks")
    try:
        found = ask(desk.choices, "POST", path, body, timeout=_CHECK_SECONDS)
    except (BadInput, Refused) as error:
        result["why"] = str(error)
        desk.say("SET-003", why=error)
        return
    result["checks"] = found["checks"]
    result["hotline"] = [
        sentence(desk.choices, check) for check in found["checks"] if check["works"] is False
    ]
    if not desk.choices.json:
        print_checks(desk.choices, found["checks"])
