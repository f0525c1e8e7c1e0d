"""Where backups go: a folder, a server that takes PUT, a server with ssh and rsync."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

import urllib3

from appliance.config_care import BackupSection
from appliance.errors import BadInput, SimveilError
from appliance.store.snapshots import sync

_SECONDS: Final = 3600.0
_SHORT: Final = 30.0
_SUMMARIES: Final = ("rsync error:", "rsync: connection unexpectedly closed")


class Target(Protocol):
    """A place for archives and for the mark of the generation."""

    def put(self, file: Path, name: str) -> None:
        """Copy a file there. Raises SimveilError."""

    def read(self, name: str) -> bytes | None:
        """Return a small file, None when it is not there. Raises SimveilError."""

    def tidy(self, pattern: str, keep: int) -> int:
        """Remove all but the last ``keep`` archives; return how many went."""


def open_target(settings: BackupSection) -> Target:
    """Return the target of a configuration. Raises BadInput without one."""
    if settings.target is None:
        raise BadInput("[backup] names no target")
    if settings.target.startswith("/"):
        return FolderTarget(Path(settings.target))
    if settings.target.startswith("ssh:"):
        return SshTarget(settings.target, settings.identity)
    return HttpTarget(settings)


class FolderTarget:
    """A folder, such as a mounted stick."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: Path, name: str) -> None:
        """Copy a file there. Raises SimveilError."""
        half = self._folder / f"{name}.part"
        try:
            if not self._folder.is_dir():
                raise SimveilError(f"there is no folder {self._folder}: is the stick plugged in?")
            shutil.copyfile(file, half)
            sync(half)
            half.replace(self._folder / name)
            sync(self._folder)
        except OSError as error:
            raise SimveilError(f"{self._folder} cannot be written: {error.strerror}") from error

    def read(self, name: str) -> bytes | None:
        """Return a small file, None when it is not there. Raises SimveilError."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SimveilError(f"{self._folder} cannot be read: {error.strerror}") from error

    def tidy(self, pattern: str, keep: int) -> int:
        """Remove all but the last ``keep`` archives; return how many went."""
        old = sorted(self._folder.glob(pattern), key=lambda path: path.name)[:-keep]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


class HttpTarget:
    """A server that takes PUT and gives GET."""

    def __init__(self, settings: BackupSection) -> None:
        self._base = str(settings.target).rstrip("/")
        self._headers = {}
        if settings.token is not None:
            self._headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
        ca = None if settings.ca_file is None else str(settings.ca_file)
        self._pool = urllib3.PoolManager(ca_certs=ca, retries=False)

    def put(self, file: Path, name: str) -> None:
        """Copy a file there. Raises SimveilError."""
        headers = {
            **self._headers,
            "Content-Length": str(file.stat().st_size),
            "Content-Type": "application/octet-stream",
        }
        with file.open("rb") as body:
            answer = self._ask("PUT", name, headers, _SECONDS, body)
        if answer.status >= 300:
            raise SimveilError(f"{self._base} answered {answer.status} to the PUT of {name}")

    def read(self, name: str) -> bytes | None:
        """Return a small file, None when it is not there. Raises SimveilError."""
        answer = self._ask("GET", name, self._headers, _SHORT)
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise SimveilError(f"{self._base} answered {answer.status} to the GET of {name}")
        return answer.data

    def tidy(self, pattern: str, keep: int) -> int:  # noqa: ARG002
        """Leave it to the server."""
        return 0

    def _ask(
        self, method: str, name: str, headers: dict[str, str], timeout: float, body: object = None
    ) -> urllib3.BaseHTTPResponse:
        limits = urllib3.Timeout(connect=_SHORT, read=timeout)
        url = f"{self._base}/{quote(name)}"
        try:
            return self._pool.request(
                method,
                url,
                headers=headers,
                body=body,  # type: ignore[arg-type]
                timeout=limits,
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SimveilError(f"{self._base} cannot be reached: {error}") from error


class SshTarget:
    """A folder on a server, by the programs rsync and ssh.

    Args:
        target: ``ssh://user@host:port/folder``; the folder must be there.
        identity: Private key. A file ``known_hosts`` beside it counts beside those of ssh itself:
            the key of the host must be known.
    """

    def __init__(self, target: str, identity: Path | None) -> None:
        url = urlsplit(target)
        user = f"{url.username}@" if url.username else ""
        host = str(url.hostname)
        self._place = f"{user}{f'[{host}]' if ':' in host else host}:{url.path or '.'}"
        shell = ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
        shell += ["-o", f"ConnectTimeout={int(_SHORT)}", "-p", str(url.port or 22)]
        if identity is not None:
            known = f"~/.ssh/known_hosts {identity.with_name('known_hosts')}"
            shell += ["-i", str(identity), "-o", f"UserKnownHostsFile={known}"]
        self._shell = shlex.join(shell)

    def put(self, file: Path, name: str) -> None:
        """Copy a file there. Raises SimveilError."""
        self._run(["rsync", "--timeout=60", "-e", self._shell, str(file), self._at(name)], _SECONDS)

    def read(self, name: str) -> bytes | None:
        """Return a small file, None when it is not there. Raises SimveilError."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            command = ["rsync", "--timeout=30", "-e", self._shell, self._at(name), str(copy)]
            if self._run(command, _SHORT * 2, missing_is_fine=True):
                return copy.read_bytes()
        return None

    def tidy(self, pattern: str, keep: int) -> int:  # noqa: ARG002
        """Leave it to the server."""
        return 0

    def _at(self, name: str) -> str:
        return f"{self._place.rstrip('/')}/{name}"

    def _run(self, command: list[str], timeout: float, *, missing_is_fine: bool = False) -> bool:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SimveilError(f"{command[0]} to {self._place} failed: {error}") from error
        # 23: a partial transfer, here that the one file is not there.
        if missing_is_fine and done.returncode == 23 and re.search("No such file", done.stderr):
            return False
        if done.returncode != 0:
            reason = _reason(done.stderr) or f"exit {done.returncode}"
            raise SimveilError(f"{command[0]} to {self._place} failed: {reason}")
        return True


def _reason(said: str) -> str:
    """Return what went wrong, without the lines in which rsync says only that something did."""
    lines = [line.strip() for line in said.splitlines()]
    telling = [line for line in lines if line and not line.startswith(_SUMMARIES)]
    return " ".join(telling[-2:])
