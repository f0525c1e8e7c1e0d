"""The dashboard asks for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "systemd" / "grafana.json"
_SUFFIX = re.compile(r"_(total|bucket|sum|count)$")


def test_every_metric_that_a_panel_asks_for_is_one_of_the_boxs() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    asked = {name for query in queries for name in re.findall(r"simveil_\w+", query)}
    source = "\n".join(path.read_text() for path in (ROOT / "appliance").rglob("*.py"))
    told = set(re.findall(r'"(simveil_\w+)"', source))
    assert queries
    unknown = {name for name in asked if not {name, _SUFFIX.sub("", name)} & told}
    assert unknown == set()
