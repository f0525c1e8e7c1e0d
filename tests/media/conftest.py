from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media.rig import Room, room


@pytest.fixture
def media_room(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made
