"""A certificate of the box's own: clients of the cloud do not check whose it is."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from appliance.api.server import TlsFiles
from appliance.errors import BadInput

_DAYS = 3650
_SECONDS = 60


def ensure(folder: Path, name: str, names: Sequence[str] = ()) -> TlsFiles:
    """Return the certificate in ``folder``, made on first use with the openssl program.

    It is made anew when other ``names`` are wanted than it was made for.

    Args:
        folder: Made when missing, for its owner only.
        name: The box's name, which becomes the common name.
        names: Host names and addresses that it is good for, beside the box's own.

    Raises:
        BadInput: There is no openssl, or it failed.
    """
    files = TlsFiles(folder / "certificate.pem", folder / "key.pem")
    made_for = folder / "names"
    wanted = "\n".join(names)
    if files.certificate.is_file() and files.key.is_file() and _text(made_for) == wanted:
        return files
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    common = re.sub(r"[^A-Za-z0-9._-]", "-", name)[:64]
    half = folder / "certificate.part"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", str(_DAYS)]
    good_for = ",".join([f"DNS:{common}", "IP:127.0.0.1", *(_alternative(one) for one in names)])
    command += ["-subj", f"/CN={common}", "-addext", f"subjectAltName={good_for}"]
    command += ["-keyout", str(files.key), "-out", str(half)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInput(f"no certificate could be made: {error}; set api.tls") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise BadInput(f"openssl made no certificate: {''.join(reason)}; set api.tls")
    files.key.chmod(0o600)
    os.replace(half, files.certificate)  # noqa: PTH105
    made_for.write_text(wanted, encoding="ascii")  # last: a half-made pair is made anew
    return files


def _alternative(name: str) -> str:
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
