"""Whatever JSON or query comes: an answer out of the table, never an internal error."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whole.mirror.town import Town
from tests.whole.mirror.wire import AXB, Shop

STOP = "/rest/httpsessions/callStop/v2.0"
RECORD = "/rest/provision/voice/record/v1.0"
AX = "/rest/provision/caas/privatenumber/v1.0"
CALLEE = "/rest/caas/privatenumber/calleenumber/v1.0"
AXE, AXE2 = "/rest/caas/extendnumber/v1.0", "/rest/caas/extendnumber/v2.0"
COUNT = "/rest/caas/virtualnumber/v1.0"
AXYB = "/rest/omp/xyrelationnumber/v1.0"
BODIES = {
    "AXB": [("POST", AXB), ("PUT", AXB), ("POST", STOP)],
    "AX": [("POST", AX), ("PUT", AX), ("PUT", CALLEE)],
    "AXE": [("POST", AXE), ("PUT", AXE)],
    "AXYB": [("POST", AXYB)],
}
QUERIES = {
    "AXB": [("GET", AXB), ("DELETE", AXB), ("GET", RECORD)],
    "AX": [("GET", AX), ("DELETE", AX)],
    "AXE": [("GET", AXE), ("DELETE", AXE), ("GET", AXE2), ("GET", COUNT)],
    "AXYB": [("GET", AXYB), ("DELETE", AXYB)],
}
KEYS = (
    "relationNum callerNum calleeNum areaCode areaMatchMode callDirection duration recordFlag "
    "recordHintTone maxDuration lastMinVoice privateSms preVoice userData subscriptionId sessionid "
    "signal pageIndex pageSize origNum privateNum privateNumType calleeNumDisplay turnFlag "
    "virtualNum bindNum extendNum displayNumMode callbackTone callbackNum timeUnit bindExpiredTime "
    "callbackExpiredTime cursor limit number ybDuration preVoiceX preVoiceY relationNumber yNum "
    "bNum fileName recordDomain app_key"
)
NUMBERS = ["+8617000000001", "+8617999999999", "+8613900000001", "+867552878", "+86", "110", "+"]
WORDS = ["true", "0", "-1", "9" * 30, "0755", "a.wav", "../a.wav", "call_stop", "0000000000000_0"]
anything = st.text(st.characters(codec=None), max_size=40)  # halves of surrogate pairs too
texts = anything | st.sampled_from([*NUMBERS, *WORDS])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(KEYS.split())
bodies = st.dictionaries(keys | texts, values, max_size=10)
queries = st.lists(st.tuples(keys, st.binary(max_size=12) | texts), max_size=5)
often = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def shops(town: Town) -> dict[str, Shop]:
    """An application of each mode, with one number."""
    made = {mode: town.shop("--record", mode=mode) for mode in BODIES}
    for one in made.values():
        one.mine.append(town.number(one, "--city", "0755"))
    return made


def check(shop: Shop, method: str, target: str, body: bytes | None = None) -> None:
    if AXYB in target:
        target += ("&" if "?" in target else "?") + f"app_key={shop.key}"
    reply = shop.send(method, target, body)
    told: Any = reply.json
    assert list(told)[:2] == ["resultcode", "resultdesc"], reply
    assert told["resultcode"] != "1010001", reply


@pytest.mark.parametrize("mode", BODIES)
@often
@given(data=st.data())
def test_any_body(shops: dict[str, Shop], mode: str, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(BODIES[mode]))
    body = data.draw(bodies)
    if data.draw(st.booleans()):  # a number of theirs now and then, so that more is looked at
        body |= dict.fromkeys(("relationNum", "privateNum", "virtualNum"), shops[mode].mine[0])
    check(shops[mode], method, path, json.dumps(body).encode("ascii"))


@pytest.mark.parametrize("mode", QUERIES)
@often
@given(data=st.data())
def test_any_query(shops: dict[str, Shop], mode: str, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(QUERIES[mode]))
    query = data.draw(queries)
    words = [
        f"{name}={quote(each if isinstance(each, bytes) else each.encode('utf-8', 'replace'))}"
        for name, each in query
    ]
    check(shops[mode], method, f"{path}?{'&'.join(words)}")


@pytest.mark.parametrize("mode", BODIES)
def test_half_a_pair_in_any_argument(shops: dict[str, Shop], mode: str) -> None:
    for method, path in BODIES[mode]:
        for name in KEYS.split():
            check(shops[mode], method, path, json.dumps({name: "\ud800" * 4}).encode("ascii"))
