"""CreateAXBinding: requests.md §5.1."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.modes import AX, check_turned_down, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused

PRE_VOICE = {"callerHintTone": "", "calleeHintTone": ""}


def test_the_answer_has_five_keys_in_this_order(cab: Shop) -> None:
    a, x = person(), cab.mine[1]
    body = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x, "preVoice": PRE_VOICE}))
    assert list(body) == ["resultcode", "resultdesc", "origNum", "privateNum", "subscriptionId"]
    assert (body["origNum"], body["privateNum"]) == (a, x)
    check_accepted(delete(cab, AX, privateNum=x))


def test_one_a_per_x_and_five_x_per_a(cab: Shop, bound_ax: dict[str, str]) -> None:
    check_turned_down(post(cab, AX, {"origNum": person(), "privateNum": bound_ax["x"]}), "1011005")
    for x in cab.mine[1:5]:
        check_accepted(post(cab, AX, {"origNum": bound_ax["a"], "privateNum": x}))
    sixth = {"origNum": bound_ax["a"], "privateNum": cab.mine[5]}
    check_turned_down(post(cab, AX, sixth), "1011003")
    found = check_accepted(get(cab, AX, origNum=bound_ax["a"]))["privateNumList"]
    assert {one["privateNum"] for one in found} == set(cab.mine[:5])
    for x in cab.mine[1:5]:
        check_accepted(delete(cab, AX, privateNum=x))
    check_accepted(post(cab, AX, sixth))
    check_accepted(delete(cab, AX, privateNum=cab.mine[5]))


def test_a_number_of_a_city(cab: Shop) -> None:
    there = {"privateNumType": "mobile-virtual", "areaCode": "010"}
    first = check_accepted(post(cab, AX, {"origNum": person(), **there}))
    assert first["privateNum"] == cab.mine[6]
    check_turned_down(post(cab, AX, {"origNum": person(), **there}), "1011002")
    named = {"origNum": person(), **there, "privateNum": cab.mine[5]}
    second = check_accepted(post(cab, AX, named))  # the number that is named wins
    assert second["privateNum"] == cab.mine[5]
    relaxed = {"origNum": person(), **there, "areaMatchMode": "1"}
    third = check_accepted(post(cab, AX, relaxed))
    assert third["privateNum"] in cab.mine[:5]
    for made in (first, second, third):
        check_accepted(delete(cab, AX, subscriptionId=made["subscriptionId"]))


def test_what_cannot_be(cab: Shop, shop: Shop, x: str) -> None:
    body: dict[str, Any] = {"origNum": person(), "privateNum": cab.mine[1]}
    for wrong, detail in (
        ({"origNum": None}, "origNum"),
        ({"origNum": "13912340001"}, "origNum"),
        ({"origNum": "+8695588"}, "origNum"),
        ({"origNum": "+85291234567"}, "origNum"),
        ({"privateNum": None}, "areaCode"),
        ({"privateNum": None, "areaCode": "0755"}, "privateNumType"),
        ({"privateNum": None, "areaCode": "0755", "privateNumType": "mobile"}, "privateNumType"),
        ({"areaMatchMode": "1"}, "areaCode"),
        ({"areaCode": "755"}, "areaCode"),
        ({"callDirection": 3}, "callDirection"),
        ({"maxDuration": 1441}, "maxDuration"),
        ({"calleeNumDisplay": "2"}, "calleeNumDisplay"),
        ({"privateSms": "on"}, "privateSms"),
        ({"recordHintTone": "goodbye.wav"}, "goodbye.wav does not exist"),
        ({"preVoice": {"callerHintTone": "no.wav"}}, "no.wav does not exist"),
        ({"userData": "{}"}, "userData"),
    ):
        check_refused(post(cab, AX, {**body, **wrong}), "1010002", detail)
    check_refused(post(cab, AX, {**body, "recordFlag": "true"}), "1012012")
    for number in (x, "17012340001", "+8617199999999"):
        check_turned_down(post(cab, AX, {**body, "privateNum": number}), "1011001")
    check_refused(post(shop, AX, body), "1010040")
