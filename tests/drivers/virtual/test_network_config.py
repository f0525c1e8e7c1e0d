"""The ``[virtual]`` table."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.virtual.config import bank_config, parse_bank_config
from drivers.virtual.errors import ConfigError


def test_a_list_of_numbers_makes_lines_of_every_make_in_turn() -> None:
    bank = bank_config({"lines": [f"+861700000000{n}" for n in range(1, 5)]})
    assert [line.personality for line in bank.lines] == ["ec25", "sim7600", "e1550", "ec25"]
    assert (bank.control, bank.speed) == (("127.0.0.1", 7700), 1.0)
    assert len({line.sim.iccid for line in bank.lines}) == 4
    assert bank.lines[0].sim.services.hold


def test_a_table_says_what_a_line_can_not_do() -> None:
    bank = bank_config(
        {
            "speed": 20,
            "control": "127.0.0.1:0",
            "line": [
                {
                    "msisdn": "17000000001",
                    "personality": "E1550",
                    "hold": False,
                    "join_refused": True,
                    "transfer": True,
                    "reports": False,
                    "pin": "1234",
                    "false_answer": True,
                    "host_audio_in_multiparty": False,
                    "quiet": True,
                }
            ],
        }
    )
    (line,) = bank.lines
    assert (line.msisdn, line.personality, line.sim.pin) == ("+8617000000001", "e1550", "1234")
    services = line.sim.services
    assert (services.hold, services.join_refused, services.reports) == (False, True, False)
    assert services.transfer
    assert (line.false_answer, line.host_audio_in_multiparty, line.quiet) == (True, False, True)
    assert (bank.speed, bank.control) == (20.0, ("127.0.0.1", 0))


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        bank_config(
            {
                "lins": ["+8617000000001"],
                "speed": 0,
                "control": "0.0.0.0:7700",
                "line": [{"msisdn": "abc", "personalty": "ec25", "hold": "yes"}],
            }
        )
    told = "\n".join(caught.value.mistakes)
    assert len(caught.value.mistakes) == 6
    assert "virtual.lins is not a setting; did you mean line" in told
    assert "virtual.line[0].personalty is not a setting; did you mean personality?" in told
    assert "not on the loopback" in told
    assert "'abc' is not a telephone number" in told
    assert "virtual.speed" in told
    assert "virtual.line[0].hold" in told


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "names no line"),
        ({"lines": ["+8617000000001", "17000000001"]}, "twice"),
        ({"lines": [1]}, "a number is a string"),
        ({"lines": ["+8617000000001"], "control": "7700"}, "is not an address"),
        ({"lines": ["+8617000000001"], "control": "127.0.0.1:x"}, "has no port"),
        ({"lines": ["+8617000000001"], "control": 7700}, "an address is a string"),
        ({"line": [{"msisdn": "+8617000000001", "iccid": "1"}]}, "19 or 20 digits"),
        ({"line": [{"msisdn": "+8617000000001", "iccid": "8" * 20}]}, "begin with 89"),
        (
            {"line": [{"msisdn": "+8617000000001", "iccid": "89860012345678901231"}]},
            "wrong check digit",
        ),
        ("nonsense", "virtual"),
        ([], "virtual"),
    ],
)
def test_a_mistake_is_told_in_words(table: object, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        bank_config(table)


def test_a_file_is_read_for_its_virtual_table_alone(tmp_path: Path) -> None:
    file = tmp_path / "simveil.toml"
    file.write_text('[box]\nname = "box-1"\n[virtual]\nlines = ["+8617000000001"]\n')
    assert len(parse_bank_config(file).lines) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("[virtual", "is not TOML"), ("[box]\n", "no .virtual. table"), (None, "can't be read")],
)
def test_a_file_that_is_none(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "simveil.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        parse_bank_config(file)
