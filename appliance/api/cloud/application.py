"""The mirrored interface as a Bottle application: path, authentication, mode, operation."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import bottle

from appliance.api.cloud import explain, recording, results, wire
from appliance.api.cloud.auth import Authenticator
from appliance.api.cloud.interfaces import INTERFACES, Interface
from appliance.api.cloud.request import Answer, Cloud, CloudRequest, StopsCalls
from appliance.api.cloud.results import CloudError
from appliance.api.counters import Requests
from appliance.api.refusals import Refusal, Refusals
from appliance.config import Settings
from appliance.errors import BadInput, Refused, StoreBusy, StoreFailed
from appliance.model.records import Application, Mode
from appliance.operations.voices import Voices
from appliance.store import Store
from drivers.clock import Clock

_log = logging.getLogger(__name__)

_HOST = re.compile(r"[A-Za-z0-9._-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def cloud_app(
    store: Store,
    exchange: StopsCalls,
    clock: Clock,
    settings: Settings,
    *,
    voices: Voices | None = None,
    requests: Requests | None = None,
    refusals: Refusals | None = None,
) -> bottle.Bottle:
    """Return the mirrored interface as a WSGI application.

    Args:
        store: Applications, numbers, bindings, calls.
        exchange: Stops calls.
        clock: Time of day.
        settings: ``api`` and ``box``.
        voices: Approved voice files; those under ``box.data`` when None.
        requests: Counts answers for the metrics.
        refusals: Keeps why requests were refused, for the operator.
    """
    cloud = Cloud(store, exchange, clock, settings, voices or Voices(settings.box.voices))
    authenticator = Authenticator(store.applications, clock, settings.api)
    gate = _Gate(cloud, authenticator, requests, refusals or Refusals())
    app = bottle.Bottle()
    app.config["catchall"] = False
    app.default_error_handler = _plain_error
    by_path: dict[str, dict[str, Interface]] = defaultdict(dict)
    for interface in INTERFACES:
        by_path[interface.path][interface.method] = interface
    for path, interfaces in by_path.items():
        app.route(path, method="ANY", callback=gate.answerer(interfaces))
    app.route(recording.PATH, method=["GET", "HEAD"], callback=gate.download)
    return app


class _Gate:
    def __init__(
        self,
        cloud: Cloud,
        authenticator: Authenticator,
        requests: Requests | None,
        refusals: Refusals,
    ) -> None:
        self._refusals = refusals
        self._cloud = cloud
        self._authenticator = authenticator
        self._requests = requests

    def answerer(self, interfaces: Mapping[str, Interface]) -> Any:
        """Return what answers every method of one path."""

        def answer() -> bottle.HTTPResponse:
            environ = bottle.request.environ
            interface = interfaces.get(environ["REQUEST_METHOD"])
            mode = next(iter(interfaces.values())).mode
            code = results.SUCCESS.code
            try:
                answer = self._answer(interface, mode, environ)
            except Exception as error:  # noqa: BLE001 - the client gets its answer
                failure = _failure(error, mode)
                self._note(failure, environ)
                code = failure.result.code
                response = _response(failure.result.status, wire.error(failure))
            else:
                response = _response(answer.status, wire.dump(answer.body), answer.headers)
            if self._requests is not None:
                self._requests.count(interface.operation if interface else "none", code)
            return response

        return answer

    def _answer(
        self,
        interface: Interface | None,
        mode: Mode | None,
        environ: dict[str, Any],
    ) -> Answer:
        address = environ.get("REMOTE_ADDR", "")
        app = self._asker(interface, environ, address)
        if mode is not None and app.mode is not mode:
            raise CloudError(results.MODE_WRONG)
        if interface is None:
            raise CloudError(results.METHOD_WRONG)
        request = CloudRequest(
            cloud=self._cloud,
            app=app,
            query=environ.get("QUERY_STRING", ""),
            body=environ["wsgi.input"].read(),
            oversize=environ.get("simveil.oversize", False),
            base=_base(environ),
        )
        return interface.handler(request)

    def _asker(
        self, interface: Interface | None, environ: Mapping[str, Any], address: str
    ) -> Application:
        """Return who asks: who signed the headers, or whose token is in the address."""
        headers = _headers(environ)
        if interface is not None and interface.by_token and not any(headers.values()):
            query = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=64)
            key, token = query.get("app_key"), query.get("access_token")
            if key and token:
                return self._authenticator.by_token(key[0], token[0], address)
        return self._authenticator.authenticate(headers, address)

    def _note(self, failure: CloudError, environ: Mapping[str, Any]) -> None:
        """Keep why a request was refused; nothing of it may keep the answer from its client."""
        cloud, address, now = self._cloud, environ.get("REMOTE_ADDR", ""), self._cloud.clock.now()
        try:
            key, app, words = explain.why(
                failure,
                _headers(environ),
                address,
                cloud.store.applications,
                cloud.settings.api,
                now,
            )
        except Exception:  # noqa: BLE001 - the client gets its answer
            _log.exception("a refusal could not be explained")
            return
        self._refusals.note(
            Refusal(
                at=now,
                address=address,
                method=environ["REQUEST_METHOD"],
                path=environ.get("PATH_INFO", "")[:256],
                app_key=key,
                app=None if app is None else app.name,
                status=failure.result.status,
                code=failure.result.code,
                text=failure.text,
                why=words,
            )
        )

    def download(self, key: str, name: str) -> bottle.HTTPResponse:
        """Answer the address of a recording."""
        query = parse_qs(bottle.request.environ.get("QUERY_STRING", ""))
        expires, proof = query.get("expires", [""])[0], query.get("proof", [""])[0]
        file = recording.download(self._cloud, key, name, expires, proof)
        if file is None:
            return _plain_error(bottle.HTTPError(404))
        return bottle.static_file(
            file.name, root=str(file.parent), mimetype="audio/x-wav", download=file.name
        )


def _failure(error: Exception, mode: Mode | None) -> CloudError:
    """Return the row that an error of ours is answered with; log what nobody expected."""
    if isinstance(error, CloudError):
        return error
    if isinstance(error, Refused):
        row = results.of_refusal(error.reason, mode)
        if row is not None:
            return row
    if isinstance(error, BadInput):
        return CloudError(results.INVALID_REQUEST, results.BAD_INPUT.get(str(error), ""))
    if isinstance(error, StoreBusy | TimeoutError):
        _log.error("no answer in time: %s", error)
        return CloudError(results.RESPONSE_TIMEOUT)
    if isinstance(error, StoreFailed):
        _log.error("not written: %s", error)
        return CloudError(results.INTERNAL)
    _log.error("a request failed", exc_info=error)
    return CloudError(results.INTERNAL)


def _response(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> bottle.HTTPResponse:
    return bottle.HTTPResponse(
        body=body, status=status, headers={"Content-Type": wire.CONTENT_TYPE, **(headers or {})}
    )


def _plain_error(error: bottle.HTTPError) -> bottle.HTTPResponse:
    return bottle.HTTPResponse(
        body=f"{error.status_line}\n".encode(),
        status=error.status_code,
        headers={"Content-Type": "text/plain; charset=utf-8"},
    )


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")
        for name in ("authorization", "x-aksk", "x-wsse")
    }


def _base(environ: Mapping[str, Any]) -> str:
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        host = f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '')}"
    return f"{environ['wsgi.url_scheme']}://{host}"
