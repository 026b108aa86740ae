"""What is said in a stretch of a call, as captions with voices (WebVTT)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.reports.texts import ROLES


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of one voice; times are from the clip's own start, in milliseconds."""

    start_ms: int
    end_ms: int
    role: Role
    text: str


def cues(conversation: Conversation, span: Span) -> tuple[Cue, ...]:
    """What is said inside `span`, in order; a turn that reaches beyond gives its words inside."""
    found = []
    for turn in conversation.turns:
        shared = Span(turn.start_ms, turn.end_ms).intersection(span)
        text = _words_inside(turn, span, conversation.language)
        if shared is not None and text:
            start, end = shared.start_ms - span.start_ms, shared.end_ms - span.start_ms
            found.append(Cue(start, end, turn.role, text))
    return tuple(sorted(found, key=lambda cue: (cue.start_ms, cue.end_ms)))


def _words_inside(turn: Turn, span: Span, language: str) -> str:
    whole = span.start_ms <= turn.start_ms and turn.end_ms <= span.end_ms
    if whole or not turn.words:
        return turn.text.strip()
    # A word belongs to the clip in which its middle lies.
    inside = [w.text for w in turn.words if span.contains((w.start_ms + w.end_ms) // 2)]
    if language == "zh":
        return "".join(word.strip() for word in inside)
    return " ".join(word.strip() for word in inside)


def to_vtt(items: Iterable[Cue], language: str = "en") -> str:
    """The cues as a WebVTT file, each with its voice.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format" (voice spans, character escapes).

    Example:
        >>> print(to_vtt([Cue(0, 1500, Role.AGENT, "Hello?")]))
        WEBVTT
        <BLANKLINE>
        00:00:00.000 --> 00:00:01.500
        <v Agent>Hello?</v>
        <BLANKLINE>
    """
    lines = ["WEBVTT", ""]
    for cue in items:
        voice = ROLES[cue.role].get(language)
        text = " ".join(cue.text.split())
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        end_ms = max(cue.end_ms, cue.start_ms + 1)  # the format wants an end after the start
        lines += [f"{_time(cue.start_ms)} --> {_time(end_ms)}", f"<v {voice}>{text}</v>", ""]
    return "\n".join(lines)


def _time(time_ms: int) -> str:
    seconds, ms = divmod(time_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"
