"""Hears what is on the line beside words: ringing, tones, music, loops, silence, its end.

Nothing here rests on a voice detector: detectors take ringing and music for voices and the other
way round. Where one's spans are given they only settle whether somebody spoke before music began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from qa_pipeline.acoustics.faintness import faint_spans
from qa_pipeline.acoustics.floor_steps import dropped_floors, lifted_floors
from qa_pipeline.acoustics.line_state import (
    FRAME_MS,
    Line,
    click_near,
    examine_line,
    fell_too,
)
from qa_pipeline.acoustics.music import Scores, find_music, music_scores
from qa_pipeline.acoustics.music_features import STEP_MS
from qa_pipeline.acoustics.overspeech import speech_over_tone, stands_out
from qa_pipeline.acoustics.recurrence import find_recurrences
from qa_pipeline.acoustics.signalling import find_signals
from qa_pipeline.acoustics.spectrogram import Mask, runs, spectrogram, to_analysis_rate
from qa_pipeline.domain.recording import Audio
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract
from qa_pipeline.domain.timeline import (
    Click,
    Event,
    LineState,
    Loop,
    Music,
    Ringback,
    Silence,
    Timeline,
    Tone,
)

LISTEN_VERSION: Final = "11"

_SILENCE_MS: Final = 2000
_PIECE_MS: Final = 800  # of one, beside a beep in it
_BEEP_MS: Final = 500  # with the rims that its filter smears; a word is longer, mostly
_BLIP_FRAMES: Final = 5  # 100 ms: a knock does not end a silence
_MUSICAL_RINGBACK_START_MS: Final = 3000
_BESIDE_MS: Final = 2000
_TUNEFUL: Final = -0.3  # log odds
_SAME_END_MS: Final = 1000
_CLICKS_WITHIN_MS: Final = 15_000  # of the end: only how a call ends is asked of clicks
_GATED_NOTE: Final = (
    "channel {channel}: still whenever nobody speaks, so the line cannot tell who hung up"
)

Sounding = TypeVar("Sounding", Ringback, Music, Tone, Loop)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one channel holds."""

    ringback: tuple[Ringback, ...]
    tones: tuple[Tone, ...]
    music: tuple[Music, ...]
    loops: tuple[Loop, ...]
    line: Line


def listen(
    audio: Audio,
    *,
    country: str | None = None,
    speech: Mapping[int, Sequence[Span]] | None = None,
) -> Timeline:
    """Everything on the line beside words.

    Args:
        audio: the call; dual mono already reduced to one channel.
        country: ISO 3166 code where the call is known to be; a prior for whose tones are heard.
        speech: a voice detector's spans per channel, if one has run.

    Returns:
        Events ordered by start. An event's channel is None when it is on every channel or the
        recording is mono. Music that opens the recording before anybody speaks is musical
        ringback. Music in which somebody talks loudly is given as the pieces around the talk.

    Example:
        >>> from qa_pipeline.acoustics import synthesis
        >>> ringing = synthesis.ringback("CN", rings=2, sample_rate_hz=8000, last_cut_ms=400)
        >>> call = Audio(ringing[None, :], 8000)
        >>> [event.rings for event in listen(call, country="CN").events if event.kind == "ringback"]
        [2]
    """
    channels = range(audio.channel_count)
    heard = [_hear(audio, channel, country) for channel in channels]
    ringing = _on_all([list(one.ringback) for one in heard])
    music = _on_all([list(one.music) for one in heard])
    tones = _on_all([list(one.tones) for one in heard])
    loops = _on_all([list(one.loops) for one in heard])
    opening = _musical_ringback(music, ringing, speech or {})
    events: list[Event] = [*ringing, *tones, *loops, *_silences(heard)]
    events += [opening if opening and piece is music[0] else piece for piece in music]
    for channel, one in zip(channels, heard, strict=True):
        events += _clicks(one.line, channel if audio.channel_count > 1 else None)
    notes = tuple(
        _GATED_NOTE.format(channel=channel)
        for channel, one in zip(channels, heard, strict=True)
        if one.line.gated
    )
    return Timeline(
        duration_ms=audio.duration_ms,
        events=tuple(sorted(events, key=lambda event: (event.start_ms, event.end_ms, event.kind))),
        lines=_line_states([one.line for one in heard]),
        notes=notes,
    )


def non_speech(timeline: Timeline, channel: int) -> tuple[Span, ...]:
    """What of a channel must never be handed to a transcriber: ring bursts, tones, music.

    Pauses between rings are not part of it, nor are stretches of a burst over which somebody
    talks (they are left out of `Ringback.bursts` as well), nor talk over music.
    """
    spans: list[Span] = []
    for event in timeline.events:
        if isinstance(event, Silence | Click | Loop) or event.kind == "hold":
            continue
        if event.channel not in (None, channel):
            continue
        if isinstance(event, Ringback) and event.bursts:
            spans += event.bursts
        else:
            spans.append(Span(event.start_ms, event.end_ms))
    return merge(spans)


def _hear(audio: Audio, channel: int, country: str | None) -> _Heard:
    samples = to_analysis_rate(audio.channel(channel), audio.sample_rate_hz)
    sound = spectrogram(samples)
    number = channel if audio.channel_count > 1 else None
    signals = find_signals(sound, country, number)
    scores = music_scores(sound)
    ringback = tuple(
        r
        for r in signals.ringback
        if stands_out(sound, r.bursts) or not _is_tune(_span(r), scores, regular=(r.rings or 0) > 1)
    )
    tones = tuple(
        t
        for t in signals.tones
        if not _is_tune(_span(t), scores, regular=t.name in ("busy", "unknown"))
    )
    # Ringing is judged as a whole, its pauses too: two windows in them are half tone.
    signalling = [*map(_span, ringback), *map(_span, tones)]
    music = tuple(
        Music(span.start_ms, span.end_ms, number, confidence)
        for span, confidence in find_music(sound, scores, signalling)
    )
    ringback = tuple(
        replace(event, bursts=subtract(event.bursts, speech_over_tone(sound, event.bursts)))
        for event in ringback
    )
    answered_ms = ringback[0].end_ms if ringback else 0
    line = examine_line(samples, channel, answered_ms)
    state = replace(line.state, faint=faint_spans(line.levels_db, answered_ms))
    talk = Span(answered_ms, state.end_ms or max(answered_ms, sound.duration_ms))
    loops = tuple(
        Loop(r.rounds[0].start_ms, r.rounds[-1].end_ms, r.rounds, number, r.agreement)
        for r in find_recurrences(sound, talk)
    )
    return _Heard(ringback, tones, music, loops, replace(line, state=state))


def _line_states(lines: Sequence[Line]) -> tuple[LineState, ...]:
    """The lines' states; where one died and the other seems to have fallen with it, both died."""
    states = [line.state for line in lines]
    ends = [state.end_ms for state in states]
    for place, line in enumerate(lines):
        died = next((end for end in ends if end is not None), None)
        if ends[place] is None and died is not None and not line.gated and fell_too(line, died):
            states[place] = replace(states[place], end_ms=died)
    return tuple(states)


def _span(event: Ringback | Music | Tone | Loop) -> Span:
    return Span(event.start_ms, event.end_ms)


def _is_tune(signal: Span, scores: Scores, *, regular: bool) -> bool:
    """Whether music before and behind a tone says that it is one of its notes.

    The two seconds next to the tone are left out: the measures' windows reach that far into it.
    A regular rhythm of tones is a signal unless music stands on both sides.
    """
    far, near = 2 * _BESIDE_MS, _BESIDE_MS
    parts = (
        scores[
            max(0, signal.start_ms - far) // STEP_MS : max(0, signal.start_ms - near) // STEP_MS
        ],
        scores[(signal.end_ms + near) // STEP_MS : (signal.end_ms + far) // STEP_MS],
    )
    music = [part.size > 0 and float(part.mean()) > _TUNEFUL for part in parts]
    return all(music) if regular else any(music)


def _on_all(per_channel: list[list[Sounding]]) -> list[Sounding]:
    """Events of all channels; one that is on both becomes one event of channel None."""
    if len(per_channel) != 2:
        return sorted(
            (event for events in per_channel for event in events), key=lambda e: e.start_ms
        )
    left, right = per_channel
    merged: list[Sounding] = []
    rest: list[Sounding] = list(right)
    for event in left:
        twin = next((other for other in rest if _is_twin(event, other)), None)
        if twin is None:
            merged.append(event)
            continue
        rest.remove(twin)
        better = max((event, twin), key=lambda e: e.confidence)
        merged.append(replace(better, channel=None))
    merged.extend(rest)
    return sorted(merged, key=lambda event: event.start_ms)


def _is_twin(one: Sounding, other: Sounding) -> bool:
    same_name = getattr(one, "name", None) == getattr(other, "name", None)
    return (
        same_name
        and abs(one.start_ms - other.start_ms) <= _SAME_END_MS
        and abs(one.end_ms - other.end_ms) <= _SAME_END_MS
        and _span(one).overlaps(_span(other))
    )


def _musical_ringback(
    music: Sequence[Music], ringing: Sequence[Ringback], speech: Mapping[int, Sequence[Span]]
) -> Ringback | None:
    """The recording's first music as ringback, if nothing was heard before it."""
    if not music or music[0].start_ms > _MUSICAL_RINGBACK_START_MS:
        return None
    first = music[0]
    spoken = merge(span for spans in speech.values() for span in spans)
    before = Span(0, first.start_ms)
    if ringing and ringing[0].start_ms < first.start_ms:
        return None
    if overlap_total_ms(before, spoken) > 300:
        return None
    return Ringback(
        start_ms=first.start_ms,
        end_ms=first.end_ms,
        rings=None,
        country=None,
        musical=True,
        channel=first.channel,
        confidence=round(0.8 * first.confidence, 2),
    )


def _silences(heard: Sequence[_Heard]) -> list[Silence]:
    """Stretches of at least 2 s without sound on all channels, or on a line that was switched."""
    frames = min(one.line.levels_db.size for one in heard)
    if frames == 0:
        return []
    quiet = np.logical_and.reduce([one.line.quiet()[:frames] for one in heard])
    for first, end in runs(~quiet):
        if first > 0 and end < frames and end - first < _BLIP_FRAMES:
            quiet[first:end] = True
    still = np.logical_and.reduce([one.line.still()[:frames] for one in heard])
    long = _long_silences(quiet)
    signals = merge(
        span
        for one in heard
        for span in (*(b for r in one.ringback for b in r.bursts), *map(_span, one.tones))
    )
    silences = [
        Silence(span.start_ms, span.end_ms, digital=bool(_part(still, span).mean() > 0.9))
        for span in subtract(
            [Span(first * FRAME_MS, end * FRAME_MS) for first, end in long], signals
        )
        if span.duration_ms >= _PIECE_MS
    ]
    for channel, one in enumerate(heard):
        number = channel if len(heard) > 1 else None
        silences += _dropped(one, number)
    return silences


def _long_silences(quiet: Mask) -> list[tuple[int, int]]:
    """Quiet stretches of at least 2 s, and shorter ones that only a beep parts from them."""
    found: list[list[tuple[int, int]]] = []
    for first, end in runs(quiet):
        if (end - first) * FRAME_MS < _PIECE_MS:
            continue
        if found and (first - found[-1][-1][1]) * FRAME_MS <= _BEEP_MS:
            found[-1].append((first, end))
        else:
            found.append([(first, end)])
    return [
        part
        for parts in found
        if max(end - first for first, end in parts) * FRAME_MS >= _SILENCE_MS
        for part in parts
    ]


def _dropped(heard: _Heard, channel: int | None) -> list[Silence]:
    """Where one line has another noise than its own, after the ringing and before its end."""
    if heard.line.gated:
        return []
    still = heard.line.still()
    answered_ms = heard.ringback[0].end_ms if heard.ringback else 0
    return [
        Silence(
            span.start_ms, span.end_ms, bool(_part(still, span).mean() > 0.9), channel,
            below_floor=True,
        )
        for span in (
            dropped_floors(heard.line.levels_db, answered_ms)
            or lifted_floors(heard.line.levels_db, answered_ms)
        )
    ]  # fmt: skip


def _part(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], span: Span
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return mask[
        span.start_ms // FRAME_MS : max(span.start_ms // FRAME_MS + 1, span.end_ms // FRAME_MS)
    ]


def _clicks(line: Line, channel: int | None) -> list[Click]:
    """Clicks out of quiet near the end, the one at the line's death among them."""
    duration_ms = line.levels_db.size * FRAME_MS
    clicks: list[Click] = []
    quiet = line.quiet()
    first = max(0, duration_ms - _CLICKS_WITHIN_MS) // FRAME_MS
    moments = {first * FRAME_MS + a * FRAME_MS for a, b in runs(~quiet[first:]) if b - a <= 2}
    if line.state.end_ms is not None and line.state.click:
        moments.add(line.state.end_ms)
    for moment in sorted(moments):
        span = click_near(line.samples, moment)
        if span is not None and not any(abs(span.start_ms - c.start_ms) < 100 for c in clicks):
            clicks.append(Click(span.start_ms, span.end_ms, channel))
    return clicks
