"""A certificate of the box's own: clients of the cloud do not check whose it is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from appliance.api.server import TlsFiles
from appliance.errors import BadInput

_DAYS = 3650
_SECONDS = 60


def ensure(folder: Path, name: str) -> TlsFiles:
    """Return the certificate in ``folder``, made on first use with the openssl program.

    Args:
        folder: Made when missing, for its owner only.
        name: The box's name, which becomes the common name.

    Raises:
        BadInput: There is no openssl, or it failed.
    """
    files = TlsFiles(folder / "certificate.pem", folder / "key.pem")
    if files.certificate.is_file() and files.key.is_file():
        return files
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    common = re.sub(r"[^A-Za-z0-9._-]", "-", name)[:64]
    half = folder / "certificate.part"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", str(_DAYS)]
    command += ["-subj", f"/CN={common}", "-addext", f"subjectAltName=DNS:{common},IP:127.0.0.1"]
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
    os.replace(half, files.certificate)  # noqa: PTH105 - last, so that a half-made pair is made anew
    return files
