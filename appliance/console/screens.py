"""What stands on the screen, as lines of text: no terminal here, so every screen can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import timedelta

from appliance.console import disk
from appliance.console.facts import WELL, Facts, House, Machine, Row
from appliance.logging import mask_text
from appliance.operations.findings import Finding
from appliance.words import Language, cure, say
from appliance.words.line_rows import worded
from appliance.words.text import ascii_only, fit, safe, width
from appliance.words.times import moment

COLUMNS, ROWS = 80, 24
BODY = ROWS - 4  # title, worst finding, message, keys

_LINE_COLUMNS = (
    ("CON-201", 15),
    ("CON-202", 11),
    ("CON-203", 7),
    ("CON-204", 15),
    ("CON-205", 5),
    ("CON-206", 8),
    ("CON-207", 5),
)
_PUSH_COLUMNS = (("CON-212", 10), ("CON-213", 12), ("CON-202", 9), ("CON-214", 6), ("CON-215", 36))


_CLEAR: ContextVar[bool] = ContextVar("clear", default=False)


EXCHANGES = 20
"""Commands with their answers that a line's own page of them holds."""
_PDU = re.compile(r"\b[0-9A-Fa-f]{24,}\b")
_STAMP = re.compile(r"(\S+Z) \[(\w+) *\] ")


def unmask(clear: bool) -> None:
    """Show numbers in clear, or masked again."""
    _CLEAR.set(clear)


def hidden(text: str) -> str:
    """Return a text with its numbers, and the texts of PDUs, as the screen may show them."""
    if _CLEAR.get():
        return text
    return mask_text(_PDU.sub(lambda found: f"<{len(found[0]) // 2} octets>", text))


def title(code: str, facts: Facts, language: Language, **named: object) -> str:
    """Return a screen's title; that of one with times bears their offset from UTC."""
    return say(code, language, zone=f"{facts.at:%z}", **named)


def foot(code: str, facts: Facts, language: Language) -> str:
    """Return the line of keys; the other slot is offered where there is one."""
    if code == "CON-305" and facts.slot != "-":
        code = "CON-307"
    return say(code, language)


def more(first: int, last: int, every: int, language: Language) -> str:
    """Return the row that says which rows of a long body are shown."""
    return say("CON-310", language, first=first, last=last, every=every)


def framed(
    facts: Facts, title: str, body: Sequence[str], message: str, keys: str, language: Language
) -> list[str]:
    """Return a whole screen of ROWS lines, each just COLUMNS wide.

    Whatever is shown, the first two lines tell the box, its version, slot and time, and what is
    worst.
    """
    clock = f"{facts.at:%Y-%m-%d %H:%M:%S %z}"
    slot = f"{say('CON-235', language)} {facts.slot}"
    left = f"{facts.name}  simveil {facts.version}  {slot}"
    heading = fit(left, COLUMNS - len(clock) - 1) + " " + clock
    worst = (
        f"! {sentence(facts.findings[0], language)}" if facts.findings else say("CON-100", language)
    )
    shown = [*body][: BODY - 1]
    lines = [heading, worst, _rule(title), *shown]
    lines += [""] * (ROWS - 2 - len(lines))
    # English is for terminals that have nothing else, whatever an operator calls itself.
    plain = ascii_only if language == "en" else safe
    return [fit(plain(line), COLUMNS) for line in (*lines, message, keys)]


def sentence(finding: Finding, language: Language) -> str:
    """Return a finding in words, numbers masked."""
    return hidden(say(finding.code, language, **finding.facts))


def advice(finding: Finding, language: Language) -> str:
    """Return what helps against a finding."""
    return cure(finding.code, language)


def overview(facts: Facts, chosen: int, language: Language) -> list[str]:
    """The lines, the chosen one marked; its explanation and the advice below."""
    room = BODY - 6
    first = max(0, min(chosen - room + 1, len(facts.lines) - room))
    rows = [_cells([say(code, language) for code, _ in _LINE_COLUMNS], _LINE_COLUMNS, "  ")]
    for place, line in list(enumerate(facts.lines))[first : first + room]:
        mark = "> " if place == chosen else "  "
        rows.append(_cells(_line_cells(line, language), _LINE_COLUMNS, mark))
    rows += [""] * (room + 1 - len(rows))
    if facts.lines:
        picked = worded(facts.lines[min(chosen, len(facts.lines) - 1)], language)
        rows += folded(f"{masked(picked['msisdn'])}: {picked['explanation'] or '-'}", 2)
    if facts.findings:
        rows += folded(f"{say('CON-227', language)}: {advice(facts.findings[0], language)}", 2)
    return rows


def line_detail(line: Row, transcript: Sequence[Row], language: Language) -> list[str]:
    """One line: its facts and its last exchanges with the modem, as many as have room."""
    line = worded(line, language)
    pairs = [
        ("CON-202", line["state_word"]),
        ("CON-203", line["role_word"]),
        ("CON-204", line["operator"]),
        ("CON-205", line["signal_dbm"]),
        ("CON-209", line["iccid"]),
        ("CON-210", f"{line['imei'] or '-'} ({line['family'] or '-'})"),
    ]
    cells = [
        fit(f"{say(code, language)}: {'-' if value is None else value}", COLUMNS // 2)
        for code, value in pairs
    ]
    rows = [left + right for left, right in zip(cells[::2], cells[1::2], strict=True)]
    rows += folded(f"{say('CON-208', language)}: {line['explanation'] or '-'}", 2)
    if line["advice"] and line["state"] != WELL:
        rows += folded(f"{say('CON-227', language)}: {line['advice']}", 2)
    rows.append(_rule(say("CON-211", language)))
    room = BODY - 1 - len(rows)
    return rows + exchanges(transcript, language)[-room:]


def exchanges(transcript: Sequence[Row], language: Language) -> list[str]:
    """The last EXCHANGES commands to the modem with all that it said, the oldest first.

    That it is asked every few seconds whether it lives is left out, but for the last time.
    """
    found: list[list[Row]] = []
    for row in transcript:
        if row["sent"] or not found:
            found.append([])
        found[-1].append(row)
    lives = [["AT", "OK"], ["AT"]]
    telling = [one for one in found[:-1] if [row["text"] for row in one] not in lives] + found[-1:]
    rows = [
        part
        for one in telling[-EXCHANGES:]
        for row in one
        for part in folded(
            f"{moment(row['at']):%H:%M:%S} {'>' if row['sent'] else '<'} {hidden(row['text'])}", 4
        )
    ]
    return rows or [say("CON-412", language)]


def outbox(pushes: Sequence[Row], language: Language) -> list[str]:
    """Pushes that were not taken."""
    rows = [_cells([say(code, language) for code, _ in _PUSH_COLUMNS], _PUSH_COLUMNS)]
    for push in pushes:
        why = push["error"] or (f"HTTP {push['http_status']}" if push["http_status"] else "-")
        values = [push["kind"], push["app"] or "-", push["state"], str(push["attempts"]), why]
        rows.append(_cells(values, _PUSH_COLUMNS))
    return rows if pushes else [say("CON-412", language)]


def log(lines: Sequence[str], language: Language) -> list[str]:
    """The last lines of the log, the newest at the bottom."""
    rows = [part for line in lines for part in folded(hidden(_STAMP.sub(_stamp, line)), 4)]
    return rows or [say("CON-412", language)]


def _stamp(found: re.Match[str]) -> str:
    """Return the beginning of a line of the log with its time made local."""
    return f"{moment(found[1]):%m-%d %H:%M:%S} [{found[2]}] "


def network(facts: Facts, machine: Machine, language: Language) -> list[str]:
    """Network, time and load."""
    clock = {True: "CON-221", False: "CON-222", None: "CON-223"}[machine.clock_set]
    rows = [
        _pair("CON-216", f"{machine.host}  Linux {machine.kernel}", language),
        _pair("CON-218", machine.gateway or "-", language),
        _pair("CON-219", ", ".join(machine.resolvers) or "-", language),
        _pair("CON-220", f"{facts.at:%Y-%m-%d %H:%M:%S %z} ({say(clock, language)})", language),
        _pair("CON-224", _duration(machine.uptime), language),
        _pair("CON-225", "-" if facts.uptime is None else _duration(facts.uptime), language),
        _pair("CON-226", f"{machine.load:.2f}", language),
        f"{say('CON-217', language)}:",
    ]
    rows += [f"  {name}: {', '.join(every)}" for name, every in machine.addresses.items()]
    return rows


def rescue(facts: Facts, house: House, language: Language) -> list[str]:
    """What can be told with no service: what is missing, and what helps."""
    rows = findings(facts, language)
    used = disk.used(house.data)
    database = "CON-232"
    if disk.there(house.database):
        damaged = disk.damage(house.database, at_rest=not facts.running) is not None
        database = "CON-236" if damaged else "CON-231"
    rows += [
        "",
        _pair("CON-229", str(house.data), language),
        _pair("CON-230", f"{house.database} ({say(database, language)})", language),
        _pair("CON-233", "-" if used is None else f"{used} %", language),
        _pair("CON-234", facts.slot, language),
    ]
    if facts.slot != "-":
        rows.append(say("CON-413", language))
    return rows


def findings(facts: Facts, language: Language) -> list[str]:
    """Everything that is wrong, each with what helps."""
    rows = []
    for finding in facts.findings:
        rows += folded(f"! {sentence(finding, language)}", 2)
        rows += folded(f"  {say('CON-227', language)}: {advice(finding, language)}", 2)
    return rows or [say("CON-100", language)]


def keys(language: Language) -> list[str]:
    """Every key of the list of lines and of a line, one a row."""
    return [say(f"CON-{code}", language) for code in (*range(321, 337), 338, 337, 339)]


def phrase(words: Sequence[str], language: Language) -> list[str]:
    """The words of a recovery phrase, four on a row, and what to do with them."""
    rows = [
        "  ".join(f"{place + 1:2}. {words[place]:10}" for place in range(row, row + 4))
        for row in range(0, len(words), 4)
    ]
    return ["", *rows, "", *folded(say("CLI-102", language), 4)]


def page(facts: Facts, machine: Machine, language: Language) -> list[str]:
    """One screen made to be photographed: all that support asks first, masked whatever is shown."""
    kept = _CLEAR.set(False)
    try:
        rows = [sentence(finding, language) for finding in facts.findings[:3]]
        rows += [_on_page(worded(line, language)) for line in facts.lines[:9]]
        pushes = "  ".join(f"{state} {count}" for state, count in sorted(facts.outbox.items()))
        rows.append(_pair("CON-004", pushes or "-", language))
        rows.append(_pair("CON-224", _duration(machine.uptime), language))
        return rows + [mask_text(row) for row in network(facts, machine, language)[:4]]
    finally:
        _CLEAR.reset(kept)


def _on_page(line: Row) -> str:
    signal = "-" if line["signal_dbm"] is None else line["signal_dbm"]
    name = masked(line["msisdn"] or _tail(line["iccid"]) or _tail(line["imei"]))
    said = f"{line['state_word']} {line['family'] or '-'} {signal} dBm"
    return f"{name} {said}: {mask_text(line['explanation'] or '-')}"


def _tail(name: str | None) -> str | None:
    return None if name is None else f"..{name[-4:]}"


def masked(number: str | None) -> str:
    """Return a line's number as the console shows it."""
    return hidden(number) if number else "-"


def folded(text: str, most: int) -> list[str]:
    """Return a text on up to ``most`` lines of the screen, broken between words if it has any."""
    rows: list[str] = []
    rest = text
    while rest and len(rows) < most:
        taken = _fitting(rest)
        space = rest.rfind(" ", 0, taken + 1)
        if taken < len(rest) and space > taken // 2:
            taken = space
        rows.append(rest[:taken])
        rest = rest[taken:].lstrip(" ")
    if rest:
        rows[-1] = fit(rows[-1] + " " + rest, COLUMNS)
    return rows


def _fitting(text: str) -> int:
    """Return how many letters of a text have room on a line, at least one."""
    columns = 0
    for place, letter in enumerate(text):
        columns += width(letter)
        if columns > COLUMNS:
            return max(1, place)
    return len(text)


def _rule(title: str) -> str:
    """Return a line across the screen that begins with a title."""
    head = f"-- {title} "
    return head + "-" * (COLUMNS - width(head))


def _line_cells(line: Row, language: Language) -> list[str]:
    signal = "-" if line["signal_dbm"] is None else f"{line['signal_dbm']:.0f}"
    call = say("CON-228", language) if line["call"] else "-"
    name = masked(line["msisdn"] or line["iccid"] or line["imei"])
    line = worded(line, language)
    values = [name, line["state_word"], line["role_word"], line["operator"] or "-", signal, call]
    return [*values, str(line["queue"])]


def _cells(values: Sequence[str], columns: Sequence[tuple[str, int]], mark: str = "") -> str:
    return mark + " ".join(
        fit(safe(value), size) for value, (_, size) in zip(values, columns, strict=True)
    )


def _pair(code: str, value: str, language: Language) -> str:
    return f"{say(code, language)}: {value}"


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))
