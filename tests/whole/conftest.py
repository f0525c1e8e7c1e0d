"""A box for the calls of this folder: one per test process, replaced when a test has broken it."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.whole.rig import MAKES, Rig, build
from tests.whole.scene import Scene, at_once, playing

Play = Callable[..., Scene]

_FAULT: Final = re.compile(r"\[(error|critical|exception) *\]|Traceback")
"""What stands in the box's log when something went wrong in the box itself."""
_LAST: Final = "test_the_limit_ends_the_call"
"""Its calls take a minute, which passes while the other tests run."""


class _Keeper:
    """Keeps a rig for as long as it is whole, with a limited call of each make on it."""

    def __init__(self, folders: Iterator[Path]) -> None:
        self._folders = folders
        self._rig: Rig | None = None
        self.limited: list[Scene] = []

    def whole(self) -> Rig:
        if self._rig is not None and self._rig.broken:
            self.drop()
        if self._rig is None:
            self._rig = Rig(build(next(self._folders)))
            self._rig.start()
            self.limited = [Scene(self._rig, make, "limited", f"{make}-limited") for make in MAKES]
            at_once(_begin_limited, self.limited)
        return self._rig

    def drop(self) -> None:
        rig, self._rig = self._rig, None
        if rig is not None:
            rig.stop()
            log = rig.house.log("serve").splitlines()
            faults = [line for line in log if _FAULT.search(line)]
            assert not faults, "\n".join(faults)


def _begin_limited(scene: Scene) -> None:
    """Begin a call that may last a minute, the shortest that there is."""
    scene.bind(maxDuration=1)
    scene.b.do("auto", answer_after=0)
    scene.dials()
    scene.told("answer")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.name.startswith(_LAST))


def everywhere(
    act: Callable[[Scene], None] | None = None,
    *,
    makes: Sequence[str] = MAKES,
    bound: bool = True,
) -> Any:
    """Make a test of what happens in a scene: in one of each make, all at the same time.

    Args:
        bound: A and B are bound on the line before.
    """
    if act is None:
        return functools.partial(everywhere, makes=makes, bound=bound)

    def test(play: Play) -> None:
        scenes = [play(make) for make in makes]
        for scene in scenes if bound else []:
            scene.bind()
        at_once(act, scenes)

    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        setattr(test, name, getattr(act, name))
    return test


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Keeper]:
    kept = _Keeper(tmp_path_factory.mktemp("rig") for _ in itertools.count())
    yield kept
    kept.drop()


@pytest.fixture
def rig(keeper: _Keeper) -> Rig:
    """A box that is at rest."""
    return keeper.whole()


@pytest.fixture
def limited(keeper: _Keeper, rig: Rig) -> list[Scene]:
    """A scene of each make, whose A and B talk for a minute from the start of the box."""
    return keeper.limited


@pytest.fixture
def play(rig: Rig) -> Iterator[Play]:
    """Opens scenes: ``play(make, role, application)``."""
    with ExitStack() as stack:

        def opens(make: str, role: str = "x", application: str | None = None) -> Scene:
            return stack.enter_context(playing(rig, make, role, application))

        yield opens
