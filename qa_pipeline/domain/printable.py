"""Names of files as text that can be shown, stored and sent anywhere."""

from __future__ import annotations

import unicodedata

# Besides control characters: bidirectional overrides, which can make a name read as another one.
_UNSHOWABLE = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def printable(name: str) -> str:
    r"""`name` with everything that cannot be shown as a backslash escape.

    Bytes that are no text (surrogate escapes of the file system) become ``\xNN``; line breaks,
    other controls and writing-direction overrides become ``\xNN`` or ``\uNNNN``. Letters of any
    script and emoji stay.

    Example:
        >>> printable("caf\udce9.wav")
        'caf\\xe9.wav'
    """
    if name.isascii() and name.isprintable():
        return name
    return "".join(_shown(character) for character in name)


def _shown(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # one undecodable byte, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) in _UNSHOWABLE or character in _BIDIRECTIONAL:
        if code <= 0xFF:
            return f"\\x{code:02x}"
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character
