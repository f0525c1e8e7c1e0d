"""§1.1: short connections, which the server closes first; every client waits for that."""

from __future__ import annotations

import pytest

from tests.whole.mirror.test_auth import NOTHING
from tests.whole.mirror.wire import Shop, Wire, head


@pytest.mark.parametrize("word", [None, "close", "Close", "keep-alive", "Keep-Alive, TE"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_the_server_closes_after_its_answer(shop: Shop, version: str, word: str | None) -> None:
    headers = {**shop.headers(), **({"Connection": word} if word else {})}
    request = head("GET", NOTHING, headers.items()).replace(
        b"HTTP/1.1", b"HTTP/" + version.encode()
    )
    with Wire(shop.address, seconds=4.0) as wire:  # an idle connection would stay longer
        wire.send(request)
        reply = wire.receive()
        assert (reply.status, reply.code) == (403, "1012007")
        if version == "1.1":
            assert reply.headers["connection"] == "close"
        assert wire.file.read() == b""
