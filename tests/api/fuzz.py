"""Requests that nobody thought of, made from the admin interface's own document by schemathesis.

    .venv/bin/python -m tests.api.fuzz --examples 200 --seed 1

Every answer is held against the document: its status, its media type, its schema. Requests that the
document forbids have to be refused, and none may be answered with a failure of the box. That a
request which fits the document is refused is no finding: a number of eleven digits may still be no
number, and a name may be taken.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, openapi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from appliance.api.admin import admin_app
from appliance.config import parse
from appliance.errors import NotFound
from appliance.model.bindings import AxbTerms
from appliance.model.records import CallRecord, Mode, Role
from appliance.operations.jobs import Jobs
from appliance.store import Store
from drivers.clock import ManualClock
from tests.cli.conftest import X1, FakeExchange, line

A, B = "+8613912340001", "+8613912340002"
SEARCHED = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Exchange(FakeExchange):
    """What it does not know it knows of no line."""

    def __getattr__(self, name: str) -> Any:
        def nowhere(*_: Any, **__: Any) -> Any:
            raise NotFound("there is no such line")

        return nowhere


@contextmanager
def furnished(folder: Path) -> Iterator[tuple[Any, dict[str, str]]]:
    """Give an admin application over a box with something of everything, and the names of it."""
    settings = parse(f'[box]\ndata = "{folder}"\n[api]\nlisten = "127.0.0.1:0"\nplain = true\n')
    clock = ManualClock()
    store = Store(settings.box.database, clock=clock)
    store.start()
    jobs = Jobs(store, clock)
    jobs.start()
    now = clock.now()

    def work(db: Any) -> str:
        app = store.applications.add(db, "shop", Mode.AXB, sms=True, record=True)
        store.numbers.enrol(
            db, X1, iccid="8986001", role=Role.NUMBER, app_id=app.app_id, city="0755", sms=True
        )
        record = CallRecord(
            session_id="a-call", icid="i", app_id=app.app_id, mode=Mode.AXB, bind_number=X1,
            dialled=X1, caller=A, callee=B, shown=X1, call_in_at=now, answered_at=now,
            ended_at=now, state_code=0,
        )  # fmt: skip
        store.calls.open(db, record)
        return store.bindings.bind_axb(db, app, AxbTerms(a=A, b=B), now).subscription_id

    subscription = store.write(work)
    task = jobs.submit("sms", [X1, "nonsense"], {"on": True})
    names = {
        "name": "shop", "app": "shop", "msisdn": X1, "line": X1, "session_id": "a-call",
        "push_id": "1", "task_id": str(task.task_id), "subscription_id": subscription,
    }  # fmt: skip
    try:
        yield admin_app(store, Exchange([line(X1, 1)]), clock, settings, jobs=jobs), names
    finally:
        assert jobs.stop(10)
        store.stop(5)


def search(folder: Path, examples: int, seed: int) -> tuple[int, list[str]]:
    """Return how many requests were made, and a sentence for each finding.

    Args:
        folder: Where the box has its data; nothing is written elsewhere.
        examples: For each operation, half of them against the document.
    """
    findings: list[str] = []
    made = 0
    with furnished(folder) as (app, names), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = openapi.from_wsgi("/openapi.json", app)
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            for mode in SEARCHED:
                known = mode is GenerationMode.POSITIVE

                def one(case: Any) -> None:
                    nonlocal made
                    made += 1
                    _aim(case, names, folder, made, known=known)  # noqa: B023 - run at once
                    finding = _tried(case)
                    if finding is not None:
                        findings.append(finding)

                _run(operation, mode, examples // 2, seed, one)
    return made, findings


def _aim(case: Any, names: dict[str, str], folder: Path, number: int, *, known: bool) -> None:
    """Let every second request name what is there, none wait, and no backup go astray."""
    if known and number % 2:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = names.get(name, case.path_parameters[name])
    if known and "wait" in (case.query or {}):
        case.query["wait"] = 0
    body = case.body
    if (
        case.path == "/backup"
        and isinstance(body, dict)
        and re.search("^/.+", str(body.get("path")))
    ):
        body["path"] = f"{folder}/{number}.tar"


def _tried(case: Any) -> str | None:
    try:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        inner = getattr(error, "exceptions", [error])
        words = "; ".join(" ".join(str(one).split())[:200] for one in inner)
        return f"{case.method} {case.formatted_path}: {words}"
    return None


def _run(operation: Any, mode: GenerationMode, examples: int, seed: int, one: Any) -> None:
    test = hypothesis.given(case=operation.as_strategy(generation_mode=mode))(one)
    test = hypothesis.settings(
        max_examples=max(1, examples),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(hypothesis.seed(seed)(test))
    try:
        test()
    except Unsatisfiable:
        return  # nothing that it takes can be made wrong


def main() -> int:
    """Run a long search; exit 1 with the findings when there are any."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--examples", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made, findings = search(Path(folder), chosen.examples, chosen.seed)
    for finding in dict.fromkeys(findings):
        print(finding)
    print(f"{made} requests, {len(findings)} findings, seed {chosen.seed}")
    return int(bool(findings))


if __name__ == "__main__":
    raise SystemExit(main())
