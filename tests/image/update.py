"""Updates in QEMU: ``python -m tests.image.update IMAGE BUNDLE KEYS FOLDER``.

A wrong signature is refused, so are another architecture and an update during a call; a good one
starts from the other slot; one whose service does not live goes back by itself. KEYS is the folder
of the keys that signed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.image.guest import RIG, Log, modems, mount, shared, story
from tests.image.machine import Machine, prepared


def main(image: Path, bundle: Path, keys: Path, folder: Path) -> None:
    """Run it; anything that is not as it should be raises."""
    shutil.rmtree(folder, ignore_errors=True)
    share = folder / "share"
    share.mkdir(parents=True)
    log = Log(folder / "log.jsonl")
    shutil.copytree(RIG, share / "rig")
    subprocess.run(["cp", bundle, share / "good.raucb"], check=True, timeout=120)
    stranger(bundle, keys, folder)
    log("a stranger's bundle is made")
    broken(bundle, keys, folder)
    log("a bundle without a living service, and one of another architecture, are made")
    disk = prepared(image, folder / "disk.img")
    machine = Machine(folder, f"file={disk},format=raw,cache=unsafe", shared(share))
    machine.on()
    try:
        up(machine, "A")
        log("slot A is good")
        status, text = machine.attempt("rauc install /run/rig/stranger.raucb", 900)
        log("a wrong signature", status=status, text=text[-300:])
        if status == 0 or "signature" not in text:
            raise ValueError("a wrong signature was not refused")
        status, text = machine.attempt("rauc install /run/rig/foreign.raucb", 900)
        log("another architecture", status=status, text=text[-300:])
        if status == 0 or "compatible" not in text.lower():
            raise ValueError("another architecture was not refused")
        modems(machine)
        for step in story(machine, "--stay"):
            log("story", **step)
        status, text = machine.attempt("rauc install /run/rig/good.raucb", 900)
        log("during a call", status=status, text=text[-400:])
        if status == 0:
            raise ValueError("an update during a call was not refused")
        machine.run("systemctl stop pump bank; systemctl restart simveil.service", 1800)
        machine.run("sed -i '/bank.line/,$d' /etc/simveil/simveil.toml")
        log("a good bundle", text=machine.run("rauc install /run/rig/good.raucb", 3600)[-300:])
        restart(machine)
        up(machine, "B")
        log("slot B is good", slots=machine.run("rauc status"))
        text = machine.run("rauc install /run/rig/broken.raucb", 3600)
        log("a bundle whose service fails", text=text[-300:])
        restart(machine)
        machine.shell_ready(1800)
        tried = machine.run("grep -o 'rauc.slot=.' /proc/cmdline").strip()
        log("tried", slot=tried)
        if tried != "rauc.slot=A":
            raise ValueError(f"{tried} was started, not A")
        machine.serial.expect("reboot: Restarting system", 1800, machine.serial_mark)
        again(machine)
        up(machine, "B")
        log("back by itself", slots=machine.run("rauc status"))
        machine.off()
    finally:
        machine.cut()
        disk.unlink()


def up(machine: Machine, slot: str) -> None:
    """Wait until the machine runs from a slot that has become good."""
    machine.shell_ready(1800)
    machine.run("export PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 TERM=dumb")
    booted = machine.run("grep -o 'rauc.slot=.' /proc/cmdline").strip()
    if booted != f"rauc.slot={slot}":
        raise ValueError(f"{booted} was started, not {slot}")
    machine.until("systemctl is-active simveil-good.service", 1800)
    mount(machine)


def restart(machine: Machine) -> None:
    """Start the machine anew."""
    machine.serial_mark = machine.serial.mark()
    machine.shell.write("systemctl reboot\n")
    machine.serial.expect("reboot: Restarting system", 900, machine.serial_mark)
    again(machine)


def again(machine: Machine) -> None:
    """Forget what was said before this start."""
    machine.serial_mark = machine.serial.mark()
    machine.shell_mark = machine.shell.mark()


def stranger(bundle: Path, keys: Path, folder: Path) -> None:
    """Sign the same system by somebody whom the box does not know."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger",
         "-keyout", folder / "stranger.key", "-out", folder / "stranger.pem"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    subprocess.run(
        ["rauc", f"--cert={folder}/stranger.pem", f"--key={folder}/stranger.key",
         f"--keyring={keys}/ca.pem", "resign", "--signing-keyring", folder / "stranger.pem", bundle,
         folder / "share/stranger.raucb"],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip


def broken(bundle: Path, keys: Path, folder: Path) -> None:
    """Make well-signed bundles: of another architecture, and with a service that ends at once."""
    out, root = folder / "extracted", folder / "root"
    subprocess.run(
        ["rauc", f"--keyring={keys}/ca.pem", "extract", bundle, out],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    subprocess.run(
        ["unsquashfs", "-q", "-n", "-d", root, out / "root.img"],
        check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    manifest = (out / "manifest.raucm").read_text()
    kept = "\n".join(
        line for line in manifest.splitlines()
        if not line.startswith(("sha256=", "size=", "verity-"))
    ) + "\n"  # fmt: skip
    (out / "manifest.raucm").write_text(kept.replace("simveil-amd64", "simveil-arm64"))
    bundled(out, keys, folder / "share/foreign.raucb")
    program = root / "opt/simveil/bin/simveil"
    program.write_text("#!/bin/sh\necho 'this version does not live' >&2\nexit 1\n")
    (out / "root.img").unlink()
    subprocess.run(
        ["mksquashfs", root, out / "root.img", "-quiet", "-no-progress", "-no-xattrs",
         "-comp", "lzo", "-Xalgorithm", "lzo1x_1"],
        check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    shutil.rmtree(root)
    subprocess.run(["truncate", "-s", "%1M", out / "root.img"], check=True, timeout=30)
    (out / "manifest.raucm").write_text(kept)
    bundled(out, keys, folder / "share/broken.raucb")
    shutil.rmtree(out)


def bundled(folder: Path, keys: Path, bundle: Path) -> None:
    """Sign a bundle by the keys that the box trusts."""
    subprocess.run(
        ["rauc", f"--cert={keys}/cert.pem", f"--key={keys}/key.pem", f"--keyring={keys}/ca.pem",
         "bundle", folder, bundle],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:5]))
