"""The image's first boot in QEMU: ``python -m tests.image.boot IMAGE FOLDER``.

Set up by simveil.txt, answered by status.txt, looked over, and then a call and a text through two
modems on the kernel's own drivers. FOLDER keeps the transcripts of both serial ports.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

from tests.image.guest import RIG, Log, modems, mount, shared, story
from tests.image.machine import Machine, prepared, put_boot_file

SETUP = """\
\ufeff# edited on somebody's desktop\r
name = Shop-1 \r
timezone = "Asia/Shanghai"\u00a0\r
time.servers = 10.0.2.2\r
wireguard.address = 10.9.0.2/32\r
wireguard.peer = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r
wireguard.endpoint = 10.0.2.2:51820\r
wireguard.allowed = 10.9.0.0/24\r
app.name = shop\r
app.mode = axb\r
app.sms-url = http://10.0.2.2/sms\r
"""
IN_TIME = 120.0
"""Seconds from power to status.txt; of QEMU's processor time, where others use the machine too."""
PORTS = Path(__file__).parents[2] / "image/ports.txt"
ALWAYS = {"tcp/8443", "udp/5353", "udp/68", "udp/51820"}
SETUID = Path(__file__).parents[2] / "image/setuid.txt"


def main(image: Path, folder: Path) -> None:
    """Run it; anything that is not as it should be raises."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = Log(folder / "log.jsonl")
    shutil.copytree(RIG, folder / "share/rig")
    disk = prepared(image, folder / "disk.img")
    put_boot_file(disk, "simveil.txt", SETUP.encode())
    problems: list[str] = []
    machine = Machine(folder, f"file={disk},format=raw,cache=unsafe", shared(folder / "share"))
    machine.on()
    try:
        machine.shell_ready(300)
        log("shell", seconds=since(machine))
        machine.until("test -s /boot/efi/status.txt", 600)
        told = machine.processor()
        log("status", seconds=since(machine), processor=told)
        if min(told, since(machine)) > IN_TIME:
            problems.append(f"status.txt took {told} s of the processor's time")
        machine.until("systemctl is-active simveil.service", 600)
        log("service", seconds=since(machine), processor=machine.processor())
        for check in (named, ports, files, accounts, units):
            try:
                check(machine, log)
            except ValueError as error:
                log("problem", of=check.__name__, error=str(error))
                problems.append(str(error))
        mount(machine)
        for check in (answers_to_its_name, light):
            try:
                check(machine, log)
            except ValueError as error:
                log("problem", of=check.__name__, error=str(error))
                problems.append(str(error))
        modems(machine)
        log("modems", seconds=since(machine))
        try:
            for step in story(machine):
                log("story", **step)
        except ValueError as error:
            log("problem", of="story", error=str(error), journal=machine.run(
                "journalctl -b --no-pager -o short-monotonic -u simveil -u pump -u bank | tail -60"
            ))  # fmt: skip
            problems.append(str(error))
        machine.until("systemctl is-active simveil-good.service", 300)
        log("good", seconds=since(machine), slots=machine.run("rauc status"))
        machine.run("systemctl start simveil-report.service")
        log("status", text=machine.run("cat /boot/efi/status.txt"))
        started = time.monotonic()
        machine.off()
        log("off", seconds=round(time.monotonic() - started, 1))
    finally:
        machine.cut()
        disk.unlink()
    if problems:
        raise SystemExit("\n".join(problems))


def named(machine: Machine, log: Log) -> None:
    """Check what simveil.txt asked for."""
    machine.run("export PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 COLUMNS=160 TERM=dumb")
    status = machine.run("cat /boot/efi/status.txt")
    log("status", text=status)
    expect(status, r"shop-1", r"https://shop-1\.local:8443", r"WireGuard public key")
    expect(machine.run("hostname"), "shop-1")
    told = machine.run("networkctl status wg-simveil --no-pager; date +%z; cat /etc/simveil/*.toml")
    expect(told, "wireguard", r"\+0800", "shop-1")


def ports(machine: Machine, log: Log) -> None:
    """Check that nothing listens but what is documented."""
    machine.until("ss -Hlnt | grep -q :8443", 120)
    text = machine.run("ss -Hlntup")
    found = listening(text)
    log("ports", ports=sorted(found))
    allowed = {line.split()[0] for line in PORTS.read_text().splitlines() if line[:1].isalpha()}
    # This one has no operator's key, and its network gives no IPv6 address by DHCP.
    if not ALWAYS <= found <= allowed:
        raise ValueError(f"{sorted(found)} instead of what is documented: {text}")


def files(machine: Machine, log: Log) -> None:
    """Check the setuid files, the read-only root and the grown data partition."""
    found = machine.run("find / -xdev -type f -perm /6000").split()
    log("setuid", files=found)
    if set(found) != set(SETUID.read_text().split()):
        raise ValueError(f"setuid files {found}")
    if machine.attempt("touch /usr/x || touch /etc/x")[0] == 0:
        raise ValueError("the root can be written to")
    size = int(machine.run("df --output=size -m /data | tail -1"))
    log("data", megabytes=size)
    if size < 400:
        raise ValueError("the data partition did not grow")


def answers_to_its_name(machine: Machine, log: Log) -> None:
    """Ask for NAME.local from another machine on a wire of its own."""
    machine.run(
        "modprobe veth && ip netns add peer && "
        "ip link add wire type veth peer name far netns peer && "
        "ip -n peer addr add 10.77.0.2/24 dev far && ip -n peer link set far up && "
        "ip -n peer route add 224.0.0.0/4 dev far && "
        "ip link set wire up"
    )
    # Whoever manages the link takes addresses away that were there before it did.
    machine.until("networkctl --no-pager list wire | grep -q -e configuring -e degraded", 120)
    machine.until("ip addr show wire | grep -q fe80 && ip addr add 10.77.0.1/24 dev wire", 120)
    told = machine.attempt("ip netns exec peer python3 /run/rig/rig/ask_name.py shop-1.local", 180)
    machine.run("ip netns del peer")
    log("name", address=told[1].strip())
    if told != (0, "10.77.0.1\n"):
        raise ValueError(f"shop-1.local is answered by {told}")


def light(machine: Machine, log: Log) -> None:
    """See the light of a box that is not well blink: the keyboard's, in a board's place."""
    machine.run(
        "mkdir -p /run/leds && ln -s $(readlink -f /sys/class/leds/*::capslock) /run/leds/simveil "
        "&& mount --bind /run/leds /sys/class/leds && systemctl start simveil-report.service; "
        "umount /sys/class/leds",
        180,
    )
    found = machine.run("cd /run/leds/simveil && cat trigger delay_on delay_off")
    log("light", trigger=found)
    if "[timer]" not in found or not found.endswith("200\n200\n"):
        raise ValueError(f"the light does not blink: {found}")


def accounts(machine: Machine, log: Log) -> None:
    """Check that nobody has a password."""
    found = machine.run("awk -F: '$2 !~ /^[!*]/ {print $1}' /etc/shadow").split()
    log("accounts with a password", found=found)
    if found:
        raise ValueError(f"accounts that have a password: {found}")


def units(machine: Machine, log: Log) -> None:
    """Check that no unit failed."""
    failed = machine.run("systemctl --failed --no-legend --plain")
    log("slowest", blame=machine.run("systemd-analyze blame --no-pager | head -12").splitlines())
    if failed.strip():
        raise ValueError(f"units failed: {failed}")


def listening(text: str) -> set[str]:
    """Return protocol and port of whatever listens beyond the loopback, from ``ss -Hlntu``."""
    ports = set()
    for line in text.splitlines():
        words = line.split()
        address, _, port = words[4].rpartition(":")
        if not re.match(r"127\.|\[::1\]", address):
            ports.add(f"{words[0]}/{port}")
    return ports


def expect(text: str, *patterns: str) -> None:
    """Raise ValueError unless every pattern is there."""
    for pattern in patterns:
        if not re.search(pattern, text):
            raise ValueError(f"{pattern!r} is not in {text!r}")


def since(machine: Machine) -> float:
    """Return the seconds since the machine was switched on."""
    return round(time.monotonic() - machine.started, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
