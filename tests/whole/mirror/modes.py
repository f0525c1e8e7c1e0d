"""Paths, rows and small things of the modes beside AXB, from the interface's documents alone."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.wire import Json, Reply, Shop, query_of

AX = "/rest/provision/caas/privatenumber/v1.0"
AX_CALLEE = "/rest/caas/privatenumber/calleenumber/v1.0"
AXE = "/rest/caas/extendnumber/v1.0"
AXE_PAGES = "/rest/caas/extendnumber/v2.0"
AXE_COUNT = "/rest/caas/virtualnumber/v1.0"
AXYB = "/rest/omp/xyrelationnumber/v1.0"
UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"

# requests.md §9, rows that only these modes have.
ROWS: dict[str, tuple[int, str]] = {
    "1011001": (403, "Account does not exist."),
    "1011002": (403, "Insufficient number of resources."),
    "1011003": (403, "Exceeded the upper limit of resources that can be applied for."),
    "1011004": (403, ""),  # the start of the text was not seen
    "1011005": (403, "Resources have been allocated"),
    "1016001": (403, "The record does not exist."),
    "1016002": (403, "The record already"),  # the rest was not seen
    "1020167": (403, "No idle extend Number."),
}
_PARTLY_SEEN = frozenset({"1011004", "1016002"})


def put(shop: Shop, path: str, body: Json) -> Reply:
    """Modify."""
    return shop.send("PUT", path, body)


def post(shop: Shop, path: str, body: Json) -> Reply:
    """Bind."""
    return shop.send("POST", path, body)


def get(shop: Shop, path: str, **query: Any) -> Reply:
    """Query."""
    return shop.send("GET", f"{path}?{query_of(query)}")


def delete(shop: Shop, path: str, **query: Any) -> Reply:
    """Unbind."""
    return shop.send("DELETE", f"{path}?{query_of(query)}")


def check_turned_down(reply: Reply, code: str) -> None:
    """Check that an answer is that row of these modes."""
    status, text = ROWS[code]
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert list(reply.json) == ["resultcode", "resultdesc"]
    told = reply.json["resultdesc"]
    assert told.startswith(text) if code in _PARTLY_SEEN else told == text
