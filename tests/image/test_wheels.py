"""The libraries of the package: one release of each that the project asks for, in its range."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).parents[2]


def test_each_dependency_has_one_release_in_its_range() -> None:
    pinned = {}
    for line in (HOME / "image/wheels.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, release = line.partition("==")
            assert canonicalize_name(name) not in pinned
            pinned[canonicalize_name(name)] = release
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    for text in (*project["project"]["dependencies"], *project["build-system"]["requires"]):
        wanted = Requirement(text)

        assert pinned[canonicalize_name(wanted.name)] in wanted.specifier, text
