"""QueryAXYBBinding: requests.md §7.3."""

from __future__ import annotations

import re

from tests.whole.mirror.modes import AXYB, UNKNOWN, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def elements(agency: Shop, **selector: str) -> list[Json]:
    """Return what a query finds."""
    body = check_accepted(get(agency, AXYB, app_key=agency.key, **selector))
    assert list(body) == ["resultcode", "resultdesc", "xyRelationNumList"]
    return list(body["xyRelationNumList"])


def test_an_element_has_its_keys_in_their_order_and_types(agency: Shop) -> None:
    a, b, path = person(), person(), f"{AXYB}?app_key={agency.key}"
    first = {
        "origNum": a,
        "areaCode": "0755",
        "callDirection": "2",
        "duration": 3600,
        "ybDuration": "7200",
        "userData": "order-4",
    }
    ax = check_accepted(post(agency, path, first))
    one, x = ax["subscriptionId"], ax["relationNumber"]
    y = check_accepted(post(agency, path, {"subscriptionId": one, "origNum": b}))["relationNumber"]
    (found,) = elements(agency, subscriptionId=one)
    subscribed = found["subscribeTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", subscribed)
    assert list(found.items()) == [
        ("bindId", one),
        ("numA", a),
        ("numX", x),
        ("numY", y),
        ("numB", b),
        ("recordFlag", "false"),
        ("subscribeTime", subscribed),
        ("callDirection", 2),
        ("duration", "3600"),
        ("ybDuration", "3600"),  # more than the whole has does not count
        ("preVoiceX", ""),
        ("preVoiceY", ""),
        ("userData", "order-4"),
    ]
    assert elements(agency, relationNum=x) == [found]
    assert elements(agency, subscriptionId=one, relationNum="+8617199999999") == [found]
    check_accepted(delete(agency, AXYB, app_key=agency.key, subscriptionId=one))
    check_refused(get(agency, AXYB, app_key=agency.key, relationNum=x), "1012007")


def test_what_is_not_said_has_its_default(agency: Shop, ax: Json) -> None:
    (found,) = elements(agency, subscriptionId=ax["subscriptionId"])
    assert (found["numY"], found["numB"], found["callDirection"]) == ("", "", 0)
    assert (found["duration"], found["ybDuration"]) == ("7200", "0")


def test_what_is_not_there(agency: Shop, shop: Shop, x: str, ax: Json) -> None:
    key = {"app_key": agency.key}
    check_refused(get(agency, AXYB, **key, subscriptionId=UNKNOWN), "1012007")
    check_refused(get(agency, AXYB, **key, relationNum=x), "1012001")
    check_refused(get(agency, AXYB, **key), "1010002")
    check_refused(get(agency, AXYB, subscriptionId=ax["subscriptionId"]), "1010002")
    check_refused(
        get(agency, AXYB, subscriptionId=ax["subscriptionId"], app_key="nobody"), "1010003"
    )
    check_refused(get(shop, AXYB, app_key=shop.key), "1010040")
