"""Scripts of calls to conversations, as a rubric's cases write them.

A line of a script is what a party says or what the line does::

    A: Good morning, this is Laura Bennett.   # the agent; C: is the customer
    C (after 4): I have a question.           # begins 4 s after the last turn ended
    A (over 0.8): Yes, but ...                # begins 0.8 s before it ended: over the other's words
    A (takes 12): ...                         # lasts 12 s; else as long as the words take to say
    (music 20)  (silence 12)  (rings 3)  (busy 3)   # seconds; of rings: how many

Several details go together: ``A (over 0.5, takes 3): ...``. The conversation is made by the same
stages as that of a recording, without models: acts are recognised by their patterns alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline import converse
from qa_pipeline.acoustics.tone_plans import plan_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Recording, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Event, LineState, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.domain.voice import VoiceFigures
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.ports import TextEncoder

GAP_MS = 400  # between turns; a quick answer
REST_MS = 4_000  # of the recording after the last word
SPEECH_CONFIDENCE = 0.9  # of clear telephone speech
LETTERS_A_SECOND = {"en": 15.0, "zh": 4.5}
VOICED_MS, PITCH_HZ, LEVEL_SPREAD_DB = 30_000, 170.0, 6.0  # of a voice that a script tells of
ASSUMED_COUNTRY = "US"  # of rings in a script that names none
SOUNDS = ("music", "silence", "rings", "busy")

_TURN = re.compile(r"(A|C)(?: \(([^()]*)\))?: ?(.*)", re.DOTALL)
_SOUND = re.compile(r"\((\w+) (\d+(?:\.\d+)?)\)")
_DETAIL = re.compile(r"(after|over|takes) (\d+(?:\.\d+)?)")


class ScriptError(ValueError):
    """A line of a script is none of the forms; `line` counts from 0."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Script:
    """A scripted call: what is said and heard, and what the phone system knows.

    `line_ends` says how the line ended: which party's channel died how many seconds before the end;
    `voices` how far each party's pitch moves, in semitones, and how loud they are, in dBFS.
    """

    name: str
    language: str
    lines: tuple[str, ...]
    metadata: CallMetadata
    country: str | None = None
    line_ends: tuple[tuple[Role, float], ...] = ()
    stereo: bool = False
    voices: tuple[tuple[Role, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Played:
    """A script laid out in time, in the form that `converse.from_turns` takes."""

    turns: tuple[Turn, ...]
    events: tuple[Event, ...]
    lines: tuple[LineState, ...]
    language: str
    duration_ms: int
    language_confidence: float = 1.0
    role_confidence: float = 1.0


def conversation_of(
    script: Script, catalogue: ActCatalogue, encoder: TextEncoder | None = None
) -> Conversation:
    """The conversation that the criteria see of a scripted call.

    Raises:
        ScriptError: a line has no known form.
    """
    played = _played(script)
    layout = Layout.STEREO if script.line_ends or script.stereo else Layout.MONO
    recording = Recording(
        path=script.name,
        file=script.name,
        content_sha256="",
        call_id=script.name,
        duration_ms=played.duration_ms,
        sample_rate_hz=8000,
        codec="script",
        layout=layout,
        channel_count=2 if layout is Layout.STEREO else 1,
        metadata=script.metadata,
    )
    tools = converse.Tools(catalogue, encoder, script.country)
    made = converse.from_turns(recording, played, tools)
    return replace(
        made,
        speech_confidence=SPEECH_CONFIDENCE,
        role_reason="told by the script",
        voices=_voices(script.voices),
    )


def spoken_ms(text: str, language: str) -> int:
    """How long it takes to say, in ms: 15 letters or 4.5 Chinese characters a second."""
    return round(len(text) * 1000 / LETTERS_A_SECOND.get(language, 15.0)) + 200


def _played(script: Script) -> _Played:
    turns: list[Turn] = []
    events: list[Event] = []
    now = 0
    for number, line in enumerate(script.lines):
        if sound := _SOUND.fullmatch(line.strip()):
            country = script.metadata.country or script.country or ASSUMED_COUNTRY
            event, now = _sound(number, sound[1], float(sound[2]), now, country)
            events.append(event)
            continue
        turn = _turn(script, number, line, now)
        turns.append(turn)
        now = turn.end_ms + GAP_MS
    last = max((turn.end_ms + GAP_MS for turn in turns), default=now)
    duration_ms = max(now, last) + REST_MS
    ends = _line_states(script.line_ends, duration_ms)
    return _Played(tuple(turns), tuple(events), ends, script.language, duration_ms)


def _turn(script: Script, number: int, line: str, now: int) -> Turn:
    said = _TURN.fullmatch(line.strip())
    if said is None or not said[3].strip():
        raise ScriptError(
            number,
            f"'{line}' is neither 'A: words' nor 'C: words' nor a sound such as '(music 20)'",
        )
    start_ms, length_ms = now, spoken_ms(said[3], script.language)
    for detail in said[2].split(",") if said[2] is not None else ():
        told = _DETAIL.fullmatch(detail.strip())
        if told is None:
            raise ScriptError(
                number, f"'({detail.strip()})' is none of (after 2), (over 0.8), (takes 6)"
            )
        told_ms = round(float(told[2]) * 1000)
        if told[1] == "takes":
            length_ms = told_ms
        else:
            ended = max(0, now - GAP_MS)
            start_ms = max(0, ended + told_ms if told[1] == "after" else ended - told_ms)
    role = Role.AGENT if said[1] == "A" else Role.CUSTOMER
    speaker = f"channel_{int(role is Role.CUSTOMER)}"
    return Turn(role, start_ms, start_ms + length_ms, said[3].strip(), speaker=speaker)


def _sound(number: int, kind: str, amount: float, now: int, country: str) -> tuple[Event, int]:
    end = now + round(amount * 1000)
    if kind == "music":
        return Music(now, end), end + GAP_MS
    if kind == "silence":
        return Silence(now, end), end
    if kind == "busy":
        return Tone(now, end, "busy"), end
    plan = plan_of(country)
    if kind != "rings":
        raise ScriptError(number, f"'({kind} …)' is no sound; known are {', '.join(SOUNDS)}")
    if plan is None:
        raise ScriptError(number, f"how the phone rings in '{country}' is not known")
    count = max(1, int(amount))
    starts = [now + n * plan.cycle_ms for n in range(count)]
    bursts = tuple(Span(start, start + plan.on_ms) for start in starts)
    last = bursts[-1].end_ms
    return Ringback(now, last, count, country, bursts), last + 900


def _voices(told: Sequence[tuple[Role, float, float]]) -> dict[Role, VoiceFigures]:
    return {
        role: VoiceFigures(role.value, VOICED_MS, PITCH_HZ, semitones, level_db, LEVEL_SPREAD_DB)
        for role, semitones, level_db in told
    }


def _line_states(ends: Sequence[tuple[Role, float]], duration_ms: int) -> tuple[LineState, ...]:
    if not ends:
        return ()
    died = {role: duration_ms - round(seconds * 1000) for role, seconds in ends}
    return tuple(
        LineState(channel, -60.0, died.get(role), click=role in died)
        for channel, role in enumerate((Role.AGENT, Role.CUSTOMER))
    )
