"""The hand that plays people: a bank that closes an idle connection does not stop them."""

from __future__ import annotations

import socket
import threading

from appliance.demo.people import BankControl

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


def test_a_kept_connection_that_was_closed_as_idle_is_made_anew() -> None:
    asked: list[bytes] = []

    def serve(server: socket.socket) -> None:
        for closes in (True, False):
            peer, _ = server.accept()
            with peer:
                asked.append(peer.recv(4096))
                peer.sendall(_ANSWER)
                if closes:
                    peer.recv(4096)  # the next request, which gets no answer

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), name="bank")
        thread.start()
        bank = BankControl(f"127.0.0.1:{server.getsockname()[1]}")
        assert bank.get("/lines") == {"a": 1}
        assert bank.post("/phones/1/hangup") == {"a": 1}
        bank.close()
        thread.join(10)
    assert [each.split(b" ")[0] for each in asked] == [b"GET", b"POST"]
