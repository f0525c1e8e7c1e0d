"""A backup of a box that runs holds together; a restore changes nothing before it has verified."""

from __future__ import annotations

import io
import json
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.errors import BadInput, StoreFailed
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Mode, Role
from appliance.operations.backup import backup, restore
from appliance.store import Store
from drivers.clock import ManualClock

WAV = b"RIFF" + bytes(range(256)) * 20


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "box"
    (data / "recordings").mkdir(parents=True)
    (data / "voices" / "1").mkdir(parents=True)
    (data / "recordings" / "call-1.wav").write_bytes(WAV)
    (data / "recordings" / "call-2.wav.part").write_bytes(b"half")
    (data / "recordings" / ".hidden").write_bytes(b"no")
    (data / "voices" / "1" / "wait.wav").write_bytes(WAV * 2)
    return data


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    store = Store(data / "simveil.db", clock=ManualClock())
    store.start()
    yield store
    store.stop()


@pytest.fixture
def app(store: Store) -> Application:
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB))
    for last in range(1, 4):
        store.write(
            lambda db, n=last: store.numbers.enrol(  # type: ignore[misc]
                db, f"+861700000000{n}", iccid=f"8986{n}", role=Role.NUMBER, app_id=app.app_id
            )
        )
    return app


def bind(store: Store, app: Application, last: int) -> str:
    terms = AxbTerms(f"+8613{last:09d}", f"+8614{last:09d}")
    return store.write(
        lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now())
    ).subscription_id


def rewrite(archive: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """Write the archive anew with every member as ``change`` has it; None drops it."""
    target = archive.with_name("changed.tar")
    with tarfile.open(archive) as source, tarfile.open(target, "w") as out:
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            changed = change(member.name, content.read())
            if changed is not None:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                out.addfile(info, io.BytesIO(changed[1]))
    return target


def test_a_restored_box_is_the_box_that_was_backed_up(
    tmp_path: Path, data: Path, store: Store, app: Application
) -> None:
    subscription = bind(store, app, 1)
    before = store.bindings.get(app, subscription)
    made = backup(store.path, tmp_path / "box.tar")
    bind(store, app, 2)
    assert stat.S_IMODE((tmp_path / "box.tar").stat().st_mode) == 0o600
    assert (made.files, made.octets > 3 * len(WAV)) == (3, True)
    other = tmp_path / "new"
    restored = restore(tmp_path / "box.tar", other)
    assert (restored.files, restored.octets, restored.created) == (
        made.files,
        made.octets,
        made.created,
    )
    assert (other / "recordings" / "call-1.wav").read_bytes() == WAV
    assert (other / "voices" / "1" / "wait.wav").read_bytes() == WAV * 2
    assert not (other / "recordings" / "call-2.wav.part").exists()
    again = Store(other / "simveil.db", clock=ManualClock())
    again.start()
    try:
        assert again.applications.by_name("shop") == app
        assert again.bindings.find(app) == (1, [before])
    finally:
        again.stop()
    assert sorted(path.name for path in other.iterdir() if path.name.startswith(".")) == []


def test_a_backup_under_load_holds_together(tmp_path: Path, store: Store, app: Application) -> None:
    """Bindings, their parties and the counters agree, and what was acknowledged before is there."""
    acknowledged: list[str] = []
    enough, stop = threading.Event(), threading.Event()

    def client(first: int) -> None:
        for last in range(first, first + 100_000):
            if stop.is_set():
                return
            acknowledged.append(bind(store, app, last))
            if len(acknowledged) > 50:
                enough.set()

    threads = [
        threading.Thread(target=client, args=(n * 100_000,), name=f"client-{n}") for n in range(4)
    ]
    for thread in threads:
        thread.start()
    try:
        assert enough.wait(30)
        before = list(acknowledged)
        for index in range(3):
            backup(store.path, tmp_path / f"{index}.tar")
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    restore(tmp_path / "0.tar", tmp_path / "new")
    again = Store(tmp_path / "new" / "simveil.db", clock=ManualClock())
    again.start()
    try:
        total, found = again.bindings.find(app, limit=1_000_000)
        assert set(before) <= {binding.subscription_id for binding in found}
        assert sum(again.numbers.bound().values()) == total
        parties = again.reader().execute("SELECT count(*) FROM binding_parties").fetchall()
        assert parties == [(2 * total,)]
    finally:
        again.stop()


def test_a_live_box_is_not_restored_over_even_by_force(
    tmp_path: Path, data: Path, store: Store, app: Application
) -> None:
    backup(store.path, tmp_path / "box.tar")
    for force in (False, True):
        with pytest.raises(BadInput, match="a box is running"):
            restore(tmp_path / "box.tar", data, force=force)
    assert store.applications.by_name("shop") == app


def test_data_that_are_there_are_replaced_only_by_force_and_kept_aside(
    tmp_path: Path, data: Path, store: Store, app: Application
) -> None:
    backup(store.path, tmp_path / "box.tar")
    store.write(lambda db: store.applications.add(db, "later", Mode.AX))
    store.stop()
    with pytest.raises(BadInput, match=r"holds data already: .*simveil\.db"):
        restore(tmp_path / "box.tar", data)
    restore(tmp_path / "box.tar", data, force=True)
    store.start()
    assert [found.name for found in store.applications.all()] == ["shop"]
    store.stop()
    (aside,) = data.glob("replaced-*")
    old = Store(aside / "simveil.db", clock=ManualClock())
    old.start()
    try:
        assert [found.name for found in old.applications.all()] == ["later", "shop"]
    finally:
        old.stop()
    assert (aside / "recordings" / "call-2.wav.part").exists()


def _flip(name: str, content: bytes) -> tuple[str, bytes]:
    return (name, content[:-1] + b"!") if name.endswith("call-1.wav") else (name, content)


def _drop(name: str, content: bytes) -> tuple[str, bytes] | None:
    return None if name.endswith("wait.wav") else (name, content)


def _no_manifest(name: str, content: bytes) -> tuple[str, bytes] | None:
    return None if name == "manifest.json" else (name, content)


def _escape(name: str, content: bytes) -> tuple[str, bytes]:
    return ("recordings/../../escaped.wav" if "call-1" in name else name), content


def _absolute(name: str, content: bytes) -> tuple[str, bytes]:
    return ("/tmp/escaped.wav" if "call-1" in name else name), content


def _broken_manifest(name: str, content: bytes) -> tuple[str, bytes]:
    return name, b"[]" if name == "manifest.json" else content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_flip, "not those of its manifest"),
        (_drop, "not those of its manifest"),
        (_no_manifest, "incomplete"),
        (_broken_manifest, "incomplete"),
        (_escape, "no part of a backup"),
        (_absolute, "no part of a backup"),
    ],
)
def test_an_archive_that_was_touched_is_refused_and_nothing_changes(
    tmp_path: Path,
    store: Store,
    app: Application,
    change: Callable[[str, bytes], tuple[str, bytes] | None],
    message: str,
) -> None:
    backup(store.path, tmp_path / "box.tar")
    target = tmp_path / "new"
    with pytest.raises(BadInput, match=message):
        restore(rewrite(tmp_path / "box.tar", change), target)
    assert [path.name for path in target.iterdir()] == ["simveil.db.lock"]


def test_an_archive_that_was_cut_is_refused(tmp_path: Path, store: Store, app: Application) -> None:
    archive = tmp_path / "box.tar"
    backup(store.path, archive)
    whole = archive.read_bytes()
    for part in (0, 1, 511, 5000, len(whole) // 2, len(whole) - 12_000):
        archive.write_bytes(whole[:part])
        with pytest.raises(BadInput, match=r"damaged|incomplete"):
            restore(archive, tmp_path / "new")
    archive.write_bytes(b"no archive at all " * 100)
    with pytest.raises(BadInput, match="damaged"):
        restore(archive, tmp_path / "new")


def test_a_damaged_database_inside_is_refused_though_its_digest_fits(
    tmp_path: Path, store: Store, app: Application
) -> None:
    import hashlib

    backup(store.path, tmp_path / "box.tar")
    garbage = b"SQLite format 3\0" + bytes(8176)

    def change(name: str, content: bytes) -> tuple[str, bytes]:
        if name == "simveil.db":
            return name, garbage
        if name == "manifest.json":
            manifest = json.loads(content)
            digest = hashlib.sha256(garbage).hexdigest()
            manifest["files"]["simveil.db"] = {"size": len(garbage), "sha256": digest}
            return name, json.dumps(manifest).encode()
        return name, content

    with pytest.raises(BadInput, match="database"):
        restore(rewrite(tmp_path / "box.tar", change), tmp_path / "new")


def test_an_archive_of_newer_software_is_refused(
    tmp_path: Path, store: Store, app: Application
) -> None:
    store.write(
        lambda db: (
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                "VALUES ('simveil', 'm999_future', '')"
            ).rowcount
        )
    )
    with pytest.raises(StoreFailed, match="newer software"):
        backup(store.path, tmp_path / "box.tar")
    assert not list(tmp_path.glob("box.tar*"))


def test_what_cannot_be_backed_up(tmp_path: Path, store: Store, app: Application) -> None:
    with pytest.raises(BadInput, match="no database"):
        backup(tmp_path / "none.db", tmp_path / "box.tar")
    with pytest.raises(BadInput, match="no folder"):
        backup(store.path, tmp_path / "nowhere" / "box.tar")
    backup(store.path, tmp_path / "box.tar")
    with pytest.raises(BadInput, match="exists already"):
        backup(store.path, tmp_path / "box.tar")
    with pytest.raises(BadInput, match="no archive"):
        restore(tmp_path / "none.tar", tmp_path / "new")


def test_a_recording_that_retention_removed_meanwhile_is_left_out(
    tmp_path: Path, data: Path, store: Store, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appliance.operations import backup as module

    real = module._finished_files

    def vanishing(folder: Path) -> Iterator[tuple[Path, str]]:
        for path, name in real(folder):
            path.unlink(missing_ok=True) if "call-1" in name else None
            yield path, name

    monkeypatch.setattr(module, "_finished_files", vanishing)
    assert backup(store.path, tmp_path / "box.tar").files == 2
    assert restore(tmp_path / "box.tar", tmp_path / "new").files == 2
