"""The map of interfaces: every row is there from the first day."""

from __future__ import annotations

from appliance.api.cloud.interfaces import INTERFACES
from appliance.model.records import Mode
from tests.api.client import AXB, Customer
from tests.api.conftest import House

ROWS = """
AXB POST /rest/caas/relationnumber/partners/v1.0
AXB DELETE /rest/caas/relationnumber/partners/v1.0
AXB PUT /rest/caas/relationnumber/partners/v1.0
AXB GET /rest/caas/relationnumber/partners/v1.0
AX POST /rest/provision/caas/privatenumber/v1.0
AX DELETE /rest/provision/caas/privatenumber/v1.0
AX PUT /rest/provision/caas/privatenumber/v1.0
AX GET /rest/provision/caas/privatenumber/v1.0
AX PUT /rest/caas/privatenumber/calleenumber/v1.0
AXE POST /rest/caas/extendnumber/v1.0
AXE DELETE /rest/caas/extendnumber/v1.0
AXE PUT /rest/caas/extendnumber/v1.0
AXE GET /rest/caas/extendnumber/v1.0
AXE GET /rest/caas/extendnumber/v2.0
AXE GET /rest/caas/virtualnumber/v1.0
AXYB POST /rest/omp/xyrelationnumber/v1.0
AXYB DELETE /rest/omp/xyrelationnumber/v1.0
AXYB GET /rest/omp/xyrelationnumber/v1.0
all GET /rest/provision/voice/record/v1.0
all POST /rest/httpsessions/callStop/v2.0
""".strip().splitlines()


def test_the_map_is_the_documents() -> None:
    rows = [f"{one.mode or 'all'} {one.method} {one.path}" for one in INTERFACES]

    assert rows == ROWS
    assert len({one.operation for one in INTERFACES}) == 20


def test_every_row_authenticates_and_checks_the_mode(house: House) -> None:
    """An application finds its own mode's rows, and those of every mode, and no others."""
    customers = {mode: house.customer(house.app(mode, mode)) for mode in Mode}
    for interface in INTERFACES:
        for mode, customer in customers.items():
            signed = customer.raw(interface.method, interface.path)
            mine = interface.mode in (None, mode)
            counts = interface.operation == "QueryAXEBindingCount"  # nothing is required
            expected = (200, "0") if mine and counts else (403, "1010002" if mine else "1010040")
            assert signed.outcome == expected, (interface, mode)
        unsigned = customers[Mode.AXB].raw(interface.method, interface.path, headers={})
        assert unsigned.outcome == (400, "1023006"), interface
        assert unsigned.headers["content-type"] == "application/json;charset=utf-8"


def test_a_wrong_method_and_a_wrong_path(shop: Customer) -> None:
    assert shop.raw("PATCH", AXB).outcome == (403, "1010006")
    for path in (f"{AXB}/", "/rest/caas/relationnumber/partners/v2.0", "/", "/rest/%ff"):
        assert shop.raw("GET", path).status == 404
