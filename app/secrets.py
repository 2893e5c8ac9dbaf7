"""Encrypts what must not be readable at rest, each bound to its connection, and makes keys for other purposes."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import ConfigError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"


def new_key() -> str:
    """A fresh key in the form the settings want it: 32 bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class Secrets:
    """AES-256-GCM. The first key seals; all of them open, so that a key can be replaced without a pause."""

    _keys: tuple[AESGCM, ...] = field(repr=False)

    def seal(self, plain: bytes, *, bound_to: str) -> bytes:
        """Opens only again under the same `bound_to`: sealed bytes moved to another row are refused."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._keys[0].encrypt(nonce, plain, bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """Raises ConfigError when no key fits, or the bytes were changed or belong elsewhere."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        for key in self._keys if sealed[:1] == _VERSION else ():
            try:
                return key.decrypt(nonce, body, bound_to.encode())
            except InvalidTag:
                continue
        raise ConfigError(
            f"the stored secrets of {bound_to!r} do not open with this secret key: set the one they were stored with, "
            "or apply the connection again"
        )


def secrets_from(keys: str) -> Secrets:
    """From settings: one key, or several by commas, the newest first. Raises ConfigError, never quoting one."""
    return Secrets(tuple(AESGCM(key) for key in _all(keys)))


def derived_keys(keys: str, purpose: str) -> tuple[bytes, ...]:
    """From each secret key one of 32 bytes for `purpose` alone, in their order. Raises ConfigError, never quoting one.

    A key that is uniformly random already needs no more than one HMAC of the purpose (RFC 5869, section 3.3).
    """
    return tuple(hmac.digest(key, purpose.encode(), "sha256") for key in _all(keys))


def _all(keys: str) -> list[bytes]:
    decoded = [_decoded(part.strip()) for part in keys.split(",") if part.strip()]
    if not decoded:
        raise ConfigError("no secret key is set: make one with `ats-sync secret-key`")
    return decoded


def _decoded(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigError("the secret key must be 32 bytes in URL-safe base64")
    return key
