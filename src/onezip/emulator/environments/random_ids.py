"""Random identifiers, many from one read of the system's source: each read is a system call."""

from __future__ import annotations

import os

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_PIECE = 4096
"""Bytes of a read."""


class Random:
    """Random hex digits. No two are given out twice; they are no secrets."""

    __slots__ = ("_at", "_digits")

    def __init__(self) -> None:
        self._digits = ""
        self._at = 0

    def digits(self, count: int) -> str:
        """So many digits, at most 4096."""
        at = self._at
        if at + count > len(self._digits):
            self._digits = os.urandom(_PIECE).hex()
            at = 0
        self._at = at + count
        return self._digits[at : at + count]

    def uuid(self) -> str:
        """A random UUID (RFC 9562, version 4)."""
        return uuid(self.digits(31))


def uuid(digits: str) -> str:
    """The UUID (version 4) of 31 random digits."""
    variant = _VARIANTS[digits[15]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{variant}{digits[16:19]}-{digits[19:31]}"
