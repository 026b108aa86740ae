"""Ingest: an audio file and what is known about its call become a Recording and its samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from qa_pipeline.acoustics.audio_files import content_sha256
from qa_pipeline.acoustics.channel_check import arrange
from qa_pipeline.acoustics.decode import Decoded, decode
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import Audio, CallMetadata, ChannelRoles, Recording

VERSION = "1"  # part of the key of every later product: raise it when samples would change
CALL_ID_DIGITS = 16  # of the content's SHA-256; 2**32 calls before one collision is likely


@dataclass(frozen=True, eq=False)
class Ingested:
    """A recording and its samples."""

    recording: Recording
    audio: Audio


def identify(path: Path, metadata: CallMetadata) -> tuple[str, str]:
    """The content's SHA-256 and the call's id, without decoding.

    The id is the metadata's, else the first 16 hex digits of the hash: the same content twice is
    one call.

    Raises:
        AudioError: the file cannot be read or is empty.
    """
    sha256 = content_sha256(path)
    return sha256, metadata.call_id or sha256[:CALL_ID_DIGITS]


def ingest(path: Path, file: str, metadata: CallMetadata, notes: tuple[str, ...] = ()) -> Ingested:
    """Decodes and identifies one recording.

    Dual mono becomes one channel; of stereo with a dead channel the live one stays; of more than
    two channels those that `metadata.channels` names. `Recording.metadata.channels` then speaks
    of the channels of the returned audio, or is None where only one is left.

    Args:
        path: the audio file.
        file: its name as given by the user.
        metadata: what is known beside the audio.
        notes: what reading the metadata had to say; they come first in the recording's notes.

    Raises:
        AudioError: the file is not there, empty, no audio, undecodable, too long, or has more
            than two channels and no word on which to take.
        MetadataError: `metadata.channels` names a channel that the file does not have.

    Example:
        >>> ingest(Path("a.wav"), "a.wav", CallMetadata()).recording.layout  # doctest: +SKIP
        <Layout.STEREO: 'stereo'>
    """
    sha256, call_id = identify(path, metadata)
    decoded = decode(path, metadata.channels)
    arranged = arrange(decoded.audio)
    channels, channel_notes = _channels_after(metadata.channels, decoded, arranged.kept)
    all_notes = [*notes, *decoded.notes, *channel_notes]
    if arranged.note is not None:
        all_notes.append(arranged.note)
    recording = Recording(
        path=printable(str(path)),
        file=printable(file),
        content_sha256=sha256,
        call_id=call_id,
        duration_ms=arranged.audio.duration_ms,
        sample_rate_hz=decoded.sample_rate_hz,
        codec=decoded.codec,
        layout=arranged.layout,
        channel_count=decoded.channel_count,
        metadata=replace(metadata, channels=channels),
        notes=tuple(all_notes),
        kept_channels=decoded.kept,
    )
    return Ingested(recording, arranged.audio)


def _channels_after(
    channels: ChannelRoles | None, decoded: Decoded, kept: tuple[int, ...]
) -> tuple[ChannelRoles | None, list[str]]:
    """The roles in terms of the channels that are left."""
    notes = []
    if decoded.channel_count > 2:
        taken = " and ".join(str(index) for index in decoded.kept)
        notes.append(f"{decoded.channel_count} channels: {taken} taken, as channels says")
    if channels is None:
        return None, notes
    if len(kept) < 2:
        notes.append("channels cannot be used: only one channel carries a signal of its own")
        return None, notes
    order = decoded.kept
    return ChannelRoles(order.index(channels.agent), order.index(channels.customer)), notes
