"""ModifyAXBBinding: requests.md §4.3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import pytest

from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused

UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"
FULL: dict[str, Any] = {
    "callDirection": 1,
    "duration": 3600,
    "maxDuration": 30,
    "recordFlag": "true",
    "recordHintTone": "hint.wav",
    "lastMinVoice": "wait.wav",
    "privateSms": "false",
    "preVoice": {"callerHintTone": "hint.wav", "calleeHintTone": "wait.wav"},
    "userData": "before",
}


@pytest.fixture
def full(shop: Shop, x: str, pair: tuple[str, str]) -> dict[str, Any]:
    """A relation with everything set, as the query tells it."""
    reply = shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[1], **FULL)
    return shop.relation(check_accepted(reply)["subscriptionId"])


def without_time(relation: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in relation.items() if key != "subscribeTime"}


def over(shop: Shop, subscription_id: str, seconds: float) -> bool:
    """Whether the relation ends within that time."""
    end = monotonic() + seconds
    while monotonic() < end:
        if shop.query(subscriptionId=subscription_id).code == "1012007":
            return True
    return False


def test_two_keys_in_the_answer(shop: Shop, full: dict[str, Any]) -> None:
    reply = shop.modify(subscriptionId=full["subscriptionId"], callDirection=0)
    assert list(check_accepted(reply)) == ["resultcode", "resultdesc"]


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("callDirection", 2, 2),
        ("callDirection", "0", 0),
        ("duration", 7200, 7200),
        ("duration", 0, 0),
        ("duration", "7776000", 7_776_000),
        ("maxDuration", 1440, 1440),
        ("maxDuration", 0, 0),
        ("recordFlag", "false", "false"),
        ("recordFlag", False, "false"),
        ("recordHintTone", "wait.wav", "wait.wav"),
        ("lastMinVoice", "last-min_1.wav", "last-min_1.wav"),
        ("privateSms", "true", "true"),
        ("privateSms", True, "true"),
        (
            "preVoice",
            {"callerHintTone": "wait.wav", "calleeHintTone": "hint.wav"},
            {"callerHintTone": "wait.wav", "calleeHintTone": "hint.wav"},
        ),
        ("userData", "after", "after"),
    ],
)
def test_one_value_changes_and_the_rest_stays(
    shop: Shop, full: dict[str, Any], name: str, given: object, told: object
) -> None:
    check_accepted(shop.modify(subscriptionId=full["subscriptionId"], **{name: given}))
    after = shop.relation(full["subscriptionId"])
    assert after[name] == told
    assert type(after[name]) is type(told)
    assert {**without_time(after), name: None} == {**without_time(full), name: None}


@pytest.mark.parametrize("name", ["callerNum", "calleeNum"])
def test_a_or_b_is_replaced(shop: Shop, x: str, full: dict[str, Any], name: str) -> None:
    new = person()
    check_accepted(shop.modify(subscriptionId=full["subscriptionId"], **{name: new}))
    assert without_time(shop.relation(full["subscriptionId"])) == {**without_time(full), name: new}
    # Who is not in it any more can be bound on the X again.
    check_accepted(shop.bind(relationNum=x, callerNum=full[name], calleeNum=person()))


def test_nothing_but_the_id_changes_nothing(shop: Shop, full: dict[str, Any]) -> None:
    check_accepted(shop.modify(subscriptionId=full["subscriptionId"]))
    assert without_time(shop.relation(full["subscriptionId"])) == without_time(full)


def test_the_x_cannot_be_changed(shop: Shop, x: str, full: dict[str, Any]) -> None:
    shop.modify(subscriptionId=full["subscriptionId"], relationNum="+8617199999999")
    assert shop.relation(full["subscriptionId"])["relationNum"] == x


def test_the_only_selector_is_the_id(shop: Shop, x: str, full: dict[str, Any]) -> None:
    pair = {"callerNum": full["callerNum"], "calleeNum": full["calleeNum"]}
    check_refused(shop.modify(relationNum=x, **pair, callDirection=0), "1010002", "subscriptionId")
    assert shop.relation(full["subscriptionId"]) == full


@pytest.mark.parametrize("given", [None, "", "a" * 65, 17, ["a"], {}, True])
def test_an_id_is_a_string_of_64(shop: Shop, unchanged: Callable[[], None], given: object) -> None:
    check_refused(shop.modify(subscriptionId=given, callDirection=0), "1010002", "subscriptionId")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("callDirection", 3),
        ("callDirection", "x"),
        ("duration", -1),
        ("duration", 7_776_001),
        ("duration", "1h"),
        ("maxDuration", 1441),
        ("maxDuration", 7200),
        ("recordFlag", "si"),
        ("privateSms", 1),
        ("recordHintTone", "absent.wav"),
        ("lastMinVoice", "absent.wav"),
        ("preVoice", {"callerHintTone": "absent.wav"}),
        ("preVoice", 1),
        ("userData", "{}"),
        ("userData", "d" * 257),
        ("callerNum", "13912340001"),
        ("calleeNum", "+8695588"),
        ("calleeNum", "+85291234567"),
        ("callerNum", 8613912340001),
    ],
)
def test_a_wrong_value_changes_nothing(
    shop: Shop, full: dict[str, Any], name: str, given: object
) -> None:
    body = {"callDirection": 2, "userData": "after", name: given}
    check_refused(shop.modify(subscriptionId=full["subscriptionId"], **body), "1010002")
    assert shop.relation(full["subscriptionId"]) == full


def test_unknown_and_foreign_relations(shop: Shop, bare: Shop, full: dict[str, Any]) -> None:
    check_refused(shop.modify(subscriptionId=UNKNOWN, callDirection=0), "1012007")
    check_refused(bare.modify(subscriptionId=full["subscriptionId"], callDirection=0), "1012007")
    assert shop.relation(full["subscriptionId"]) == full


@pytest.mark.parametrize("name", ["callerNum", "calleeNum"])
@pytest.mark.parametrize("role", ["a", "b"])
def test_somebody_who_is_on_the_x_already(
    shop: Shop, full: dict[str, Any], bound: dict[str, Any], name: str, role: str
) -> None:
    reply = shop.modify(
        subscriptionId=full["subscriptionId"], userData="after", **{name: bound[role]}
    )
    check_refused(reply, "1012010")
    assert shop.relation(full["subscriptionId"]) == full


def test_a_and_b_may_change_places(shop: Shop, full: dict[str, Any]) -> None:
    swapped = {"callerNum": full["calleeNum"], "calleeNum": full["callerNum"]}
    check_accepted(shop.modify(subscriptionId=full["subscriptionId"], **swapped))
    assert without_time(shop.relation(full["subscriptionId"])) == {**without_time(full), **swapped}


def test_the_same_two_again(shop: Shop, full: dict[str, Any]) -> None:
    same = {"callerNum": full["callerNum"], "calleeNum": full["calleeNum"]}
    check_accepted(shop.modify(subscriptionId=full["subscriptionId"], **same))
    assert without_time(shop.relation(full["subscriptionId"])) == without_time(full)


def test_a_becoming_b_is_nobody_bound_to_himself(shop: Shop, full: dict[str, Any]) -> None:
    reply = shop.modify(subscriptionId=full["subscriptionId"], callerNum=full["calleeNum"])
    assert reply.code in {"1010002", "1012010"}
    check_refused(reply, reply.code)
    assert shop.relation(full["subscriptionId"]) == full


def test_an_x_becomes_no_party(shop: Shop, x: str, full: dict[str, Any]) -> None:
    check_refused(shop.modify(subscriptionId=full["subscriptionId"], callerNum=x), "1010002")


def test_recording_and_texts_need_an_application_that_has_them(
    bare: Shop, pair: tuple[str, str]
) -> None:
    made = bare.bind(relationNum=bare.mine[0], callerNum=pair[0], calleeNum=pair[1])
    mine = made.json["subscriptionId"]
    before = bare.relation(mine)
    check_refused(bare.modify(subscriptionId=mine, recordFlag="true"), "1012012")
    check_refused(bare.modify(subscriptionId=mine, privateSms="true"), "1010002")
    assert bare.relation(mine) == before


def test_the_time_of_the_change_is_told(shop: Shop, full: dict[str, Any]) -> None:
    layout = "%Y-%m-%d %H:%M:%S"
    before = datetime.strptime(full["subscribeTime"], layout)  # noqa: DTZ007 - compared only
    after = before
    while after == before:
        check_accepted(shop.modify(subscriptionId=full["subscriptionId"], userData="after"))
        told = shop.relation(full["subscriptionId"])["subscribeTime"]
        after = datetime.strptime(told, layout)  # noqa: DTZ007
    assert 0 < (after - before).total_seconds() < 30


class TestLifetime:
    """``duration`` counts from the modification; absent, the lifetime is what it was."""

    @pytest.fixture
    def short(self, shop: Shop, x: str) -> str:
        """A relation that lives for two seconds."""
        body = {"relationNum": x, "callerNum": person(), "calleeNum": person(), "duration": 2}
        return str(check_accepted(shop.bind(**body))["subscriptionId"])

    def test_absent_it_is_unchanged(self, shop: Shop, short: str) -> None:
        check_accepted(shop.modify(subscriptionId=short, callDirection=1, userData="u"))
        assert over(shop, short, 3.0)
        check_refused(shop.modify(subscriptionId=short, duration=60), "1012007")

    def test_it_counts_from_the_modification(self, shop: Shop, short: str) -> None:
        began = monotonic()
        while monotonic() - began < 1.2:
            shop.relation(short)
        check_accepted(shop.modify(subscriptionId=short, duration=2))
        again = monotonic()
        assert not over(shop, short, 1.3)  # 2.5 s after the bind
        assert over(shop, short, 2.0)
        assert monotonic() - again >= 1.9

    def test_zero_takes_the_end_away_and_any_other_sets_one(self, shop: Shop, short: str) -> None:
        check_accepted(shop.modify(subscriptionId=short, duration=0))
        assert not over(shop, short, 2.3)
        check_accepted(shop.modify(subscriptionId=short, duration=1))
        assert over(shop, short, 2.0)
