"""Whatever comes in at any of the interfaces is answered by a row of the table, never by an error
of ours, and refused requests change nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.api.cloud.interfaces import INTERFACES
from appliance.api.cloud.results import TABLE
from appliance.model.records import Mode
from tests.api.conftest import X1, X2, X3, A, B, C, House

_NAMES = [
    "appkey app_key subscriptionId relationNum callerNum calleeNum callDirection duration",
    "maxDuration recordFlag recordHintTone lastMinVoice privateSms preVoice userData areaCode",
    "areaMatchMode origNum privateNum privateNumType calleeNumDisplay turnFlag virtualNum bindNum",
    "extendNum displayNumMode callbackTone callbackNum timeUnit bindExpiredTime cursor limit",
    "callbackExpiredTime number ybDuration preVoiceX preVoiceY yNum bNum pageIndex pageSize",
    "fileName recordDomain sessionid signal callerHintTone",
]
NAMES = " ".join(_NAMES).split()
TEXTS = [
    "",
    "0",
    "1",
    "2",
    "60",
    "true",
    "on",
    "off",
    "hint.wav",
    "no.wav",
    "0755",
    "010",
    "call_stop",
]
TEXTS += [A, B, C, X1, X2, X3, "+86110", "+8695588", "0042", "0000", "mobile-virtual", "１", "\x00"]
TEXTS += ["0000000000000_0", "9999999999999_99999999999999999999", " 8617012340001", "x" * 300]
SCALARS = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from([None, True, False, 0, 1, 2, 60, 7200, -1, 1.5, 10**30]),
    st.text(max_size=20),
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(SCALARS.map(str), SCALARS)
)
ROWS = {
    (row.status, row.code) for row in TABLE if row.code not in ("1010001", "1023001", "1023002")
}


def test_anything_is_answered_by_a_row_of_the_table(house: House) -> None:
    customers = {}
    for index, mode in enumerate(Mode):
        app = house.app(mode, mode, record=True, sms=True)
        for last in range(1, 4):
            house.number(f"+8617012340{index}{last:02d}", app, city="0755")
        house.voice_files(mode, "hint.wav")
        customers[mode] = house.customer(app)
    valid = {mode: _numbers(house, mode) for mode in Mode}

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(INTERFACES),
        st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
        st.booleans(),
        st.data(),
    )
    def ask(interface: Any, values: dict[str, Any], plausible: bool, data: st.DataObject) -> None:
        mode = interface.mode or Mode.AXB
        customer = customers[mode]
        if plausible:  # most random requests fail at the first argument
            x = data.draw(st.sampled_from(valid[mode]))
            base = {"origNum": A, "callerNum": A, "calleeNum": B, "bindNum": A}
            base |= {"relationNum": x, "privateNum": x, "virtualNum": x, "areaCode": "0755"}
            values = {**base, **values}
        before = _count(house)
        if interface.method in ("GET", "DELETE"):
            query = {name: value for name, value in values.items() if isinstance(value, str)}
            if mode is Mode.AXYB:
                query.setdefault("app_key", customer.key)
            query = {name: _encodable(value) for name, value in query.items()}
            reply = customer.send(interface.method, interface.path, **query)
        else:
            target = interface.path
            if mode is Mode.AXYB:
                target += f"?app_key={customer.key}"
            reply = customer.send(interface.method, target, values)
        assert reply.outcome in ROWS, (interface, values, reply.octets)
        if reply.json["resultcode"] != "0":
            assert list(reply.json) == ["resultcode", "resultdesc"]
            assert _count(house) == before

    ask()


def _numbers(house: House, mode: Mode) -> list[str]:
    app = house.apps[mode]
    return [number.msisdn for number in house.store.numbers.of_application(app.app_id)]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _count(house: House) -> list[Any]:
    tables = ("bindings", "yb_relations", "temporary_callees", "people")
    db = house.store.reader()
    return [db.execute(f"SELECT count(*) FROM {table}").fetchall() for table in tables]
