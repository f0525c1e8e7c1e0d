"""The demonstration's story, from outside: the README, the commands, HTTP, another language."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from appliance.demo.house import free_port
from tests.whole.programs import simveil

HERE = Path(__file__).parent
README = HERE.parents[2] / "README.md"
STORY = ["start", "bind", "conference", "bridge", "call-back", "texts", "unbind"]


@pytest.mark.parametrize(
    "language", [["sh", "stranger.sh"], ["node", "stranger.mjs"]], ids=["sh", "node"]
)
def test_a_stranger_sees_the_whole_story(tmp_path: Path, language: list[str]) -> None:
    program, script = language
    ports = [str(free_port()) for _ in range(3)]
    done = subprocess.run(
        [program, str(HERE / script), str(README), simveil(), str(tmp_path), *ports],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    logs = "\n".join(
        (tmp_path / name).read_text(errors="replace")[-3000:]
        for name in ("bank.log", "serve.log")
        if (tmp_path / name).exists()
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"
    assert done.stdout.split() == STORY
