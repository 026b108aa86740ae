"""Audio files from the outside: extensions, headerless formats, first bytes, content hash."""

from __future__ import annotations

import hashlib
import stat
from io import BufferedReader
from pathlib import Path

from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import AudioError, GoneError

HEAD_BYTES = 4096

# Formats without a header: the extension alone says what they are. Telephone switches write them
# at 8 kHz, mono (.sln16 and .g722 at 16 kHz). Values: FFmpeg's demuxer and its options.
_TELEPHONE = {"sample_rate": "8000", "ch_layout": "mono"}
HEADERLESS: dict[str, tuple[str, dict[str, str]]] = {
    ".gsm": ("gsm", {}),
    ".ulaw": ("mulaw", _TELEPHONE),
    ".ul": ("mulaw", _TELEPHONE),
    ".mulaw": ("mulaw", _TELEPHONE),
    ".pcmu": ("mulaw", _TELEPHONE),
    ".alaw": ("alaw", _TELEPHONE),
    ".al": ("alaw", _TELEPHONE),
    ".pcma": ("alaw", _TELEPHONE),
    ".sln": ("s16le", _TELEPHONE),
    ".sln16": ("s16le", {"sample_rate": "16000", "ch_layout": "mono"}),
    ".g722": ("g722", {}),
    ".g729": ("g729", {}),
}

# fmt: off
AUDIO_EXTENSIONS = frozenset(HEADERLESS) | {
    ".wav", ".wave", ".w64", ".rf64", ".mp3", ".mp2", ".mpga", ".m4a", ".m4b", ".aac", ".adts",
    ".mp4", ".mov", ".3gp", ".3gpp", ".3g2", ".amr", ".awb", ".webm", ".mkv", ".mka", ".ogg",
    ".oga", ".opus", ".spx", ".flac", ".wma", ".asf", ".au", ".snd", ".aif", ".aiff", ".aifc",
    ".caf", ".sph", ".nist", ".voc", ".wv", ".avi",
}
# fmt: on

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an Office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"SQLite format 3", "a database"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
)
_CONTAINER_MAGIC: tuple[tuple[int, bytes], ...] = (
    (0, b"RIFF"),
    (0, b"RIFX"),
    (0, b"RF64"),
    (0, b"OggS"),
    (0, b"fLaC"),
    (0, b"ID3"),
    (0, b"#!AMR"),
    (4, b"ftyp"),
    (0, b"\x1aE\xdf\xa3"),
    (0, b".snd"),
)


def is_audio_name(name: str) -> bool:
    """Whether the name's extension is one of a recording."""
    dot = name.rfind(".")
    return dot > 0 and name[dot:].lower() in AUDIO_EXTENSIONS


def headerless_format(name: str, head: bytes) -> tuple[str, dict[str, str]] | None:
    """FFmpeg's demuxer and options for a file without header, or None if it has one.

    The extension is not believed when the first bytes are those of a known container.
    """
    if any(head[offset:].startswith(magic) for offset, magic in _CONTAINER_MAGIC):
        return None
    return HEADERLESS.get(Path(name).suffix.lower())


def looks_like(head: bytes) -> str | None:
    """What the first bytes are, in words, if they are of something that is no audio."""
    for offset, magic, words in _SIGNATURES:
        if head[offset:].startswith(magic):
            return words
    lowered = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return "text" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """Whether the bytes are UTF-8 or UTF-16 text.

    Headerless G.711 silence is a run of one or two printable bytes, hence the demand for variety.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, errors = "utf-16", "ignore"
    else:
        encoding, errors = "utf-8-sig", "strict"
    for cut in range(4):  # the last character may be cut
        try:
            text = head[: len(head) - cut].decode(encoding, errors)
        except UnicodeDecodeError:
            continue
        shown = all(c.isprintable() or c in "\t\r\n\f" for c in text)
        return bool(text) and shown and (len(head) < 64 or len(set(text)) >= 10)
    return False


def open_recording(path: Path) -> BufferedReader:
    """Opens a recording for reading.

    Args:
        path: the file; a name with undecodable bytes may be given in `printable` form too.

    Raises:
        AudioError: it is not there, is a folder or no regular file, is empty, or may not be read.
    """
    name = printable(path.name)
    try:
        path = _existing(path)
        mode = path.stat()
        if stat.S_ISDIR(mode.st_mode):
            raise AudioError(f"{name} is a folder, not a recording.", "Give the files inside it.")
        if not stat.S_ISREG(mode.st_mode):
            raise AudioError(
                f"{name} is not a regular file (a pipe or a device).", "Copy it into a file first."
            )
        if mode.st_size == 0:
            raise AudioError(
                f"{name} is empty (0 bytes).", "Copy the recording again, or delete the file."
            )
        return path.open("rb")
    except OSError as error:
        raise unreadable(name, error) from error


def _existing(path: Path) -> Path:
    r"""`path`, or, where only that exists, the name whose ``\xNN`` stand for raw bytes."""
    text = str(path)
    if "\\x" not in text or path.exists():
        return path
    pieces = text.split("\\x")
    raw = pieces[0].encode("utf-8", "surrogateescape")
    for piece in pieces[1:]:
        try:
            raw += bytes([int(piece[:2], 16)])
        except ValueError:
            return path
        raw += piece[2:].encode("utf-8", "surrogateescape")
    candidate = Path(raw.decode("utf-8", "surrogateescape"))
    return candidate if candidate.exists() else path


def unreadable(name: str, error: OSError) -> AudioError:
    """The error for a file that the operating system does not hand over."""
    if isinstance(error, FileNotFoundError):
        return GoneError(
            f"{name} is not there any more.",
            "Check whether it was moved or deleted, and run again.",
        )
    if isinstance(error, PermissionError):
        return AudioError(
            f"{name} may not be read by this user.", "Give yourself the right to read it."
        )
    reason = error.strerror or type(error).__name__
    return AudioError(f"{name} cannot be read: {reason}.", "Check the disk and copy it again.")


def content_sha256(path: Path) -> str:
    """The SHA-256 of the file's bytes, 64 hex digits; the identity of a recording.

    Raises:
        AudioError: the file cannot be read or is empty.
    """
    with open_recording(path) as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise unreadable(printable(path.name), error) from error
