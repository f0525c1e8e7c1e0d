"""Where the programs of this installation lie."""

from __future__ import annotations

import sys
from pathlib import Path


def simveil() -> str:
    """Return the path of the ``simveil`` command beside the interpreter that runs the tests."""
    return str(Path(sys.executable).with_name("simveil"))
