"""Whether a file is all there: what its header promises against what it holds."""

from __future__ import annotations

from typing import Any, BinaryIO

_HEAD = 1 << 16
# Containers whose header or index tells a length that FFmpeg hands on as it stands.
_TELLS_LENGTH = {"flac", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "w64", "au", "wav"}
_PLACEHOLDER_BYTES = 2**31 - 2**16  # recorders that stream write 0x7fff.... or 0xffff.... here
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def early_end(container: Any, stream: Any, heard_s: float, file: BinaryIO) -> str | None:
    """A note on how much of the file is missing, or None if it is complete or cannot be known.

    Args:
        container: the open PyAV container.
        stream: its audio stream.
        heard_s: seconds decoded.
        file: the file itself; its position is moved.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEAD)
    name = container.format.name
    promised_s = _wav_s(head, size, heard_s) if name == "wav" else None
    if promised_s is None:
        promised_s = _header_s(name, container, stream, head)
    if promised_s is not None and promised_s - heard_s > max(0.5, 0.002 * promised_s):
        return f"the file ends early: {heard_s:.1f} s of {promised_s:.1f} s could be read"
    cut = (name == "ogg" and not _ogg_complete(file, size)) or (
        name == "asf" and _asf_bytes(head) > size
    )
    return f"the file ends early: {heard_s:.1f} s of audio could be read" if cut else None


def _wav_s(head: bytes, size: int, heard_s: float) -> float | None:
    """The length by the data chunk's claim, where the file holds less of it."""
    offset, claimed = wav_data(head) or (0, 0)
    there = size - offset
    if claimed >= _PLACEHOLDER_BYTES or not 0 < there < claimed:
        return None
    return heard_s * claimed / there


def _header_s(name: str, container: Any, stream: Any, head: bytes) -> float | None:
    """The length that the header tells, in seconds; None where there is none to trust."""
    if name == "mp3":  # without one of these the length is estimated from the bit rate
        if not any(tag in head for tag in (b"Xing", b"Info", b"VBRI")):
            return None
    elif name not in _TELLS_LENGTH:
        return None
    if stream.duration:
        promised_s = float(stream.duration * stream.time_base)
    elif container.duration:
        promised_s = container.duration / 1_000_000
    else:
        return None
    claimed_bytes = promised_s * (stream.codec_context.bit_rate or 0) / 8
    return None if claimed_bytes >= _PLACEHOLDER_BYTES else promised_s


def wav_data(head: bytes) -> tuple[int, int] | None:
    r"""Offset and claimed size of a WAV file's data chunk, in bytes.

    Example:
        >>> wav_data(b"RIFF\x24\0\0\0WAVEdata\x08\0\0\0")
        (20, 8)
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    at = 12
    while at + 8 <= len(head):
        size = int.from_bytes(head[at + 4 : at + 8], "little")
        if head[at : at + 4] == b"data":
            return at + 8, size
        at += 8 + size + size % 2
    return None


def wav_size_is_wrong(file: BinaryIO) -> bool:
    """Whether a WAV file's data goes on after the size its header gives.

    What legally follows the data is another chunk: four printable letters and a size that fits.
    """
    size = file.seek(0, 2)
    file.seek(0)
    offset, claimed = wav_data(file.read(_HEAD)) or (0, 0)
    end = offset + claimed + claimed % 2
    if claimed == 0 or size - end < 8:
        return False
    file.seek(end)
    following = file.read(8)
    letters = all(0x20 <= byte < 0x7F for byte in following[:4])
    return not (letters and end + 8 + int.from_bytes(following[4:], "little") <= size + 1)


def wav_format_tag(head: bytes) -> int | None:
    """The codec number of a WAV file, or None if the bytes are not of one."""
    at = head.find(b"fmt ")
    if head[:4] != b"RIFF" or at < 0 or len(head) < at + 10:
        return None
    return int.from_bytes(head[at + 8 : at + 10], "little")


def _ogg_complete(file: BinaryIO, size: int) -> bool:
    """Whether the last page of an Ogg file carries the end mark (RFC 3533, header type 0x04)."""
    file.seek(max(0, size - (1 << 17)))  # a page has at most 65,307 bytes
    tail = file.read()
    at = tail.rfind(b"OggS")
    return at >= 0 and len(tail) > at + 5 and bool(tail[at + 5] & 0x04)


def _asf_bytes(head: bytes) -> int:
    """The file size that a WMA file's properties tell, 0 if they do not."""
    at = head.find(_ASF_FILE_PROPERTIES)
    if at < 0 or len(head) < at + 48:
        return 0
    return int.from_bytes(head[at + 40 : at + 48], "little")
