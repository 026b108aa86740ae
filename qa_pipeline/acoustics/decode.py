"""Any common recording to float32 samples, with plain words for what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av

from qa_pipeline.acoustics.audio_files import (
    HEAD_BYTES,
    headerless_format,
    looks_like,
    open_recording,
    unreadable,
)
from qa_pipeline.acoustics.completeness import (
    early_end,
    wav_data,
    wav_format_tag,
    wav_size_is_wrong,
)
from qa_pipeline.acoustics.sample_sink import SampleSink, to_float
from qa_pipeline.acoustics.signal_quality import repair_and_describe
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import Audio, ChannelRoles
from qa_pipeline.errors import AudioError, MetadataError

MAX_DURATION_MS = 6 * 3600 * 1000  # longer than any call; bounds memory (see SampleSink)
VERY_SHORT_MS = 5_000
READABLE = "WAV, MP3, M4A/AAC, OGG/Opus, FLAC, AMR, GSM, WMA, MP4, 3GP and WebM can be read"

# Only formats that are one file of sound: FFmpeg also opens playlists, which name other files
# and addresses, and pictures.
_DEMUXERS = (
    "wav,w64,mp3,aac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,flac,amr,amrnb,amrwb,asf,gsm,au,"
    "aiff,caf,avi,mulaw,alaw,g722,g729,s16le,voc,wv,nistsphere"
)
_GAP_S = 0.1  # a jump of the time line below this is rounding or codec delay
_LONGEST_GAP_S = 600.0


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded file.

    `audio` has one or two channels and at most 16 kHz; `channel_count` and `sample_rate_hz` are
    the file's own. `kept` are the file's channels that `audio` holds, in its order. `notes` are
    plain facts for a person.
    """

    audio: Audio
    codec: str
    container: str
    channel_count: int
    sample_rate_hz: int
    kept: tuple[int, ...]
    notes: tuple[str, ...] = ()


def decode(
    path: Path, channels: ChannelRoles | None = None, max_duration_ms: int = MAX_DURATION_MS
) -> Decoded:
    """Decodes the first audio stream of a file.

    Damaged packets are skipped and their time kept; a file that ends early gives what could be
    read and a note. Samples are streamed straight into float32.

    Args:
        path: the file.
        channels: which channels carry whom, if known; needed to choose among more than two.
        max_duration_ms: longer recordings are refused.

    Raises:
        AudioError: not audio, empty, no sound in it, an unknown codec, too long, more than two
            channels and nothing says which two.
        MetadataError: `channels` names a channel that the file does not have.

    Example:
        >>> decode(Path("call.mp3")).audio.samples.shape  # doctest: +SKIP
        (2, 640000)
    """
    name = printable(path.name)
    with open_recording(path) as file:
        decoder = _Decoder(file, name, path.name)
        try:
            return decoder.decode(channels, max_duration_ms)
        except av.FFmpegError as error:
            raise _not_audio(file, name, error) from error
        except OSError as error:
            raise unreadable(name, error) from error
        except MemoryError as error:
            raise AudioError(
                f"{name} is too large for this machine's memory.", "Split it into single calls."
            ) from error


class _Decoder:
    """One file on its way to samples; collects what there is to say about it."""

    def __init__(self, file: BinaryIO, name: str, raw_name: str) -> None:
        self.file = file
        self.name = name
        self.raw_name = raw_name
        self.notes: list[str] = []
        self.damaged = 0
        self.broke_off = False

    def decode(self, channels: ChannelRoles | None, max_duration_ms: int) -> Decoded:
        with self._open() as container:
            stream = self._stream(container)
            count = stream.codec_context.layout.nb_channels
            kept = _kept_channels(count, channels, self.name)
            sink = self._fill(container, stream, kept, max_duration_ms)
            heard_s = sink.seconds
            samples, quality = repair_and_describe(sink.finish())
            audio = Audio(samples, sink.out_rate_hz)
            cut = early_end(container, stream, heard_s, self.file)
            if cut is None and self.broke_off:
                cut = f"the file ends early: {heard_s:.1f} s of audio could be read"
            self._note(cut, sink, quality, audio.duration_ms)
            context = stream.codec_context
            return Decoded(
                audio,
                context.name,
                container.format.name,
                count,
                int(context.sample_rate),
                kept,
                tuple(self.notes),
            )

    def _open(self) -> Any:
        head = self.file.read(HEAD_BYTES)
        known = looks_like(head)
        if known is not None:
            raise AudioError(
                f"{self.name} is not audio: its content is {known}.",
                f"Give the recording itself; {READABLE}.",
            )
        options = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "none"}
        headerless = headerless_format(self.raw_name, head)
        if headerless is None and wav_size_is_wrong(self.file):
            self.notes.append("the header gives a wrong length: read to the end of the file")
            options["ignore_length"] = "1"
        demuxer, more = headerless or (None, {})
        if demuxer == "gsm" and any(byte >> 4 != 0xD for byte in head[: 33 * 100 : 33]):
            raise AudioError(
                f"{self.name} is not raw GSM 6.10 audio.", f"Check what it is; {READABLE}."
            )
        self.file.seek(0)
        return av.open(
            self.file, "r", format=demuxer, options=options | more, metadata_errors="replace"
        )

    def _stream(self, container: Any) -> Any:
        if not container.streams.audio:
            raise AudioError(f"{self.name} holds no audio stream.", "Give the file with the sound.")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            self.file.seek(0)
            tag = wav_format_tag(self.file.read(HEAD_BYTES))
            named = "" if tag is None else f" (WAV format tag 0x{tag:04x})"
            raise AudioError(
                f"{self.name} uses an audio codec that cannot be decoded here{named}.",
                "Export it as WAV (PCM), MP3, FLAC or Opus.",
            )
        return stream

    def _fill(
        self, container: Any, stream: Any, kept: tuple[int, ...], max_duration_ms: int
    ) -> SampleSink:
        """All frames into a sink. Frames tell their own rate: headers are sometimes wrong."""
        sink: SampleSink | None = None
        timeline = _TimeLine()
        expected_s = min((container.duration or 0) / av.time_base, max_duration_ms / 1000)
        for frame in self._frames(container, stream):
            sink = sink or SampleSink(frame.sample_rate, kept, expected_s)
            silence_s = timeline.gap_before(frame.time, sink.seconds)
            if silence_s:
                sink.add_silence(silence_s)
            sink.add(to_float(_planar(frame, self.name)), frame.sample_rate)
            if sink.seconds * 1000 > max_duration_ms:
                raise AudioError(
                    f"{self.name} is longer than {max_duration_ms / 3_600_000:g} hours.",
                    "Split it into single calls.",
                )
        if sink is None or sink.seconds <= 0:
            damaged = self.damaged or self.broke_off
            why = "every packet is damaged" if damaged else "it has a header only"
            raise AudioError(
                f"{self.name} holds no sound that can be decoded: {why}.",
                "Copy the recording again, or delete the file.",
            )
        return sink

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        """Frames up to the end or to where reading breaks off; damaged packets are counted."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self.broke_off = True
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except EOFError:
                return
            except av.FFmpegError:
                self.damaged += 1
                continue
            yield from frames

    def _note(
        self, cut: str | None, sink: SampleSink, quality: tuple[str, ...], duration_ms: int
    ) -> None:
        if cut is not None:
            self.notes.append(cut)
        if self.damaged:
            self.notes.append(f"{self.damaged} damaged packet(s) skipped")
        if sink.shape_changed:
            self.notes.append("the file changes its sample rate or channels midway")
        if sink.not_numbers:
            self.notes.append(f"{sink.not_numbers} sample(s) were no numbers and became silence")
        self.notes.extend(quality)
        if duration_ms < VERY_SHORT_MS:
            self.notes.append(f"very short: {duration_ms / 1000:.1f} s")


def _not_audio(file: BinaryIO, name: str, error: Exception) -> AudioError:
    file.seek(0)
    head = file.read(HEAD_BYTES)
    data = wav_data(head)
    if data is not None and file.seek(0, 2) <= data[0]:
        return AudioError(
            f"{name} holds no sound: it has a header only.",
            "Copy the recording again, or delete the file.",
        )
    if head[4:8] == b"ftyp":
        return AudioError(
            f"{name} is cut: the index at its end (moov) is missing, nothing can be read.",
            "Copy it again; if the recorder stopped midway, repair it with the recorder's tool.",
        )
    return AudioError(
        f"{name} is not audio, or is damaged from the start ({_reason(error)}).",
        f"Copy it again and check that it plays; {READABLE}.",
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()


def _kept_channels(count: int, channels: ChannelRoles | None, name: str) -> tuple[int, ...]:
    if channels is not None:
        for role, index in (("agent", channels.agent), ("customer", channels.customer)):
            if not 0 <= index < count:
                there = "only channel 0" if count == 1 else f"channels 0 to {count - 1}"
                raise MetadataError(
                    f"{name}: channels names channel {index} for the {role}, but the file has "
                    f"{there}.",
                    "Channels count from 0; correct the record, or leave channels out.",
                )
    if count <= 2:
        return tuple(range(max(count, 1)))
    if channels is None:
        raise AudioError(
            f"{name} has {count} channels, and nothing says which carry the agent and the "
            "customer.",
            'Name them beside the audio, such as "channels": {"agent": 0, "customer": 1}.',
        )
    return tuple(sorted({channels.agent, channels.customer}))


def _planar(frame: Any, name: str) -> Any:
    """A frame's samples, shape (channels, n), in the codec's own type."""
    try:
        block = frame.to_ndarray()
    except ValueError as error:
        raise AudioError(
            f"{name} has a sample format that cannot be read ({frame.format.name}).",
            "Export it as 16-bit WAV, MP3, FLAC or Opus.",
        ) from error
    if frame.format.is_planar:
        return block
    return block.reshape(-1, frame.layout.nb_channels).T


class _TimeLine:
    """Finds stretches for which the file holds a time but no audio (muted or lost packets)."""

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def gap_before(self, frame_s: float | None, heard_s: float) -> float:
        """Seconds of silence to put before a frame that the container sets at `frame_s`."""
        if frame_s is None:
            return 0.0
        if self._offset_s is None:
            self._offset_s = frame_s - heard_s
        gap_s = frame_s - self._offset_s - heard_s
        if _GAP_S < gap_s <= _LONGEST_GAP_S:
            return gap_s
        if abs(gap_s) > _GAP_S:  # the clock was set anew: times cannot be compared across it
            self._offset_s += gap_s
        return 0.0
