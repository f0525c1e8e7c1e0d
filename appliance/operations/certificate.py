"""The certificate that the box makes for itself when its owner gave none."""

from __future__ import annotations

import subprocess
from pathlib import Path

from appliance.errors import SimveilError

_DAYS = 3650
_SECONDS = 30.0


def own_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Return certificate and key (PEM) in ``folder``; made once, kept afterwards.

    Args:
        folder: Created with mode 0700.
        name: Common name and DNS name.

    Raises:
        SimveilError: The ``openssl`` program is missing or failed.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if certificate.exists() and key.exists():
        return certificate, key
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh_certificate, fresh_key = folder / "certificate.new", folder / "key.new"
    request = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = [
        "-nodes",
        "-days",
        str(_DAYS),
        "-keyout",
        str(fresh_key),
        "-out",
        str(fresh_certificate),
    ]
    try:
        subprocess.run(
            [*command, *files, *request], check=True, capture_output=True, timeout=_SECONDS
        )
        fresh_key.chmod(0o600)
        fresh_key.replace(key)
        fresh_certificate.replace(certificate)
    except FileNotFoundError as error:
        raise SimveilError("the program openssl is missing; install it, or set api.tls") from error
    except (subprocess.SubprocessError, OSError) as error:
        raise SimveilError(f"could not make a certificate: {error}") from error
    return certificate, key
