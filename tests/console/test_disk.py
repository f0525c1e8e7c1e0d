"""What is told of partition and database where no service can be asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from appliance.console import disk
from appliance.console.facts import House, of_the_house

FSTAB = """\
# <what>  <where>
PARTLABEL=simveil-data /data ext4 noatime 0 2
/data/simveil {data} none bind 0 0
tmpfs /var/none tmpfs defaults 0 0
none none swap sw 0 0
/dev/sr0 {data}/disc iso9660 ro,noauto 0 0
"""
ROOT = "22 1 8:1 / / ro,relatime shared:1 - squashfs /dev/vda3 ro\n"
BOUND = "40 22 8:4 /simveil {data} ro,noatime shared:9 - ext4 /dev/vda4 {options}\n"


def test_an_empty_folder_in_the_place_of_the_partition_is_no_box_without_data(
    tmp_path: Path,
) -> None:
    data = tmp_path / "with blank" / "simveil"
    name = str(data).replace(" ", r"\040")
    fstab, mounts = tmp_path / "fstab", tmp_path / "mounts"
    fstab.write_text(FSTAB.format(data=name))
    mounts.write_text(ROOT)
    assert disk.unmounted(data, fstab, mounts) == data
    mounts.write_text(ROOT + BOUND.format(data=name, options="rw"))
    assert disk.unmounted(data, fstab, mounts) is None
    assert disk.unmounted(data / "below", fstab, mounts) is None
    assert disk.unmounted(data / "disc", fstab, mounts) is None
    assert disk.unmounted(tmp_path, fstab, mounts) is None
    assert disk.unmounted(data, tmp_path / "none", mounts) is None
    # A unit that may write nowhere sees its own mount as "ro": only the filesystem's word counts.
    assert not disk.only_readable(data, mounts)
    mounts.write_text(ROOT + BOUND.format(data=name, options="ro,errors=remount-ro"))
    assert disk.only_readable(data, mounts)
    mounts.write_text(ROOT + BOUND.format(data=name, options="rw,errors=remount-ro"))
    assert not disk.only_readable(data, mounts)


def test_a_damaged_database_is_told_from_one_that_is_well(tmp_path: Path) -> None:
    path = tmp_path / "simveil.db"
    house = House("x", tmp_path, path, config=tmp_path / "c")

    def codes(*, at_rest: bool) -> set[str]:
        return {one.code for one in of_the_house(house, at_rest=at_rest)} - {"CON-106"}

    assert codes(at_rest=True) == {"CON-105"}
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=wal")
    db.execute("CREATE TABLE t (a TEXT)")
    db.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 500)
    db.commit()
    assert codes(at_rest=True) == set()  # a journal lies beside it
    db.close()
    assert codes(at_rest=True) == set()
    octets = bytearray(path.read_bytes())
    octets[20_000:60_000] = b"\xa5" * 40_000
    path.write_bytes(octets)
    assert codes(at_rest=False) == set()  # a box that runs says so itself
    assert codes(at_rest=True) == {"CON-118"}
    path.write_bytes(b"something else")
    assert codes(at_rest=False) == {"CON-118"}
    path.write_bytes(b"")
    assert codes(at_rest=True) == set()  # of a first start that was cut off; the next one fills it
    assert {one.code for one in of_the_house(House("x", tmp_path / "no", path), at_rest=True)} == {
        "CON-104"
    }
