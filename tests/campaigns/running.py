"""What every campaign has: its command line, its folder, its wait for rest, and its end."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any


def arguments(document: str | None) -> argparse.ArgumentParser:
    """Return a parser for what every campaign can be given.

    Args:
        document: The campaign's own; its first line is the description.
    """
    parser = argparse.ArgumentParser(description=(document or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; it is kept")
    return parser


def begin(folder: Path | None, name: str, log: logging.Logger | None = None) -> Path:
    """Let only errors and the campaign's own progress be logged; return the folder to work in.

    Args:
        folder: The one that was given; made when None.
        name: The campaign's.
        log: Of its progress.
    """
    logging.basicConfig(level=logging.ERROR)
    if log is not None:
        log.setLevel(logging.INFO)
    made = folder or Path(tempfile.mkdtemp(prefix=f"simveil-{name}-"))
    made.mkdir(parents=True, exist_ok=True)
    return made


def tell(breaches: Sequence[str]) -> int:
    """Print a sentence per breach; return the exit status."""
    for sentence in breaches:
        print(sentence, file=sys.stderr)
    return 1 if breaches else 0


def leave(folder: Path, status: int, *, keep: bool) -> int:
    """Say where the evidence of a failure is, or else clear up; return the exit status."""
    if status:
        print(f"the evidence is in {folder}", file=sys.stderr)
    elif not keep:
        shutil.rmtree(folder)
    return status


def until_none(
    look: Callable[[], list[str]], seconds: float, every: float, *, renewed: bool = False
) -> list[str]:
    """Look again and again; return what is still wrong after so many seconds.

    Args:
        look: Returns a sentence for everything that is wrong.
        seconds: How long to wait; with ``renewed`` how long nothing may change.
        every: Seconds between two looks.
        renewed: Whether the time begins anew with each change.
    """
    pause = threading.Event()
    wrong = look()
    end = time.monotonic() + seconds
    while wrong and time.monotonic() < end:
        pause.wait(every)
        before, wrong = wrong, look()
        if renewed and wrong != before:
            end = time.monotonic() + seconds
    return wrong


def moving(lines: Iterable[dict[str, Any]], on_bank: Iterable[dict[str, Any]]) -> list[str]:
    """Return a sentence for everything that lines have under way.

    Args:
        lines: As the box tells of them.
        on_bank: As the bank does.
    """
    wrong = []
    for each in lines:
        if each["state"] != "ready":
            wrong.append(f"line {each['msisdn']} is {each['state']}: {each['explanation']}")
        if each["call"]:
            wrong.append(f"line {each['msisdn']} has call {each['call']}")
    for each in on_bank:
        if each["calls"]:
            wrong.append(f"line {each['msisdn']} carries {len(each['calls'])} calls")
        stored = sum(each["messages"].values()) + each["waiting_texts"]
        if stored:
            wrong.append(f"{stored} texts wait at line {each['msisdn']}")
    return wrong
