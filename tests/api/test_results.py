"""The table of result codes against the document's rows."""

from __future__ import annotations

from appliance.api.cloud import results, wire
from appliance.api.cloud.results import REFUSALS, TABLE, CloudError
from appliance.model import bindings

# status: codes, as the document groups them
DOCUMENT = {
    200: ["0"],
    301: ["0"],
    400: [
        *(f"10230{number:02d}" for number in range(6, 14)),
        *(f"10230{number}" for number in range(26, 32)),
        *(f"10230{number}" for number in range(33, 38)),
    ],
    401: ["1010010", "1010013"],
    403: [
        "1010002", "1010003", "1010004", "1010006", "1010008", "1010010", "1010029", "1010040",
        "1011001", "1011002", "1011003", "1011004", "1011005", "1012001", "1012007", "1012008",
        "1012010", "1012012", "1012102", "1016001", "1016002", "1020166", "1020167", "1020176",
    ],
    500: ["1010001", "1023001", "1023002", "1020001", "1020002", "1020150", "1020152"],
}  # fmt: skip


def test_every_documented_row_is_there_once_and_nothing_else() -> None:
    rows = [(result.status, result.code) for result in TABLE]

    assert sorted(rows) == sorted(
        (status, code) for status, codes in DOCUMENT.items() for code in codes
    )
    assert len(set(rows)) == len(rows)


def test_every_text_fits_its_field() -> None:
    for result in TABLE:
        assert 1 <= len(result.text) <= 256
        assert 1 <= len(result.code) <= 32
        assert result.text.isascii()


def test_an_error_has_exactly_two_keys_and_glued_detail() -> None:
    error = CloudError(results.INVALID_REQUEST, "goodbye.wav does not exist")

    assert wire.error(error) == (
        b'{"resultcode":"1010002","resultdesc":"Invalid request.goodbye.wav does not exist"}'
    )


def test_detail_is_cut_to_the_fields_length() -> None:
    assert len(CloudError(results.INVALID_REQUEST, "x" * 500).text) == 256


def test_every_refusal_of_the_binding_rules_has_its_row() -> None:
    reasons = {
        value
        for name, value in vars(bindings).items()
        if isinstance(value, str) and value == name.lower().replace("_", "-")
    }
    assert reasons == set(REFUSALS)
    assert all(row in TABLE for row, _ in REFUSALS.values())
