"""The two READMEs say the same, and what they tell a newcomer to type exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    return re.findall(r"```\w*\n.*?```", text, re.DOTALL)


def shape(text: str) -> list[str]:
    """Every line's kind, in order: headings by level, list items, table rows, fences."""
    kinds = []
    for line in text.splitlines():
        match = re.match(r"(#+ |- |\|)", line)
        if match:
            kinds.append(match[1].strip())
    return kinds


def test_both_languages_have_the_same_commands_in_the_same_places() -> None:
    assert blocks(ENGLISH) == blocks(CHINESE)
    assert len(blocks(ENGLISH)) >= 5


def test_both_languages_have_the_same_structure() -> None:
    assert shape(ENGLISH) == shape(CHINESE)


def test_both_name_the_same_requests_and_options() -> None:
    def code(text: str) -> list[str]:
        return sorted(re.findall(r"`([^`\n]*[/{\[][^`\n]*)`", text))

    assert code(ENGLISH) == code(CHINESE)


def test_newcomer_commands_name_a_script_that_knows_the_job() -> None:
    script = (ROOT / "image" / "newcomer.sh").read_text(encoding="utf-8")
    jobs = re.findall(r"sh (image/newcomer\.sh) (\w+)", ENGLISH)
    assert [job for _, job in jobs] == ["demo", "tests", "sandbox"]
    for _, job in jobs:
        assert re.search(rf"\b{job}\b", script)


def test_continuous_integration_runs_the_readme_test_command() -> None:
    assert "sh image/newcomer.sh tests" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "sh image/newcomer.sh tests" in ENGLISH
