"""From words and sounds to a `Conversation`: roles, names, acts, holds, uses of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from qa_pipeline.domain.conversation import Conversation, Reading
from qa_pipeline.domain.recording import Layout, Recording, Role
from qa_pipeline.domain.spans import Span, subtract
from qa_pipeline.domain.timeline import Event, LineState, Timeline
from qa_pipeline.domain.transcript import Diarization, Transcript, Turn, Word
from qa_pipeline.domain.voice import VoiceFigures
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.language.announcements import announcements_apart
from qa_pipeline.language.readings import turns_again
from qa_pipeline.language.turn_rims import RIM_MS, to_the_rims
from qa_pipeline.ports import TextEncoder
from qa_pipeline.stages.assign_roles import ROLES_VERSION, assign_roles
from qa_pipeline.stages.find_names import NAMES_VERSION, find_names, with_names_used
from qa_pipeline.stages.locate_holds import HOLDS_VERSION, locate_holds
from qa_pipeline.stages.recognize_acts import ACTS_VERSION, recognize_acts
from qa_pipeline.stages.tell_loops import broken_off_ms, tell_loops
from qa_pipeline.stages.unsaid import without_unsaid

VERSION = f"10 {ROLES_VERSION} {NAMES_VERSION} {ACTS_VERSION} {HOLDS_VERSION}"

CountrySource = Literal["metadata", "configuration", "language", "none"]

LEAST_UNREAD_MS = 350  # "mm" lasts 150 ms, and voice detectors widen what they hear

# Where a language is most often spoken, for ring cycles when nothing else is known.
DEFAULT_COUNTRY = {"zh": "CN", "en": "US"}


@dataclass(frozen=True)
class Tools:
    """What the stages after transcription are given."""

    catalogue: ActCatalogue
    encoder: TextEncoder | None
    country: str | None  # from the configuration


def country_of(
    recording: Recording, configured: str | None, language: str
) -> tuple[str | None, CountrySource]:
    """The country whose ring cycle counts, and how it is known."""
    if recording.metadata.country:
        return recording.metadata.country, "metadata"
    if configured:
        return configured, "configuration"
    if language in DEFAULT_COUNTRY:
        return DEFAULT_COUNTRY[language], "language"
    return None, "none"


def from_audio(
    recording: Recording,
    timeline: Timeline,
    diarization: Diarization,
    transcript: Transcript,
    tools: Tools,
    *,
    voices: Sequence[VoiceFigures] = (),
) -> Conversation:
    """The conversation that was heard; `voices` are the speakers' figures, if measured."""
    roles = assign_roles(recording, transcript, diarization, tools.catalogue)
    words = [word for turn in roles.turns for word in turn.words]
    first = _assembled(
        recording,
        without_unsaid(to_the_rims(roles.turns, diarization), timeline.events),
        timeline,
        transcript.language,
        tools,
        language_confidence=transcript.language_confidence,
        role_confidence=roles.confidence,
        role_reason=roles.reason,
        speech_confidence=_mean_probability(words),
        notes=(*recording.notes, *timeline.notes, *roles.notes),
        unread=_unread(diarization, roles.turns),
    )
    return with_names_used(
        replace(
            first,
            second=_second(first, transcript, tools),
            voices=_voices_of_roles(voices, roles.turns),
        )
    )


def _voices_of_roles(
    voices: Sequence[VoiceFigures], turns: Sequence[Turn]
) -> dict[Role, VoiceFigures]:
    """Each party's voice: of the speaker who talks longest in its role."""
    talk: dict[tuple[Role, str], int] = {}
    for turn in turns:
        if turn.speaker is not None and turn.role is not Role.LINE:
            key = (turn.role, turn.speaker)
            talk[key] = talk.get(key, 0) + turn.end_ms - turn.start_ms
    figures = {voice.speaker: voice for voice in voices}
    found: dict[Role, VoiceFigures] = {}
    for role, speaker in sorted(talk, key=lambda key: talk[key]):
        if speaker in figures:
            found[role] = figures[speaker]  # the longest comes last
    return found


def _second(first: Conversation, transcript: Transcript, tools: Tools) -> Reading | None:
    """What the second reading says in the first one's turns; None where it says the same."""
    language = transcript.language
    turns = turns_again(first.turns, transcript.second, language)
    if [turn.text for turn in turns] == [turn.text for turn in first.turns]:
        return None
    agent_name, customer_name = find_names(turns, first.metadata, language)
    names = [name.text for name in (agent_name, customer_name) if name is not None]
    acts = recognize_acts(turns, language, tools.catalogue, tools.encoder, names)
    return Reading(turns, acts, agent_name, customer_name)


def _unread(diarization: Diarization, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Where a voice was heard but nothing was read, as turns without text."""
    role_of = {turn.speaker: turn.role for turn in turns}
    found = []
    for speaker in diarization.speakers:
        if speaker not in role_of:
            continue
        read = [
            Span(max(0, part.start_ms - RIM_MS), part.end_ms + RIM_MS)
            for turn in turns
            if turn.speaker == speaker or not diarization.by_channel
            for part in turn.words or (turn,)
        ]
        voice = [turn.span for turn in diarization.turns if turn.speaker == speaker]
        found += [
            Turn(role_of[speaker], span.start_ms, span.end_ms, "", speaker=speaker, confidence=0.0)
            for span in subtract(voice, read)
            if span.duration_ms >= LEAST_UNREAD_MS
        ]
    return tuple(sorted(found, key=lambda turn: (turn.start_ms, turn.end_ms)))


class TextLike(Protocol):
    """A conversation transcribed elsewhere."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Who said what."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What is known of the sound."""

    @property
    def lines(self) -> tuple[LineState, ...]:
        """How the lines lived."""

    @property
    def language(self) -> str:
        """Language of the words."""

    @property
    def language_confidence(self) -> float:
        """How sure that is."""

    @property
    def role_confidence(self) -> float:
        """How sure the roles are."""


def from_turns(recording: Recording, text: TextLike, tools: Tools) -> Conversation:
    """The conversation that was transcribed elsewhere; its roles and words are taken as told."""
    words = [word for turn in text.turns for word in turn.words]
    return with_names_used(
        _assembled(
            recording,
            text.turns,
            Timeline(recording.duration_ms, text.events, text.lines),
            text.language,
            tools,
            language_confidence=text.language_confidence,
            role_confidence=text.role_confidence,
            role_reason="told by the transcript",
            speech_confidence=_mean_probability(words) if words else 1.0,
            notes=recording.notes,
        )
    )


def _mean_probability(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 0.0


def _assembled(
    recording: Recording,
    turns: tuple[Turn, ...],
    timeline: Timeline,
    language: str,
    tools: Tools,
    *,
    role_reason: str,
    notes: tuple[str, ...],
    language_confidence: float = 1.0,
    role_confidence: float = 1.0,
    speech_confidence: float = 1.0,
    unread: tuple[Turn, ...] = (),
) -> Conversation:
    metadata = recording.metadata
    country, country_source = country_of(recording, tools.country, language)
    turns, heard = tell_loops(turns, timeline.events)
    turns = announcements_apart(
        turns,
        language,
        tools.catalogue.of(language).get("hold_announcement"),
        broken_off_ms(heard),
    )
    agent_name, customer_name = find_names(turns, metadata, language)
    names = [name.text for name in (agent_name, customer_name) if name is not None]
    acts = recognize_acts(turns, language, tools.catalogue, tools.encoder, names)
    events = locate_holds(
        turns,
        acts,
        heard,
        metadata,
        recording.duration_ms,
        has_audio=recording.layout is not Layout.TEXT,
        unread=unread,
        lines=timeline.lines,
    )
    return Conversation(
        call_id=recording.call_id,
        layout=recording.layout,
        duration_ms=recording.duration_ms,
        metadata=metadata,
        language=language,
        language_confidence=language_confidence,
        country=country,
        country_source=country_source,
        turns=turns,
        acts=acts,
        events=events,
        lines=timeline.lines,
        agent_name=agent_name,
        customer_name=customer_name,
        role_confidence=role_confidence,
        role_reason=role_reason,
        speech_confidence=speech_confidence,
        notes=notes,
        unread=unread,
    )
