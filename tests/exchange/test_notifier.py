"""Bodies in the cloud's spelling, field by field."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from appliance.exchange.notifier import (
    CALL_EVENTS,
    Identifiers,
    call_event,
    fee,
    fees,
    number_status,
    record_bucket,
    sms_event,
    wire_time,
    wire_time_ms,
)
from appliance.model.records import Application, CallRecord, Mode

A, B, X, Y = "+8613900000001", "+8613900000002", "+8617000000001", "+8617000000002"
AT = datetime(2026, 3, 1, 16, 5, 9, 876543, tzinfo=timezone(timedelta(hours=8)))
APP = Application(1, "shop", "AppKey01", "secret", Mode.AXB, settings={})
RECORD = CallRecord(
    session_id="1200_1_4294967295_20260301080000@callenabler001.huaweicaas.com",
    icid="0123456789abcdef0123456789abcdef.3981427200.000000001.1",
    app_id=1,
    mode=Mode.AXB,
    bind_number=X,
    dialled=X,
    subscription_id="sub-1",
    caller=A,
    callee=B,
    shown=Y,
    call_in_at=AT,
    forward_at=AT + timedelta(seconds=1),
    alerting_at=AT + timedelta(seconds=3),
    answered_at=AT + timedelta(seconds=9),
    ended_at=AT + timedelta(seconds=70),
    state_code=0,
    user_data="order-1",
)


def test_callin_names_the_real_caller_and_x() -> None:
    assert call_event("callin", replace(RECORD, forward_at=None, callee=None), AT) == {
        "eventType": "callin",
        "statusInfo": {
            "timestamp": "2026-03-01 08:05:09",
            "sessionId": RECORD.session_id,
            "caller": A,
            "called": X,
            "subscriptionId": "sub-1",
            "userData": "order-1",
        },
    }


@pytest.mark.parametrize("kind", ["callout", "alerting", "answer"])
def test_second_leg_events_name_x_and_the_party_reached(kind: str) -> None:
    assert call_event(kind, RECORD, AT) == {
        "eventType": kind,
        "statusInfo": {
            "timestamp": "2026-03-01 08:05:09",
            "sessionId": RECORD.session_id,
            "caller": X,
            "called": B,
            "subscriptionId": "sub-1",
        },
    }


def test_disconnect_has_code_and_description() -> None:
    info = call_event("disconnect", RECORD, AT)["statusInfo"]
    assert (info["caller"], info["called"]) == (X, B)
    assert (info["stateCode"], info["stateDesc"]) == (0, "The user releases the call.")

    busy = call_event("disconnect", replace(RECORD, state_code=8102), AT, state_desc="Busy.")
    assert (busy["statusInfo"]["stateCode"], busy["statusInfo"]["stateDesc"]) == (8102, "Busy.")


def test_a_refused_call_is_told_as_it_came_in_without_a_binding() -> None:
    stranger = replace(
        RECORD, subscription_id=None, callee=None, forward_at=None, user_data=None, state_code=8014
    )
    info = call_event("disconnect", stranger, AT)["statusInfo"]
    assert (info["caller"], info["called"], info["stateCode"]) == (A, X, 8014)
    assert info["stateDesc"]
    assert info["subscriptionId"] == ""
    assert call_event("callin", stranger, AT)["statusInfo"]["subscriptionId"] == ""
    for mode in (Mode.AX, Mode.AXYB):
        info = call_event("disconnect", replace(stranger, mode=mode), AT)["statusInfo"]
        assert info["subscriptionId"] == ""
    for mode in (Mode.AXE, Mode.X):  # no extension is known, no relation exists
        info = call_event("disconnect", replace(stranger, mode=mode), AT)["statusInfo"]
        assert "subscriptionId" not in info


def test_a_withheld_caller_has_a_name_of_its_own() -> None:
    record = replace(RECORD, caller=None)
    assert call_event("callin", record, AT)["statusInfo"]["caller"] == "anonymous"
    assert fee(record, APP, "box-1")["callerNum"] == "anonymous"


def test_modes_differ_where_the_description_says_so() -> None:
    x_mode = replace(RECORD, mode=Mode.X)
    info = call_event("callin", x_mode, AT)["statusInfo"]
    assert info["notifyMode"] == "Block"
    assert "subscriptionId" not in info
    untold = call_event("callin", x_mode, AT, asked=False)["statusInfo"]
    assert untold == info | {"notifyMode": "Notify"}
    info = call_event("answer", x_mode, AT)["statusInfo"]
    assert (info["notifyMode"], info["userData"]) == ("Notify", "order-1")

    axe = replace(RECORD, mode=Mode.AXE)
    assert "subscriptionId" not in call_event("callin", axe, AT)["statusInfo"]
    assert call_event("answer", axe, AT)["statusInfo"]["subscriptionId"] == "sub-1"


def test_an_answered_call_record_has_the_keys_of_the_sample_in_its_order() -> None:
    recorded = replace(
        RECORD,
        recorded=True,
        record_started_at=AT + timedelta(seconds=10),
        record_file="2026/03/26030108051900011234567.wav",
        user_data=None,
    )
    assert list(fee(recorded, APP, "box-1").items()) == [
        ("direction", 1),
        ("spId", "shop"),
        ("appKey", "AppKey01"),
        ("icid", RECORD.icid),
        ("bindNum", X),
        ("sessionId", RECORD.session_id),
        ("subscriptionId", "sub-1"),
        ("callerNum", A),
        ("calleeNum", X),
        ("fwdDisplayNum", Y),
        ("fwdDstNum", B),
        ("callInTime", "2026-03-01 08:05:09"),
        ("fwdStartTime", "2026-03-01 08:05:10"),
        ("fwdAlertingTime", "2026-03-01 08:05:12"),
        ("fwdAnswerTime", "2026-03-01 08:05:18"),
        ("callEndTime", "2026-03-01 08:06:19"),
        ("fwdUnaswRsn", 0),
        ("ulFailReason", 0),
        ("sipStatusCode", 0),
        ("callOutUnaswRsn", 0),
        ("recordFlag", 1),
        ("recordStartTime", "2026-03-01 08:05:19"),
        ("recordDomain", "box-1"),
        ("recordBucketName", "sp-appkey01"),
        ("recordObjectName", "26030108051900011234567.wav"),
        ("ttsPlayTimes", 0),
        ("ttsTransDuration", 0),
        ("mptyId", "sub-1"),
        ("serviceType", "004"),
        ("hostName", "box-1"),
    ]


def test_an_unanswered_call_has_a_fail_time_and_no_answer_time() -> None:
    busy = replace(
        RECORD, answered_at=None, alerting_at=None, q850=17, release_point=8102, sip_status=486
    )
    entry = fee(busy, APP, "box-1")
    assert "fwdAnswerTime" not in entry
    assert "fwdAlertingTime" not in entry
    assert entry["failTime"] == entry["callEndTime"] == "2026-03-01 08:06:19"
    assert (entry["fwdUnaswRsn"], entry["ulFailReason"], entry["sipStatusCode"]) == (17, 8102, 486)
    assert entry["recordFlag"] == 0
    assert not [key for key in entry if key.startswith("record") and key != "recordFlag"]
    assert entry["userData"] == "order-1"


def test_a_strangers_record_says_nothing_of_a_second_leg_or_a_binding() -> None:
    entry = fee(
        replace(
            RECORD,
            subscription_id=None,
            callee=None,
            shown=None,
            forward_at=None,
            alerting_at=None,
            answered_at=None,
            release_point=8014,
            user_data=None,
        ),
        APP,
        "box-1",
    )
    assert (entry["subscriptionId"], entry["mptyId"]) == ("", "")
    assert {"fwdDstNum", "fwdDisplayNum", "fwdStartTime"}.isdisjoint(entry)
    assert (entry["bindNum"], entry["calleeNum"], entry["ulFailReason"]) == (X, X, 8014)


@pytest.mark.parametrize(
    ("mode", "service"),
    [
        (Mode.AX, "003"),
        (Mode.AXB, "004"),
        (Mode.X, "004"),
        (Mode.AXE, "005"),
        (Mode.AXYB, "007"),
    ],
)
def test_service_types(mode: Mode, service: str) -> None:
    entry = fee(replace(RECORD, mode=mode, extension="12"), APP, "box-1")
    assert entry["serviceType"] == service
    assert ("notifyMode" in entry) == (mode is Mode.X)
    names = (entry.get("extendNumber"), entry.get("extendNum"))
    assert names == (("12", "12") if mode is Mode.AXE else (None, None))
    unbound = fee(replace(RECORD, mode=mode, subscription_id=None), APP, "box-1")
    assert unbound.get("subscriptionId") == (None if mode is Mode.X else "")
    assert ("callOutUnaswRsn" in entry) == (mode in (Mode.AX, Mode.AXB, Mode.AXYB))


def test_the_account_name_can_be_set() -> None:
    app = replace(APP, settings={"sp_id": "account"})
    assert fee(RECORD, app, "box-1")["spId"] == "account"
    assert record_bucket("ABC") == "sp-abc"


def test_fees_are_wrapped() -> None:
    assert fees([{"icid": "1"}, {"icid": "2"}]) == {
        "eventType": "fee",
        "feeLst": [{"icid": "1"}, {"icid": "2"}],
    }


def test_a_text_that_failed_has_no_receiver() -> None:
    body = sms_event(
        APP,
        identifier="id-1",
        calling=A,
        called=B,
        x=X,
        at=AT,
        send_result=9,
        parts=2,
        direction=1,
        content="hi",
    )
    assert body == {
        "appKey": "AppKey01",
        "smsEvent": {
            "smsIdentifier": "id-1",
            "notificationMode": "Notify",
            "calling": A,
            "virtualNumber": X,
            "event": "Text SMS ",
            "timeStamp": "2026-03-01T08:05:09.876Z",
            "subscriptionId": "",  # no relation
            "smsContent": "hi",
            "sendResult": 9,
            "extInfo": {
                "extParas": [
                    {"key": "splitNum", "value": "2"},
                    {"key": "direction", "value": "1"},
                ]
            },
        },
    }


def test_number_states_tell_a_cause_only_when_unavailable() -> None:
    assert number_status([(X, 5, "6"), (Y, 10, "2")]) == {
        "eventType": "numStatus",
        "numInfo": [{"number": X, "status": "5"}, {"number": Y, "status": "10", "cause": "2"}],
    }


def test_times_are_utc_and_cut_not_rounded() -> None:
    assert wire_time(AT) == "2026-03-01 08:05:09"
    assert wire_time_ms(AT.replace(microsecond=999_999)) == "2026-03-01T08:05:09.999Z"


def test_ids_have_the_shape_of_the_samples_and_are_unique() -> None:
    ids = Identifiers(node=7)
    at = datetime(2026, 3, 1, 8, 5, 9, 123456, tzinfo=UTC)
    assert re.fullmatch(
        r"\d{4}_\d+_4294967295_20260301080509@callenabler007\.huaweicaas\.com", ids.session_id(at)
    )
    assert re.fullmatch(r"[0-9a-f]{32}\.\d{10}\.123456000\.\d+", ids.icid(at))
    assert re.fullmatch(r"260301080509\d{11}\.wav", ids.recording(at))
    assert 1 <= len(ids.text()) <= 64
    made = [make(at) for make in (ids.session_id, ids.icid, ids.recording) for _ in range(1000)]
    assert len(set(made)) == 3000


def test_every_event_is_known() -> None:
    assert CALL_EVENTS == (
        "callin",
        "collectInfo",
        "callout",
        "alerting",
        "answer",
        "disconnect",
    )
