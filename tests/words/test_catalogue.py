"""The catalogue: every sentence in both languages, every code in use, none missing."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import appliance
from appliance.model import bindings, numbers
from appliance.operations import moving_in
from appliance.store import relations
from appliance.words import LANGUAGES, SENTENCES, cure, language_of, said_again, say

ROOM = Path(appliance.__file__).parent


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_sentence_says_the_same_facts_in_every_language() -> None:
    wrong = [
        code
        for code, texts in SENTENCES.items()
        if len(texts) != len(LANGUAGES)
        or not all(text.strip() for text in texts)
        or len({frozenset(facts(text)) for text in texts}) != 1
    ]
    assert wrong == []
    assert [english for english, _ in SENTENCES.values() if not english.isascii()] == []


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


RAISED = frozenset({
    "BadInput", "ConfigInvalid", "NotFound", "NotRunning", "Refused", "SimveilError", "StoreBusy",
    "StoreFailed", "Unsettled",
})  # fmt: skip
MIRROR = {"cloud"}  # what its clients are told is the cloud's own words
CONSTANTS = {
    "CALLEE_IS_A": bindings.CALLEE_IS_A,
    "SAME_PARTIES": bindings.SAME_PARTIES,
    "TIMES_CROSSED": bindings.TIMES_CROSSED,
}


def refusals_in(path: Path, raised: frozenset[str] = RAISED) -> Iterator[tuple[str, str]]:
    """Yield where a sentence is raised, and the sentence with its facts numbered."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in raised or not node.args:
            continue
        words = node.args[-1] if node.func.id in ("Refused", "Unsettled") else node.args[0]
        if isinstance(words, ast.List):
            words = words.elts[0]
        if isinstance(words, ast.Name) and words.id in CONSTANTS:
            words = ast.Constant(CONSTANTS[words.id])
        template = numbered(words)
        if re.search("[A-Za-z]{2}", template):  # others put two sentences together
            yield f"{path.name}:{node.lineno}", template


def numbered(words: ast.expr) -> str:
    """Return a literal with its facts numbered, as the catalogue has it; empty for no literal."""
    if isinstance(words, ast.Constant):
        return (
            words.value.replace("{", "{{").replace("}", "}}")
            if isinstance(words.value, str)
            else ""
        )
    if not isinstance(words, ast.JoinedStr):
        return ""
    count = itertools.count()
    return "".join(
        numbered(part) if isinstance(part, ast.Constant) else f"{{{next(count)}}}"
        for part in words.values
    )


def test_every_refusal_that_is_raised_is_in_the_catalogue() -> None:
    known = {english for code, (english, _) in SENTENCES.items() if code.startswith("REF-")}
    found = [
        one
        for path in ROOM.rglob("*.py")
        if MIRROR.isdisjoint(path.parts)
        for one in refusals_in(path)
    ]
    rules = frozenset({"ValueError", "ConfigError"})
    for path in (*ROOM.glob("config*.py"), ROOM.parent / "drivers" / "virtual" / "config.py"):
        found += refusals_in(path, rules)
    assert len(found) > 230
    assert [(place, words) for place, words in found if words not in known] == []
    told = {sentence for *_, sentence in (*relations._RULES, *moving_in._RULES)}
    told |= {
        f"+861*****0001 {node.value.value}"
        for node in ast.walk(ast.parse(inspect.getsource(numbers._problem)))
        if isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    assert len(told) > 12
    assert [rule for rule in told if said_again(rule, "zh-CN") == rule] == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("there is no line +861*****0001", "没有线路 +861*****0001"),
        ("/d/simveil.db is in use by another process", "/d/simveil.db 正被另一个进程使用"),
        ("no backup was made: /d cannot be written: No space left on device",
         "未生成备份:无法写入 /d:No space left on device"),
        ("a pattern has {amount} in it once, such as: Balance {amount} CNY",
         "模板中须出现一次 {amount},例如:余额 {amount} 元"),
        ("api.threads: input should be greater than or equal to 2, not 1",
         "api.threads:应不小于 2,而不是 1"),
        ('box: unknown key, did you mean "name"?', 'box:未知的键,是否想写 "name"?'),
        ("what nobody ever said", "what nobody ever said"),
    ],
)  # fmt: skip
def test_a_refusal_is_said_again_in_chinese(english: str, chinese: str) -> None:
    assert said_again(english, "zh-CN") == chinese
    assert said_again(english, "en") == english


@pytest.mark.parametrize("room", ["cli/*.py", "console/*.py", "demo/sandbox.py"])
def test_no_sentence_stands_outside_the_catalogue(room: str) -> None:
    files = list(ROOM.glob(room))
    assert files
    assert [one for path in files for one in sentences_in(path)] == []
