"""What is counted across requests: failures, nonces, rates.

Each guard's lock covers its own table only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from drivers.clock import Clock

# Entries that a guard keeps; the oldest go first, so that memory stays bounded under attack.
_MOST_KEYS = 10_000
_MOST_NONCES = 200_000


class Lockout:
    """Refuses an address that failed too often with one key.

    Args:
        failures: How many within ``window`` seconds lock.
        window: Seconds.
        seconds: How long the lock lasts.
    """

    def __init__(self, clock: Clock, *, failures: int, window: float, seconds: float) -> None:
        self._clock = clock
        self._failures = failures
        self._window = window
        self._seconds = seconds
        self._lock = threading.Lock()
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def locked(self, address: str, key: str) -> bool:
        """Whether this address may not use this key now."""
        with self._lock:
            until = self._until.get((address, key))
            if until is None:
                return False
            if self._clock.monotonic() < until:
                return True
            del self._until[address, key]
            return False

    def failed(self, address: str, key: str) -> None:
        """Count a failed authentication."""
        now = self._clock.monotonic()
        with self._lock:
            times = self._times.setdefault((address, key), deque(maxlen=self._failures))
            self._times.move_to_end((address, key))
            times.append(now)
            if len(times) == self._failures and now - times[0] <= self._window:
                self._until[address, key] = now + self._seconds
                del self._times[address, key]
            for table in (self._times, self._until):
                while len(table) > _MOST_KEYS:
                    table.popitem(last=False)


class Nonces:
    """Remembers what was signed, so that a captured request is not accepted twice.

    Args:
        seconds: How long a nonce is remembered at least, unless more than 200,000 others follow.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._turned = clock.monotonic()

    def __contains__(self, words: object) -> bool:
        sign = hash(words)
        with self._lock:
            return sign in self._young or sign in self._old

    def fresh(self, *words: str) -> bool:
        """Note these words; return whether they are new."""
        # A 64-bit keyed hash: two of 400,000 collide once in a hundred million windows.
        sign = hash(words)
        now = self._clock.monotonic()
        with self._lock:
            if now - self._turned > self._seconds or len(self._young) >= _MOST_NONCES:
                idle = now - self._turned > 2 * self._seconds
                self._old = set() if idle else self._young
                self._young = set()
                self._turned = now
            if sign in self._young or sign in self._old:
                return False
            self._young.add(sign)
            return True


class FlowControl:
    """A token bucket per application, one second deep.

    Args:
        rate: Requests per second; 0 lets everything pass.
    """

    def __init__(self, clock: Clock, rate: float) -> None:
        self._clock = clock
        self._rate = rate
        self._lock = threading.Lock()
        self._buckets: dict[int, tuple[float, float]] = {}

    def allows(self, app_id: int, own_rate: object = None) -> bool:
        """Take a token; return whether there was one.

        Args:
            own_rate: The application's own, requests per second, where it is a number from 0.
        """
        rate = self._rate
        if isinstance(own_rate, int | float) and not isinstance(own_rate, bool) and own_rate >= 0:
            rate = float(own_rate)
        if not rate:
            return True
        now = self._clock.monotonic()
        deep = max(1.0, rate)
        with self._lock:
            tokens, since = self._buckets.get(app_id, (deep, now))
            tokens = min(deep, tokens + (now - since) * rate)
            passes = tokens >= 1
            self._buckets[app_id] = (tokens - 1 if passes else tokens, now)
            return passes
