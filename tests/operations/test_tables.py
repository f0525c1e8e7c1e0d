"""Lists as files that people's spreadsheets make, and files that spreadsheets open."""

from __future__ import annotations

import io
import json
import time
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from appliance.errors import BadInput
from appliance.operations import tables

X, Y = "+8617000000001", "+8617000000002"


def workbook(*rows: list[object]) -> bytes:
    book, octets = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(octets)
    return octets.getvalue()


@pytest.mark.parametrize(
    "octets",
    [
        f"{X}\n{Y}\n".encode(),
        f"\ufeffmsisdn\r\n{X}\r\n\r\n{Y}\r\n".encode(),
        f"城市,Number\n深圳,{X}\n北京,{Y}\n".encode("gb18030"),
        f"city,'x,msisdn\n0755,,'{X}\n010,,'{Y}\n".encode(),
        workbook(["number"], [X], [Y]),
        workbook(["city", "MSISDN"], ["0755", X], [None, None], ["010", Y]),
    ],
)
def test_the_numbers_of_a_list_are_found(octets: bytes) -> None:
    assert tables.read_numbers(octets, "list") == [X, Y]


def test_a_number_that_a_spreadsheet_took_for_a_quantity_keeps_its_digits() -> None:
    octets = workbook(["number"], [8617000000001], [8617000000002.0])

    assert tables.read_numbers(octets, "list") == ["8617000000001", "8617000000002"]


def bomb() -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", bytes(80 << 20))
    return octets.getvalue()


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "holds no number"),
        (b"name\nnobody\n", "holds no number"),
        (b"PK\3\4 nothing", "not a workbook"),
        (bomb(), "unpacks to more than"),
        (b"\xff\xff\xff", "neither UTF-8 nor GB 18030"),
        (bytes(9 << 20), "at most"),
    ],
)
def test_what_is_no_list_is_refused_in_words(octets: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=f"file: .*{words}"):
        tables.read_numbers(octets, "file")


def test_rows_come_back_as_they_were_written() -> None:
    rows = [
        {"number": X, "note": "=1+1", "count": 5, "on": True, "none": None, "list": ["a"]},
        {"number": Y, "note": "多行\n\x01", "count": 0, "on": False, "none": None, "list": []},
    ]

    text = tables.written(rows, "csv").decode()
    sheet = list(load_workbook(io.BytesIO(tables.written(rows, "xlsx"))).active.iter_rows())

    assert text.splitlines()[1] == f'{X},\'=1+1,5,true,,"[""a""]"'
    assert [cell.value for cell in sheet[0]] == list(rows[0])
    assert [cell.value for cell in sheet[1]] == [X, "=1+1", 5, True, None, '["a"]']
    assert {cell.data_type for cell in sheet[1]} <= {"s", "n", "b"}
    assert sheet[2][1].value == "多行\n\N{REPLACEMENT CHARACTER}"
    assert json.loads(tables.written(rows, "json")) == rows
    assert tables.written([], "csv") == b""
    assert tables.read_rows(tables.written(rows, "csv"), "x")[0]["number"] == X


ROWS = [
    {"id": 1, "began_at": "2026-11-25T17:59:59.5Z", "body": "2026-11-25", "ended_at": None},
    {"id": 2, "began_at": None, "body": "=1", "ended_at": "2026-11-25T18:00:00+00:00"},
]


def test_times_stand_in_a_file_in_utc_and_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        text = tables.written(ROWS, "csv").decode()
        values = json.loads(tables.written(ROWS, "json"))
        sheet = load_workbook(io.BytesIO(tables.written(ROWS, "xlsx"))).active
    finally:
        monkeypatch.undo()
        time.tzset()
    head, first, second = text.splitlines()
    assert head == "id,began_at,began_at_local,body,ended_at,ended_at_local"
    assert first == "1,2026-11-25T17:59:59.5Z,2026-11-26 01:59:59 +0800,2026-11-25,,"
    assert second == "2,,,'=1,2026-11-25T18:00:00+00:00,2026-11-26 02:00:00 +0800"
    assert values[0]["began_at"] == ROWS[0]["began_at"]
    assert values[0]["began_at_local"] == "2026-11-26 01:59:59 +0800"
    assert [cell.value for cell in sheet[3]] == [
        *(2, None, None, "=1"),
        *("2026-11-25T18:00:00+00:00", "2026-11-26 02:00:00 +0800"),
    ]
    assert ROWS[0].keys() == {"id", "began_at", "body", "ended_at"}
