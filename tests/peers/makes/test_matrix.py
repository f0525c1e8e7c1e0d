"""The reasons of :mod:`tests.peers.matrix`, and the table that they make."""

from __future__ import annotations

import pytest

from drivers.virtual.config import PERSONALITIES
from tests.peers import matrix

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


def test_every_reason_names_a_peer_a_make_and_an_action() -> None:
    for (peer, action), why in matrix.NEVER.items():
        assert peer in matrix.PEERS
        assert action in matrix.ACTIONS
        assert len(why) > 20
    for (peer, name, action), why in matrix.EXCEPT.items():
        assert (peer, action) not in matrix.NEVER
        assert (peer in matrix.PEERS, name in PERSONALITIES) == (True, True)
        assert action in matrix.ACTIONS
        assert len(why) > 20
    done = {
        (peer, name): {a for a in matrix.ACTIONS if matrix.reason(peer, name, a) is None}
        for peer in matrix.PEERS
        for name in PERSONALITIES
    }
    drawn = matrix.table(done)
    assert drawn.count("\n") == len(matrix.PEERS)
    print(drawn)
