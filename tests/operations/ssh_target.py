"""Backups to a server with ssh and rsync, both real: an sshd of its own on loopback.

Not one of the suite, for it takes Debian's openssh-server and rsync (CONTRIBUTING.md).
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config_care import BackupSection
from appliance.demo.house import free_port
from appliance.errors import BadInput, SimveilError
from appliance.operations import nightly, recovery
from appliance.operations.backup import restore
from appliance.store import Store
from drivers.clock import ManualClock

PHRASE = recovery.new_phrase()
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
ListenAddress ::1
HostKey {folder}/host
AuthorizedKeysFile {folder}/id.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys, and the shelf."""
    (tmp_path / "shelf").mkdir()
    for name in ("host", "id", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True, timeout=30)
    return tmp_path


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    port = free_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    assert program is not None, "sshd is not installed; see CONTRIBUTING.md"
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=port, folder=folder))
    sshd = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=subprocess.PIPE)
    assert sshd.stderr is not None
    try:
        for _ in ("127.0.0.1", "::1"):
            while b"listening on" not in (line := sshd.stderr.readline()):
                assert line, "sshd has ended"
        yield port
    finally:
        sshd.terminate()
        sshd.wait(10)
        sshd.stderr.close()


@pytest.fixture
def database(folder: Path) -> Path:
    data = folder / "box"
    data.mkdir()
    store = Store(data / "simveil.db", clock=ManualClock())
    store.start()
    store.stop()
    recovery.keep(data, recovery.recipient(PHRASE))
    return store.path


def test_a_server_with_ssh_takes_it_and_what_it_took_is_the_box(
    folder: Path, port: int, database: Path
) -> None:
    user = getpass.getuser()

    def settings(host: str, path: str = "shelf", key: str = "id") -> BackupSection:
        target = f"ssh://{user}@{host}:{port}{folder}/{path}"
        return BackupSection(target=target, identity=folder / key)

    with pytest.raises(SimveilError, match="Host key verification failed"):
        nightly.run(settings("127.0.0.1"), database, {})
    assert "host key is known" in str(nightly.status(database.parent).error)
    kind, key, *_ = (folder / "host.pub").read_text().split()
    hosts = [f"[{host}]:{port} {kind} {key}\n" for host in ("127.0.0.1", "::1")]
    (folder / "known_hosts").write_text("".join(hosts))
    with pytest.raises(SimveilError, match="Permission denied"):
        nightly.run(settings("127.0.0.1", key="other"), database, {})
    with pytest.raises(SimveilError, match="No such file or directory"):
        nightly.run(settings("127.0.0.1", "nowhere"), database, {})

    name, known = nightly.run(settings("127.0.0.1"), database, {})
    mark = name.partition("-g")[0] + ".generation"
    assert sorted(path.name for path in (folder / "shelf").iterdir()) == sorted([name, mark])
    assert known.octets == (folder / "shelf" / name).stat().st_size
    restore(folder / "shelf" / name, folder / "anew", phrase=PHRASE)
    anew = folder / "anew" / "simveil.db"
    assert nightly.generation_of(anew).lineage == nightly.generation_of(database).lineage

    nightly.run(settings("[::1]", "shelf/"), anew, {})
    assert (folder / "shelf" / mark).read_text().strip() == "2"
    with pytest.raises(BadInput, match="generation 2"):
        nightly.run(settings("127.0.0.1"), database, {})
