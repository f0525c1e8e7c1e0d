"""The catalogue: every sentence in both languages, every code in use, none missing."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import appliance
from appliance.words import LANGUAGES, SENTENCES, cure, language_of, say

ROOM = Path(appliance.__file__).parent


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_says_the_same_facts_in_every_language(code: str) -> None:
    texts = SENTENCES[code]

    assert len(texts) == len(LANGUAGES)
    assert all(text.strip() for text in texts)
    assert len({frozenset(facts(text)) for text in texts}) == 1


def test_codes_in_the_code_and_in_the_catalogue_are_the_same() -> None:
    source = "\n".join(
        path.read_text() for path in ROOM.rglob("*.py") if path.parent.name != "words"
    )
    used = set(re.findall(r"""["']((?:CLI|DOC|CON)-\d{3})["']""", source))
    columns = set(re.findall(r'\("([a-z]+)", "\w+"\)', "\n".join(
        path.read_text() for path in (ROOM / "cli").glob("*.py")
    )))  # fmt: skip

    known = {code for code in SENTENCES if code[:3] in ("CLI", "DOC", "CON")}
    keys = {f"CON-{number}" for number in range(321, 340)}  # the console's page of keys
    cures = {code for code in known - used if f"{code[:4]}{int(code[4:]) - 50:03}" in used}
    assert used <= known
    assert known - used - cures == keys
    headings = {code.removeprefix("COL-") for code in SENTENCES if code.startswith("COL-")}
    assert headings == columns


def test_every_check_and_every_finding_has_a_cure_of_its_own() -> None:
    lines = "CON-158"  # how a line is has its own advice
    findings = [
        code for code in SENTENCES if re.fullmatch(r"DOC-0[0-4]\d|CON-1(0[1-9]|[1-4]\d)", code)
    ]
    assert len(findings) > 25
    wanting = [code for code in findings if code != "CON-108" and cure(code) == say(lines)]
    assert wanting == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh_CN.UTF-8", "zh-CN"), ("zh", "zh-CN"), ("en_GB", "en"), ("C", "en"), ("", "en")],
)
def test_the_locale_decides(locale: str, language: str) -> None:
    assert language_of(locale) == language


def test_facts_are_filled_in() -> None:
    assert say("CLI-004", "zh-CN", count=3) == "已完成(3)。"
    assert say("CLI-004", count=3) == "Done (3)."
    with pytest.raises(KeyError):
        say("CLI-999")


def sentences_in(path: Path) -> list[str]:
    """Return literal sentences of a file that a person would read: documentation is none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:  # click's help texts
                documentation |= set(ast.walk(decorator))
        if isinstance(node, ast.keyword) and node.arg in ("help", "metavar"):
            documentation |= set(ast.walk(node.value))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documentation.add(node.value)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_COMMANDS":
            documentation |= set(ast.walk(node))
    return [
        f"{path.name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node not in documentation and re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", node.value)
    ]


@pytest.mark.parametrize("room", ["cli", "console"])
def test_no_sentence_stands_outside_the_catalogue(room: str) -> None:
    assert [one for path in (ROOM / room).rglob("*.py") for one in sentences_in(path)] == []
