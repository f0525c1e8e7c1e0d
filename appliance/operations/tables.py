"""Rows as files that people open: CSV and xlsx, written and read.

Times are in them twice: in UTC, as on the wire, and beside it local with its offset.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from appliance.errors import BadInput
from appliance.words.times import is_time, local

Format = Literal["csv", "xlsx", "json"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json")
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LARGEST = 8 << 20
"""Octets of a list that is read."""
_MOST_UNPACKED = 64 << 20
"""Octets that a workbook may unpack to: one of a few kilobytes can hold gigabytes."""
_CELL = 32_767
"""Characters that a cell of a workbook holds."""

Row = Mapping[str, Any]


def written(rows: Sequence[Row], kind: Format) -> bytes:
    """Return rows as a file, their keys as headings; no cell is a formula to a spreadsheet.

    Beside a column of times stands another, ``…_local``, with the same by the machine's own clock.
    """
    rows = _with_local(rows)
    if kind == "xlsx":
        return _workbook(rows)
    if kind == "json":
        return (json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n").encode()
    text = io.StringIO(newline="")
    if rows:
        writer = csv.writer(text)
        writer.writerow(rows[0])
        writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _with_local(rows: Sequence[Row]) -> list[dict[str, Any]]:
    timed = {
        name
        for row in rows
        for name, value in row.items()
        if is_time(value) or name.endswith("_at")
    }
    found = []
    for row in rows:
        whole: dict[str, Any] = {}
        for name, value in row.items():
            whole[name] = value
            if name in timed:
                whole[f"{name}_local"] = local(value) if is_time(value) else None
        found.append(whole)
    return found


def cell(value: Any) -> str:
    """Return a value as the text of a CSV cell; what would begin a formula is quoted."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    digits = text[:1] == "+" and text[1:].isdigit()
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and text and not digits else text


def _workbook(rows: Sequence[Row]) -> bytes:
    # The library takes a third of a second to load, and most processes never write a workbook.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("simveil")

    def filled(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        made = WriteOnlyCell(
            sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_CELL]
        )
        made.data_type = "s"  # a text that begins with = is a text
        return made

    if rows:
        sheet.append([filled(name) for name in rows[0]])
    for row in rows:
        sheet.append([filled(value) for value in row.values()])
    octets = io.BytesIO()
    book.save(octets)
    return octets.getvalue()


def read_rows(octets: bytes, name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV or xlsx file, by the headings of its first line.

    Args:
        octets: At most 8 MB.
        name: The file's; only for the sentence of an error.

    Raises:
        BadInput: Too long, neither of the two, or without a heading.
    """
    lines = _lines(octets, name)
    if not lines:
        raise BadInput(f"{name}: the file is empty")
    heads = [head.strip() for head in lines[0]]
    return [
        dict(zip(heads, (text.strip() for text in line), strict=False))
        for line in lines[1:]
        if any(text.strip() for text in line)
    ]


def read_numbers(octets: bytes, name: str) -> list[str]:
    """Return the numbers of a list: a CSV or xlsx file, or a text with one on each line.

    They stand in the column headed ``msisdn`` or ``number``, else in the first; a heading in front
    of them is passed over.

    Raises:
        BadInput: As :func:`read_rows`; or the file holds no number.
    """
    lines = _lines(octets, name)
    heads = [head.strip().lower() for head in lines[0]] if lines else []
    place = next((heads.index(head) for head in ("msisdn", "number") if head in heads), 0)
    cells = [line[place].strip() for line in lines if len(line) > place]
    found = [text.lstrip("'") for text in cells if any(letter.isdigit() for letter in text)]
    if not found:
        raise BadInput(f"{name}: the file holds no number")
    return found


def _lines(octets: bytes, name: str) -> list[list[str]]:
    if len(octets) > LARGEST:
        raise BadInput(f"{name}: {len(octets)} octets, at most {LARGEST} are read")
    if octets[:2] == b"PK":
        return list(_sheet(octets, name))
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = octets.decode("gb18030")  # what Chinese spreadsheets write
        except UnicodeDecodeError as error:
            raise BadInput(f"{name}: neither UTF-8 nor GB 18030") from error
    try:
        return [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    except csv.Error as error:
        raise BadInput(f"{name}: not CSV: {error}") from error


def _sheet(octets: bytes, name: str) -> Iterable[list[str]]:
    from openpyxl import load_workbook

    if _unpacked(octets) > _MOST_UNPACKED:
        raise BadInput(f"{name}: the workbook unpacks to more than {_MOST_UNPACKED} octets")
    try:
        book = load_workbook(io.BytesIO(octets), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            [_text(value) for value in line]
            for line in sheet.iter_rows(values_only=True)
            if any(value is not None for value in line)
        ]
    except Exception as error:
        raise BadInput(f"{name}: not a workbook that can be read") from error


def _unpacked(octets: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            return sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        return 0  # its reader says so


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # numbers that a spreadsheet took for quantities
    return value.isoformat() if isinstance(value, datetime) else str(value)
