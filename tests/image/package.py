"""The Debian package on a bare Debian 12 that systemd boots.

``python -m tests.image.package FOLDER``, as root, installs it with apt, runs the units for real,
upgrades, removes and purges it. FOLDER keeps the tree of packages, the package and ``log.jsonl``.
Needs systemd-container, mmdebstrap and what image/package.sh needs.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.image.container import Container, bare
from tests.image.guest import Log

HOME = Path(__file__).parents[2]
X, TRUNK, A, B = "+8617000000001", "+8617000000002", "+8613800000001", "+8613800000002"
CONFIG = f"""\
# Edited by the machine's owner.
[box]
name = "kept"
data = "/var/lib/simveil"
[api]
listen = "127.0.0.1:8443"
[admin]
socket = "/run/simveil/admin.sock"
[virtual]
lines = ["{X}", "{TRUNK}"]
control = "127.0.0.1:7700"
"""
UNITS = (
    "simveil.service", "simveil-backup.timer", "simveil-retention.timer", "simveil-orders.path",
    "media-simveil.automount",
)  # fmt: skip
APT = "apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold"


def expect(what: str, found: object, wanted: object) -> None:
    """Raise ValueError when it is not so."""
    if found != wanted:
        raise ValueError(f"{what}: {found!r} instead of {wanted!r}")


def repacked(package: Path, folder: Path) -> Path:
    """Return the same package as a later version with another configuration of its own."""
    tree = folder / "later"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True, timeout=300)
    control = tree / "DEBIAN/control"
    later = re.sub(r"(?m)^(Version: .*)$", r"\1.1", control.read_text())
    control.write_text(later)
    with (tree / "etc/simveil/simveil.toml").open("a") as file:
        file.write("# of the later version\n")
    target = folder / "later.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "-b", tree, target],
        check=True, timeout=600, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    shutil.rmtree(tree)
    return target


def version(package: Path) -> str:
    """Return what a package calls itself."""
    return subprocess.run(
        ["dpkg-deb", "-f", package, "Version"], capture_output=True, text=True, check=True
    ).stdout.strip()


def bindings(box: Container) -> list[str]:
    """Return the identifiers of the relations that the service knows."""
    found = json.loads(box.run("simveil binding list --json"))
    return sorted(one["subscription_id"] for one in found)


def serving(box: Container, seconds: float = 180) -> float:
    """Wait until the service says that it is ready and answers."""
    return box.until("systemctl is-active simveil.service && simveil health --json", seconds)


def installed(box: Container, log: Log) -> None:
    """The package's users, folders, rules and units, and who the service runs as."""
    started = time.monotonic()
    box.run(f"{APT} /simveil.deb", 900)
    log("installed", seconds=round(time.monotonic() - started, 1))
    log("ready", seconds=serving(box))
    for user in ("simveil", "simveil-console"):
        expect(f"the shell of {user}", box.run(f"getent passwd {user}").split(":")[-1].endswith(
            "nologin"), True)  # fmt: skip
    for path, wanted in {
        "/etc/simveil": "root simveil 750",
        "/etc/simveil/simveil.toml": "root simveil 640",
        "/var/lib/simveil": "simveil simveil 750",
        "/run/simveil-console": "simveil-console simveil 770",
        "/usr/lib/udev/rules.d/60-simveil.rules": "root root 644",
    }.items():
        expect(path, box.run(f"stat -c '%U %G %a' {path}"), wanted)
    for unit in UNITS:
        expect(unit, box.run(f"systemctl is-enabled {unit}"), "enabled")
    # There is no automount without the kernel's part of it, which a container lacks.
    for unit in UNITS[:-1]:
        expect(unit, box.run(f"systemctl is-active {unit}"), "active")
    pid = box.show("simveil.service", "MainPID")
    status = dict(line.split(":\t", 1) for line in box.run(f"cat /proc/{pid}/status").splitlines()
                  if ":\t" in line)  # fmt: skip
    uid = box.run("id -u simveil")
    expect("the service's user", status["Uid"].split(), [uid] * 4)
    expect("its capabilities", int(status["CapPrm"], 16), 1 << 10)  # CAP_NET_BIND_SERVICE
    expect("new privileges", status["NoNewPrivs"], "1")
    # What a machine without CAP_SYS_RESOURCE may give is less than what the unit asks for.
    expect("real time by limits", box.show("simveil.service", "LimitRTPRIO"), "20")
    log("timers", text=box.run("systemctl list-timers --no-legend 'simveil*'").splitlines())
    log("status", text=box.run("systemctl status --no-pager -n 4 simveil.service").splitlines())
    expect("files that differ from the package's", box.run("dpkg --verify simveil"), "")


def working(box: Container, log: Log) -> None:
    """The demonstration, the edited configuration, a bind, a page of the console."""
    started = time.monotonic()
    _, said = box.attempt("cd /tmp && HOME=/tmp simveil demo --json", 600)
    steps = [json.loads(line) for line in said.splitlines() if line.startswith('{"step"')]
    log("demo", seconds=round(time.monotonic() - started, 1), summary=steps[-1])
    # Its last word is about sound in real time, which other tests judge, on a machine of their own.
    seen = [step["step"] for step in steps if step["ok"]]
    expect("the demonstration's steps", seen[:4], ["start", "application", "bind", "call"])
    (box.tree / "edited.toml").write_text(CONFIG)
    box.run("cat /edited.toml > /etc/simveil/simveil.toml && simveil check-config")
    box.run(
        "systemd-run --unit=bank -p User=simveil simveil bank --config /etc/simveil/simveil.toml"
    )
    box.run("systemctl restart simveil.service", 180)
    serving(box)
    box.until('test "$(simveil line list --json | grep -o \'"state": *"ready"\' | wc -l)" = 2', 240)
    box.run("simveil app add shop --mode AXB --sms --json")
    box.run(f"simveil number enrol {X} --app shop --sms")
    box.run(f"simveil number enrol {TRUNK} --trunk")
    box.run(f"simveil binding add --app shop --a {A} --b {B} --x {X} --json")
    log("bound", bindings=len(bindings(box)))
    page = box.run("setpriv --reuid simveil-console --regid simveil --init-groups "
                   "simveil console --screen")  # fmt: skip
    expect("the page is 80 by 24", (len(page.splitlines()) <= 24, "kept" in page), (True, True))
    expect("no number is shown whole", X[3:] in page or A[3:] in page, False)


def watched(box: Container, log: Log) -> None:
    """A service that hangs, one that is asked to end, one that crashes, one with a mistake."""
    before = int(box.show("simveil.service", "NRestarts"))
    pid = box.show("simveil.service", "MainPID")
    started = time.monotonic()
    box.run(f"kill -STOP {pid}")
    box.until(f'test "$(systemctl show --property=NRestarts --value simveil.service)" -gt {before}',
              120)  # fmt: skip
    log("hung: killed after", seconds=round(time.monotonic() - started, 1))
    serving(box)
    expect("the journal's reason", "watchdog" in box.run(
        "journalctl -u simveil.service --no-pager -n 200").lower(), True)  # fmt: skip

    started = time.monotonic()
    box.run("systemctl stop simveil.service", 60)
    taken = round(time.monotonic() - started, 1)
    log("stopped", seconds=taken, result=box.show("simveil.service", "Result"))
    expect("an orderly end within ten seconds", (taken < 10, box.show(
        "simveil.service", "Result")), (True, "success"))  # fmt: skip
    box.run("systemctl start simveil.service", 180)

    started = time.monotonic()
    while box.show("simveil.service", "ActiveState") != "failed":
        if time.monotonic() - started > 280:
            raise ValueError("ten crashes did not end it")
        box.attempt("systemctl kill --signal=KILL simveil.service")
        time.sleep(0.2)
    log("crashed again and again: rests after", seconds=round(time.monotonic() - started, 1),
        result=box.show("simveil.service", "Result"))  # fmt: skip
    box.until("systemctl is-active simveil-again.timer", 20)
    log("tried again at", text=box.run("systemctl list-timers --no-legend simveil-again.timer"))
    box.run("systemctl stop simveil-again.timer; systemctl reset-failed simveil.service")

    box.run("echo 'mistake = 1' >> /etc/simveil/simveil.toml")
    box.attempt("systemctl restart simveil.service", 180)
    box.until("systemctl is-failed simveil.service", 60)
    expect("tries with a mistake", box.show("simveil.service", "NRestarts"), "0")
    log("a mistake", status=box.show("simveil.service", "ExecMainStatus"),
        text=box.run("journalctl -u simveil.service -o cat -n 6").splitlines())  # fmt: skip
    box.until("systemctl is-active simveil-again.timer", 20)
    box.run("cat /edited.toml > /etc/simveil/simveil.toml")
    box.run("systemctl start simveil-again.service")
    serving(box)
    box.run("systemctl stop simveil-again.timer")
    box.run("systemctl start simveil-retention.service", 120)
    box.run("systemctl start simveil-backup.service", 120)
    found = box.show("simveil-backup.service", "Result"), box.show(
        "simveil-backup.service", "ActiveState")  # fmt: skip
    expect("a backup without a target", found, ("exec-condition", "inactive"))
    box.run("simveil recovery new --json")
    box.run("mkdir -p /srv/backups && chown simveil /srv/backups")
    box.run("printf '[backup]\\ntarget = \"/srv/backups\"\\n' >> /etc/simveil/simveil.toml")
    box.run("systemctl start simveil-backup.service", 240)
    log("backup", files=box.run("ls /srv/backups").split())
    expect("an archive", box.attempt("ls /srv/backups/*.age")[0], 0)
    box.run("cat /edited.toml > /etc/simveil/simveil.toml")
    box.run("systemctl restart simveil.service", 180)
    serving(box)


def upgraded(box: Container, log: Log, later: str, known: list[str]) -> None:
    """A later version: edits, data and what is disabled stay; the service is a new process."""
    pid = box.show("simveil.service", "MainPID")
    box.run("systemctl disable --now simveil-retention.timer")
    started = time.monotonic()
    box.run(f"{APT} /later.deb", 600)
    log("upgraded", seconds=round(time.monotonic() - started, 1))
    serving(box)
    expect("the version", box.run("dpkg-query -W -f '${Version}' simveil"), later)
    expect("a new process", box.show("simveil.service", "MainPID") == pid, False)
    expect("the configuration", box.run("cat /etc/simveil/simveil.toml") + "\n", CONFIG)
    expect("the package's own beside it", "of the later version" in box.run(
        "cat /etc/simveil/simveil.toml.dpkg-dist"), True)  # fmt: skip
    expect("bindings", bindings(box), known)
    expect("the disabled timer", box.attempt(
        "systemctl is-enabled simveil-retention.timer")[1], "disabled")  # fmt: skip


def removed(box: Container, log: Log, known: list[str]) -> None:
    """Removal keeps data and configuration for the next installation; a purge keeps the data."""
    started = time.monotonic()
    box.run("apt-get remove -y -q simveil", 300)
    log("removed", seconds=round(time.monotonic() - started, 1))
    expect("the service", box.attempt("systemctl is-active simveil.service")[1], "inactive")
    expect("the program", box.attempt("test -e /usr/bin/simveil -o -e /opt/simveil/bin")[0], 1)
    expect("the configuration", box.run("cat /etc/simveil/simveil.toml") + "\n", CONFIG)
    box.run(f"{APT} /later.deb", 600)
    serving(box)
    expect("bindings after removal and installation", bindings(box), known)
    files = box.run("find /var/lib/simveil -name '*.db'")
    said = box.run("apt-get purge -y -q simveil", 300)
    expect("the purge says what stays", "stay in /var/lib/simveil" in said, True)
    expect("the configuration", box.attempt("test -e /etc/simveil")[0], 1)
    expect("the data", box.run("find /var/lib/simveil -name '*.db'"), files)
    expect("units left behind", box.run(
        "find /etc/systemd /usr/lib/systemd -name '*simveil*'"), "")  # fmt: skip
    expect("programs left behind", box.attempt("test -e /opt/simveil")[0], 1)


def main(folder: Path) -> None:
    """Run it; anything that is not as it should be raises."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.jsonl").unlink(missing_ok=True)
    log = Log(folder / "log.jsonl")
    packages = sorted(folder.glob("simveil_*.deb"))
    if not packages:
        subprocess.run(["sh", HOME / "image/package.sh", folder], check=True, timeout=3600)
        packages = sorted(folder.glob("simveil_*.deb"))
    package = packages[-1]
    bare(folder / "bare.tar")
    box = Container(folder / "tree")
    box.unpacked(folder / "bare.tar")
    shutil.copy(package, box.tree / "simveil.deb")
    later = repacked(package, folder)
    shutil.copy(later, box.tree / "later.deb")
    # What the package asks for is fetched beforehand: the machine itself has no network.
    shutil.copy("/etc/resolv.conf", box.tree / "etc/resolv.conf")
    subprocess.run(
        ["chroot", box.tree, "sh", "-c",
         f"apt-get -qq update && {APT} --download-only /simveil.deb"],
        check=True, timeout=900, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    log("package", version=version(package), size=package.stat().st_size)
    try:
        log("booted", seconds=box.boot(120))
        installed(box, log)
        working(box, log)
        known = bindings(box)
        watched(box, log)
        upgraded(box, log, version(later), known)
        removed(box, log, known)
        log("done")
    finally:
        box.off()
    shutil.rmtree(box.tree)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
