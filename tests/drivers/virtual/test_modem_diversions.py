"""Call forwarding by ``+CCFC``: kept and obeyed by the network (3GPP TS 22.082, 27.007 §7.11)."""

from __future__ import annotations

from drivers.virtual.terminal import CallStatus
from tests.drivers.virtual.bench import A, Bench
from tests.drivers.virtual.town import B


def test_every_call_goes_elsewhere_while_it_is_switched_on() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        assert bench.ask("AT+CCFC=0,2") == ["+CCFC: 0,1", "OK"]
        assert bench.ask("AT+CCFC=0,1") == ["ERROR"]  # nowhere to go
        assert bench.ask(f'AT+CCFC=0,3,"{B}",145') == ["OK"]
        assert bench.ask("AT+CCFC=4,2")[:2] == [f'+CCFC: 1,1,"{B}",145', "+CCFC: 0,1"]
        ann.dial(bench.line.msisdn)
        bench.wait(3.2)
        assert not bench.line.calls
        assert [call.number for call in bob.calls] == [A]
        bob.release(bob.calls[0])
        bench.wait(1)
        assert bench.ask("AT+CCFC=0,0") == ["OK"]
        assert bench.ask("AT+CCFC=0,2") == [f'+CCFC: 0,1,"{B}",145', "OK"]
        assert bench.incoming(ann).status is CallStatus.INCOMING


def test_what_is_busy_silent_or_off_is_gone_round() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        bench.ask(f'AT+CCFC=2,3,"{B}"')
        bench.incoming(ann)
        assert not bob.calls
        bench.wait(60)
        assert (len(bench.line.calls), [call.number for call in bob.calls]) == (0, [A])
        bob.release(bob.calls[0])
        bench.wait(1)
        bench.ask(f"AT+CCFC=2,4;+CCFC=3,3,{B}")
        bench.line.allow(False)
        ann.dial(bench.line.msisdn)
        bench.wait(3.2)
        assert [call.status for call in bob.calls] == [CallStatus.INCOMING]
        assert bench.ask("AT+CCFC=0,2") == ["ERROR"]  # the network is asked, and there is none
