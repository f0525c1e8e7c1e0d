"""A short search of the admin interface by schemathesis; ``tests.api.fuzz`` makes a long one."""

from __future__ import annotations

from pathlib import Path

from tests.api.fuzz import search


def test_requests_made_from_the_document_find_nothing(tmp_path: Path) -> None:
    made, findings = search(tmp_path, examples=4, seed=20260301)

    assert findings == []
    assert made > 100
