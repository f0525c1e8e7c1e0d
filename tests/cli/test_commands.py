"""The command line against a real admin interface on a unix socket."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from appliance.api.server import Server
from appliance.cli.root import run
from appliance.media import wav
from appliance.model.records import UrlKind
from tests.cli.conftest import TRUNK, X1, X2, Shell

A, B = "+8613912340001", "+8613912340002"


def test_setting_up_a_box_as_a_script_does_it(shell: Shell) -> None:
    made = shell.json(
        "app", "add", "shop", "--mode", "AXB", "--sms", "--record",
        "--status-url", "http://127.0.0.1:9/status", "--callin-url", "http://127.0.0.1:9/callin",
        "--sms-control-url", "http://127.0.0.1:9/control",
    )  # fmt: skip
    assert made["name"] == "shop"
    assert made["mode"] == "AXB"
    assert len(made["appKey"]) == 32
    assert len(made["appSecret"]) == 32
    assert made["urls"]["sms-control"] == "http://127.0.0.1:9/control"

    number = shell.json("number", "enrol", X1, "--app", "shop", "--city", "0755", "--sms")
    trunk = shell.json("number", "enrol", TRUNK, "--trunk")

    assert (number["iccid"], number["role"], number["app"]) == (
        "89860000000000000001",
        "number",
        "shop",
    )
    assert (trunk["iccid"], trunk["role"], trunk["app"]) == ("89860000000000000003", "trunk", None)
    app = shell.store.applications.by_name("shop")
    assert app is not None
    assert app.urls[UrlKind.CALLIN] == "http://127.0.0.1:9/callin"


def test_config_and_json_are_accepted_before_and_after_the_command(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    before = run(["--config", str(shell.config), "--json", "line", "list"])
    first = capsys.readouterr().out
    between = run(["line", "--config", str(shell.config), "list", "--json"])
    second = capsys.readouterr().out

    assert (before, between) == (0, 0)
    assert json.loads(first) == json.loads(second)
    assert json.loads(first)[0] == {
        "msisdn": X1,
        "iccid": "89860000000000000001",
        "imei": "860000000000001",
        "family": "ec25",
        "role": None,
        "state": "ready",
        "explanation": None,
        "operator": "Virtual",
        "signal_dbm": -71.0,
        "call": None,
        "queue": 0,
        "socket": None,
        "conditions": [],
        "steps": [],
        "findings": [],
        "rat": None,
        "area": None,
        "cell": None,
        "rsrp_dbm": None,
        "celsius": None,
        "enrolled": False,
        "own_number": None,
    }


def test_the_admin_socket_is_for_owner_and_group_only(shell: Shell, tmp_path: Path) -> None:
    sock = tmp_path / "admin" / "admin.sock"

    assert stat.S_IMODE(sock.stat().st_mode) == 0o660
    assert stat.S_IMODE(sock.parent.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("app", "add", "shop", "--mode", "ABC"), "'ABC' is not one of"),
        (("app", "add", "x", "--mode", "AXB", "--status-url", "ftp://x"), "status URL"),
        (("app", "add", "x", "--mode", "AXB", "--allow", "nowhere"), "no IP address"),
        (("app", "show", "nobody"), "there is no application 'nobody'"),
        (("number", "enrol", X1), "either for an application or as a trunk"),
        (("number", "enrol", X1, "--app", "nobody"), "there is no application"),
        (("number", "enrol", "+8617000000009", "--trunk"), "no live line says"),
        (("number", "enrol", "110", "--trunk"), "not a telephone number"),
        (("number", "release", X1), "not enrolled"),
        (("binding", "remove", "no/such"), "no/such"),
        (("line", "show", "+8613"), "there is no line"),
        (("line", "at", X1, "ATD+8613912340001;"), "not done by hand"),
        (("line", "at", X1, "AT+CSQ;D+8613912340001;"), "not done by hand"),
        (("line", "at", X1, "+CSQ"), "begins with AT"),
        (("app", "add", "x"), "Missing option '--mode'. Choose from: AX, AXB, AXE, AXYB, X"),
        (("line", "ussd", X1, "hello"), "pattern"),
        (("cdr", "show", "none"), "there is no call"),
        (("cdr", "list", "--since", "yesterday"), "since"),
        (("outbox", "show", "5"), "there is no push 5"),
        (("voice", "add", "/no/such.wav", "--app", "x"), "cannot be read"),
        (("nonsense",), "No such command"),
        (("line", "list", "--nonsense"), "No such option"),
        (("pdu", "zz"), "hex"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(
    shell: Shell, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in shell.refused(*words)


def test_no_box_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    config = tmp_path / "box.toml"
    config.write_text(f'[admin]\nsocket = "{tmp_path}/none.sock"\n')

    assert run(["line", "list", "--config", str(config), "--json"]) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == f"No box answers on {tmp_path}/none.sock: No such file or directory.\n"
    assert run(["line", "list", "--config", str(tmp_path / "missing.toml")]) == 2


def test_tables_speak_the_users_language(shell: Shell) -> None:
    shell.json("app", "add", "商店", "--mode", "AXB")

    english = shell.type("app", "list")[1]
    chinese = shell.type("app", "list", "--lang", "zh-CN")[1]

    assert english.splitlines()[0].split() == [
        "Name", "Mode", "Key", "Signature", "Records", "Texts", "Active",
    ]  # fmt: skip
    assert chinese.splitlines()[0].split() == [
        "名称", "模式", "密钥号", "签名", "录音", "短信", "启用",
    ]  # fmt: skip
    assert "yes" in english
    assert "是" in chinese


def test_applications_are_changed_and_their_secret_is_shown_on_request_only(shell: Shell) -> None:
    made = shell.json("app", "add", "shop", "--mode", "AXB", "--status-url", "http://a/")
    changed = shell.json(
        "app", "set", "shop", "--status-url", "", "--cdr-url", "http://b/", "--frozen",
        "--allow", "10.0.0.0/8", "--setting", "x_only=true", "--sign", "wsse",
    )  # fmt: skip

    assert changed["urls"] == {"cdr": "http://b/"}
    assert (changed["frozen"], changed["allowed_addresses"]) == (True, ["10.0.0.0/8"])
    assert changed["settings"] == {"x_only": True, "prompts": {"recording-notice": "default"}}
    assert changed["sign"] == "wsse"
    assert changed["appSecret"] is None
    assert shell.json("app", "list")[0]["appSecret"] is None
    assert shell.json("app", "show", "shop")["appSecret"] is None
    assert shell.json("app", "show", "shop", "--secret")["appSecret"] == made["appSecret"]


def test_numbers_are_listed_moved_replaced_and_released(shell: Shell) -> None:
    for name in ("one", "two"):
        shell.json("app", "add", name, "--mode", "AXB")
    shell.json("number", "enrol", X1, "--app", "one")
    shell.json("binding", "add", "--app", "one", "--a", A, "--b", B)

    assert shell.json("number", "list", "--app", "one")[0]["bindings"] == 1
    assert shell.json("number", "transfer", X1, "--app", "two")["bindings"] == 0
    assert shell.json("number", "list", "--app", "one") == []
    new = shell.json("number", "replace-sim", X1, "--iccid", "89860000000000000099")
    assert new["iccid"] == "89860000000000000099"
    assert shell.json("number", "release", X1)["app"] == "two"
    assert shell.json("number", "list") == []
    assert shell.exchange.enrolments == 4


def test_bindings_are_added_listed_and_removed(shell: Shell) -> None:
    shell.json("app", "add", "shop", "--mode", "AXB")
    shell.json("app", "add", "other", "--mode", "AX")
    shell.json("number", "enrol", X1, "--app", "shop")
    shell.json("number", "enrol", X2, "--app", "shop")

    made = shell.json(
        "binding", "add", "--app", "shop", "--a", A, "--b", B, "--x", X2, "--duration", "60"
    )
    assert (made["x"], made["a"], made["b"], made["duration"]) == (X2, A, B, 60)
    assert made["expires"] == "2026-03-01T08:01:00Z"
    assert "has no b" in shell.refused("binding", "add", "--app", "other", "--a", A, "--b", B)
    taken = shell.refused("binding", "add", "--app", "shop", "--a", A, "--b", B, "--x", X2)
    assert "bound" in taken
    assert shell.json("binding", "list", "--a", A) == [made]
    assert shell.json("binding", "list", "--x", X1) == []
    assert shell.json("binding", "remove", made["subscription_id"]) == made
    assert shell.json("binding", "list") == []


def test_a_line_is_asked_by_hand(shell: Shell) -> None:
    assert shell.json("line", "at", X1, "AT+CSQ") == ["+CSQ: 20,99", "OK"]
    assert shell.json("line", "ussd", "860000000000002", "*100#") == ["余额 12.30 元"]
    assert shell.json("line", "reset", "89860000000000000003") == {"done": 1}
    assert shell.exchange.commands == [(X1, "AT+CSQ"), (X2, "*100#"), (TRUNK, "reset")]
    status, out, err = shell.type("line", "at", X1, "AT+SLOW")
    assert (status, out) == (1, "")
    assert err == "AT+SLOW did not end within 10 s\n"


def test_voice_files_are_uploaded_and_approved(shell: Shell, tmp_path: Path) -> None:
    shell.json("app", "add", "shop", "--mode", "AXB")
    file = tmp_path / "hint.wav"
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    wav.write_pcm(file, tone.astype(np.int16), 16000)

    made = shell.json("voice", "add", str(file), "--app", "shop", "--description", "a hint")
    assert (made["state"], made["description"], made["seconds"]) == ("pending", "a hint", 1.0)
    told = shell.json("voice", "reject", "hint.wav", "--app", "shop", "--reason", "too shrill")
    assert (told["state"], told["reason"]) == ("rejected", "too shrill")
    assert "too shrill" in shell.type("voice", "list", "--app", "shop")[1]
    assert "ok: level" in shell.type("voice", "show", "hint.wav", "--app", "shop")[1]
    saved = tmp_path / "saved.wav"
    shell.json("voice", "get", "hint.wav", "--app", "shop", "--output", str(saved))
    assert len(wav.read(saved)) == 8000
    assert shell.json("voice", "approve", "hint.wav", "--app", "shop")["state"] == "approved"
    (one,) = shell.json("voice", "list", "--app", "shop")
    assert (one["name"], one["state"]) == ("hint.wav", "approved")
    assert shell.json("voice", "remove", "hint.wav", "--app", "shop") == {"done": 1}
    assert "no voice file" in shell.refused("voice", "remove", "hint.wav", "--app", "shop")
    file.write_bytes(b"RIFF nothing")
    assert "hint.wav" in shell.refused("voice", "add", str(file), "--app", "shop")


def test_a_pdu_is_decoded_without_a_box(capsys: pytest.CaptureFixture[str]) -> None:
    pdu = "07916407058099F9040B916407950303F000008921222222228002E834"

    assert run(["pdu", pdu, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["type"], told["text"]) == ("deliver", "hi")


def test_backup_and_restore(shell: Shell, tmp_path: Path) -> None:
    shell.json("app", "add", "shop", "--mode", "AXB")
    archive = tmp_path / "box.tar"

    done = shell.json("backup", str(archive))

    assert done["path"] == str(archive)
    assert done["files"] >= 1
    assert archive.is_file()
    assert "exists" in shell.refused("backup", str(archive))
    assert "running" in shell.refused("restore", str(archive), "--force")
    elsewhere = tmp_path / "else.toml"
    elsewhere.write_text(f'[box]\ndata = "{tmp_path}/else"\n[api]\nlisten = "127.0.0.1:0"\n')
    assert run(["restore", str(archive), "--config", str(elsewhere)]) == 0
    assert (tmp_path / "else" / "simveil.db").is_file()


def test_health_tells_what_is_wrong(shell: Shell) -> None:
    assert shell.json("health")["state"] == "ok"
    shell.exchange.known[0].state = "no-network"

    told = shell.json("health")
    assert (told["state"], told["lines"]) == ("degraded", {"ready": 2, "no-network": 1})


def test_outbox_and_texts_are_empty_on_a_new_box(shell: Shell) -> None:
    assert shell.json("outbox", "list") == []
    assert shell.json("outbox", "replay") == {"done": 0}
    assert shell.json("sms", "list") == []
    assert shell.json("sms", "inbox") == []
    assert shell.json("cdr", "list") == []
    assert shell.type("cdr", "list")[1] == "Nothing to show.\n"


def test_pushes_are_shown_and_replayed(shell: Shell) -> None:
    shell.json("app", "add", "shop", "--mode", "AXB", "--status-url", "http://127.0.0.1:9/")
    app = shell.store.applications.by_name("shop")
    assert app is not None
    outbox = shell.store.outbox
    push_id = shell.store.write(
        lambda db: outbox.enqueue(
            db,
            app_id=app.app_id,
            url=UrlKind.STATUS,
            kind="callin",
            order_key="s1",
            body={"eventType": "callin"},
            now=shell.clock.now(),
        )
    )
    assert push_id is not None
    shell.store.write(lambda db: outbox.mark_delivered(db, [push_id], shell.clock.now()))

    (listed,) = shell.json("outbox", "list", "--state", "delivered")
    assert (listed["app"], listed["url"], listed["body"]) == ("shop", "status", None)
    assert shell.json("outbox", "show", str(push_id))["body"] == {"eventType": "callin"}
    assert shell.json("outbox", "list", "--kind", "fee", "--app", "shop") == []
    (listed,) = shell.json("outbox", "list", "--kind", "callin", "--key", "s1")
    made = listed["created_at"]
    assert shell.json("outbox", "replay", "--since", made) == {"done": 0}  # it was delivered
    assert shell.json("outbox", "replay", "--until", made, "--delivered") == {"done": 0}
    assert shell.json("outbox", "replay", "--since", made, "--delivered") == {"done": 1}
    shell.store.write(lambda db: outbox.mark_delivered(db, [push_id], shell.clock.now()))
    assert shell.json("outbox", "replay", str(push_id)) == {"done": 1}
    assert shell.json("outbox", "list")[0]["state"] == "due"


def test_check_config_gives_a_line_for_each_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = tmp_path / "bad.toml", tmp_path / "good.toml"
    bad.write_text('[api]\nlistne = "x"\n[box]\nregion = "china"\n[sms]\nburst = 0\n')
    good.write_text('[virtual]\nlines = ["+8617000000001"]\n')

    assert run(["check-config", str(bad)]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert len(seen.err.splitlines()) == 3
    assert 'api.listne: unknown key, did you mean "listen"?' in seen.err
    assert run(["check-config", str(good)]) == 0
    assert run(["check-config", "--config", str(good), "--json"]) == 0


def test_the_doctor_finds_the_running_box(shell: Shell) -> None:
    status, out, _ = shell.type("doctor", "--json")

    checks = {check["code"]: check["ok"] for check in json.loads(out)}
    assert checks["DOC-007"] is True
    assert status == (0 if all(checks.values()) else 1)


def test_the_doctor_tells_a_spoilt_configuration_and_goes_on(shell: Shell, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.toml"
    spoilt.write_text(
        f'[box]\ndata = "{tmp_path}"\nnaem = "x"\n[admin]\nsocket = "{tmp_path}/admin/admin.sock"\n'
    )

    assert run(["doctor", "--config", str(spoilt), "--json"]) == 1
    rows = {row["code"]: row for row in json.loads(shell.capture.readouterr().out)}
    assert "naem" in rows["DOC-010"]["check"]
    assert "check-config" in rows["DOC-010"]["cure"]
    assert rows["DOC-002"]["ok"] is True
    assert "CON-103" not in rows
    other = tmp_path / "other"
    other.mkdir()
    (other / "simveil.db").write_text("this is text, and no database of anybody")
    gone = tmp_path / "gone.toml"
    gone.write_text(f'[box]\ndata = "{other}"\n[admin]\nsocket = "{tmp_path}/none.sock"\n')
    assert run(["doctor", "--config", str(gone), "--json"]) == 1
    rows = {row["code"]: row for row in json.loads(shell.capture.readouterr().out)}
    assert rows["DOC-007"]["ok"] is False
    assert "journalctl" in rows["DOC-007"]["cure"]
    assert "no SQLite file" in rows["CON-118"]["check"]
    assert "Restore the latest backup" in rows["CON-118"]["cure"]


def test_a_second_box_on_the_same_socket_is_refused(shell: Shell, tmp_path: Path) -> None:
    second = Server(lambda environ, start: [], f"unix:{tmp_path}/admin/admin.sock", threads=2)

    with pytest.raises(Exception, match="another box is listening"):
        second.start()
    assert shell.json("health")["state"] == "ok"
