"""The header pairs, against values worked out by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from appliance.exchange.signing import push_headers

AT = datetime(2026, 3, 1, 8, 0, 0, 999, tzinfo=UTC)


def test_wsse_is_the_hash_of_nonce_created_and_secret() -> None:
    headers = push_headers("wsse", "key", "secret", AT, nonce="abc")
    # printf 'abc2026-03-01T08:00:00Zsecret' | openssl dgst -sha256 -binary | base64
    assert headers == {
        "Authorization": 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"',
        "X-WSSE": 'UsernameToken Username="key",'
        'PasswordDigest="aNzCu0B8AcpizpMix1QHxBwgdpXE5YpWpf/H5Epv+Uo=",'
        'Nonce="abc",Created="2026-03-01T08:00:00Z"',
    }


def test_aksk_is_the_mac_of_nonce_and_created() -> None:
    headers = push_headers("aksk", "key", "secret", AT, nonce="abc")
    # printf 'abc2026-03-01T08:00:00Z' | openssl dgst -sha256 -hmac secret -binary | base64
    assert headers == {
        "Authorization": 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
        "X-AKSK": 'UsernameToken Username="key",'
        'PasswordDigest="7f2QpZ3N1+AfHVpgCvWO0ZzwvLrjbjRdnmQYa8Sl+es=",'
        'Nonce="abc",Created="2026-03-01T08:00:00Z"',
    }


def test_nonces_are_fresh_letters_and_digits() -> None:
    found = {
        re.search(r'Nonce="([0-9a-f]{32})"', push_headers("aksk", "k", "s", AT)["X-AKSK"])[1]
        for _ in range(100)
    }
    assert len(found) == 100


def test_another_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="'md5'"):
        push_headers("md5", "key", "secret", AT)
