"""An audit of the tables: commands, unsolicited lines, results and families as data."""

from __future__ import annotations

import re
from dataclasses import fields

from drivers.at.commands import FIXED
from drivers.at.fields import head_of
from drivers.at.results import CALL_WORDS, NUMERIC, WORDS
from drivers.at.urcs import COMMON
from drivers.families import reports
from drivers.families.catalogue import FAMILIES, URC_RULES
from drivers.families.startup import BEFORE_SIM
from drivers.families.startup import COMMON as SETTINGS
from drivers.modem import Facts

COMMAND = re.compile(r"AT(?:&?[A-Z]\d?|[+^][A-Z0-9]+(?:[=?].*)?)?")


def every_command() -> list[str]:
    found = [command.text for command in FIXED] + list(BEFORE_SIM)
    for setting in SETTINGS:
        found += setting.tries
    for family in FAMILIES.values():
        for setting in family.settings:
            found += setting.tries
        for plan in family.audio.values():
            found += (*plan.at_start, *plan.with_call, *plan.when_active, *plan.when_idle)
        found += family.iccid
        found += [family.pin_counter] if family.pin_counter else []
        found.append(family.digit_command("5", 1))
    return found


def test_every_command_is_one_legal_line() -> None:
    for text in every_command():
        assert COMMAND.fullmatch(text), text
        assert text.isascii()
        assert text.isprintable()
        assert ";" not in text


def test_commands_end_in_time() -> None:
    for command in FIXED:
        assert 0 < command.timeout <= 60


def test_heads_are_what_the_classifier_looks_up() -> None:
    for head, rule in URC_RULES.items():
        assert head == rule.head
        assert head_of(f"{head}: 1") == head
        assert head == head.strip()
        assert ":" not in head


def test_no_rule_hides_a_final_result() -> None:
    for word in (*WORDS, *NUMERIC):
        assert word not in URC_RULES
    for word in CALL_WORDS:
        assert word == "CONNECT" or word in URC_RULES


def test_a_shape_that_decides_belongs_to_a_head_that_is_ambiguous() -> None:
    for rule in URC_RULES.values():
        assert rule.never_reply is None or rule.reply, rule.head


def test_families_agree_on_the_lines_that_they_share() -> None:
    for family in FAMILIES.values():
        heads = [rule.head for rule in family.urcs]
        assert len(heads) == len(set(heads)), family.name
        for rule in family.urcs:
            assert URC_RULES[rule.head].pdu == rule.pdu, rule.head


def test_every_line_that_is_read_is_a_line_that_is_expected() -> None:
    assert set(reports.COMMON) <= {rule.head for rule in COMMON}
    for family in FAMILIES.values():
        assert set(family.all_parsers()) <= set(URC_RULES), family.name


def test_settings_touch_facts_that_exist() -> None:
    names = {field.name for field in fields(Facts)}
    for family in FAMILIES.values():
        for setting in (*SETTINGS, *family.settings):
            assert setting.tries
            assert setting.fact is None or setting.fact in names


def test_families_are_named_once_and_described() -> None:
    for name, family in FAMILIES.items():
        assert name == family.name
        assert family.digit_gap > 0
        assert family.iccid


def test_what_breaks_a_modem_is_known_of_it() -> None:
    huawei = FAMILIES["huawei"]

    assert huawei.release_needs_alerting
    assert not huawei.facts.multiparty
    assert not huawei.facts.call_waiting
