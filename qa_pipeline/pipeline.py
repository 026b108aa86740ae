"""The way of one call, stage after stage, each product kept under its key.

A key is made of the audio's content, the stage, the version of what made it, its settings and the
key before it. So a changed rubric hears no call again, and an interrupted night goes on where it
stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from qa_pipeline import converse
from qa_pipeline.acoustics.resampling import to_engine_rate
from qa_pipeline.config import RubricRule, Settings
from qa_pipeline.criteria.calibration import Calibration
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import Audio, CallMetadata, FloatArray, Layout, Recording
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.timeline import Timeline
from qa_pipeline.domain.transcript import Diarization, Transcript
from qa_pipeline.errors import AudioError
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.metadata import Source, load_metadata, read_turns
from qa_pipeline.ports import Engines, SecondReader
from qa_pipeline.stages.diarize import (
    DIARIZE_VERSION,
    SPEECH_VERSION,
    SpeechByChannel,
    detect_speech,
    diarize,
    from_the_tones,
    without,
)
from qa_pipeline.stages.find_echoes import ECHOES_VERSION, Echoes, find_echoes
from qa_pipeline.stages.ingest import VERSION as INGEST_VERSION
from qa_pipeline.stages.ingest import Ingested, identify, ingest
from qa_pipeline.stages.listen import LISTEN_VERSION, listen, non_speech
from qa_pipeline.stages.measure_voices import VOICES_VERSION, Voices, measure_voices
from qa_pipeline.stages.reread import REREAD_VERSION, SHARE, reread
from qa_pipeline.stages.score import SCORE_VERSION, score
from qa_pipeline.stages.transcribe import TRANSCRIBE_VERSION, LanguageChoice, transcribe
from qa_pipeline.store import Store
from qa_pipeline.store.codec import dumps, loads

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What `listen` gives: the sounds, and the speech left beside them, per channel."""

    timeline: Timeline
    voices: SpeechByChannel  # for the diarizer
    speech: SpeechByChannel  # for the recogniser


@dataclass(frozen=True)
class Rubrics:
    """Which rubrics score which calls; of several the first is the main one.

    `rules` are asked in order; a call that none fits is scored by `usual`.
    """

    usual: tuple[Rubric, ...]
    rules: tuple[tuple[RubricRule, tuple[Rubric, ...]], ...] = ()

    @property
    def all(self) -> tuple[Rubric, ...]:
        """Every rubric, each once."""
        every = (*self.usual, *(rubric for _, rubrics in self.rules for rubric in rubrics))
        return tuple({rubric.fingerprint: rubric for rubric in every}.values())

    def of(self, call: Conversation, agent_groups: Mapping[str, str]) -> tuple[Rubric, ...]:
        """The rubrics of a call, by what its record says; `agent_groups`: agent id to group."""
        data = call.metadata
        group = data.extra.get("agent_group") or agent_groups.get(data.agent_id or "")
        queue = data.extra.get("queue")
        for rule, rubrics in self.rules:
            if rule.fits(
                direction=data.direction,
                language=call.language,
                queue=None if queue is None else str(queue),
                agent_group=None if group is None else str(group),
            ):
                return rubrics
        return self.usual


@dataclass(frozen=True)
class Kit:
    """All that the stages need besides the call."""

    settings: Settings
    engines: Engines
    catalogue: ActCatalogue
    language_fingerprint: str  # of the acts and role cues
    rubrics: Rubrics
    store: Store
    calibration: Calibration = field(default_factory=Calibration)


@dataclass(frozen=True, slots=True)
class Scored:
    """One call, done. `evaluations`: by each of its rubrics, the main one first.

    `product_keys` has the key of each stage's product; ``conversation`` is the last one.
    """

    recording: Recording
    conversation: Conversation
    product_keys: Mapping[str, str]
    evaluations: tuple[Evaluation, ...]
    reused: bool  # nothing had to be heard
    engines: Mapping[str, str]  # versions by stage

    @property
    def conversation_key(self) -> str:
        """The key of the conversation."""
        return self.product_keys["conversation"]

    @property
    def evaluation(self) -> Evaluation:
        """That by the main rubric."""
        return self.evaluations[0]


def engine_channels(audio: Audio) -> tuple[FloatArray, ...]:
    """Each channel at the engines' 16 kHz, shape (n,) each."""
    return tuple(to_engine_rate(audio, channel) for channel in range(audio.channel_count))


def product_key(stage: str, version: str, settings: object, *before: str) -> str:
    """The key of a stage's product: SHA-256 over everything it depends on, as 64 hex digits."""
    parts = [stage, version, json.dumps(settings, sort_keys=True, default=str), *before]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


# Told when a stage has to be done, and the recording's length once it is known.
OnStage = Callable[[str, int | None], None]


def _not_told(stage: str, duration_ms: int | None) -> None:
    """Nobody wants to know."""


class CallInHand:
    """One recording on its way; audio is decoded only if a stage still needs it."""

    def __init__(
        self,
        source: Source,
        metadata: CallMetadata,
        notes: Sequence[str],
        kit: Kit,
        on_stage: OnStage = _not_told,
    ):
        self._source, self._metadata, self._notes, self._kit = source, metadata, notes, kit
        self._on_stage = on_stage
        self._duration_ms: int | None = None
        self.content, self.call_id = identify(source.path, metadata)
        self.reused = True
        self.engines: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    @cached_property
    def _ingested(self) -> Ingested:
        found = ingest(self._source.path, self._source.file, self._metadata)
        # Products are kept under the content's hash, so the sound must be that very content's.
        if identify(self._source.path, self._metadata)[0] != self.content:
            raise AudioError(
                f"{printable(self._source.path.name)} changed while it was read.",
                "It is still being written, or was replaced: run again later.",
            )
        return found

    @cached_property
    def _channels(self) -> tuple[FloatArray, ...]:
        return engine_channels(self._ingested.audio)

    def _product(self, kind: type[T], stage: str, key: str, make: Callable[[], T]) -> T:
        kept = self._kit.store.get_product(key)
        if kept is not None:
            return loads(kind, kept)
        self.reused = False
        self._on_stage(stage, self._duration_ms)
        product = make()
        self._kit.store.put_product(key, stage, self.content, dumps(product))
        return product

    def conversation(self) -> tuple[Recording, Conversation]:
        """The recording and what was heard; `keys` then has the keys of what was made."""
        settings, engines, metadata = self._kit.settings, self._kit.engines, self._metadata
        key = product_key("ingest", INGEST_VERSION, metadata.channels, self.content)
        recording = self._product(Recording, "ingest", key, lambda: self._ingested.recording)
        self._duration_ms = recording.duration_ms
        recording = replace(
            recording,
            file=printable(self._source.file),
            path=printable(str(self._source.path)),
            # The channels as they lie in the decoded audio, which may be fewer than the file's.
            metadata=replace(metadata, channels=recording.metadata.channels),
            call_id=self.call_id,
            notes=(*self._notes, *recording.notes),
        )
        country = metadata.country or settings.country
        version = f"{LISTEN_VERSION} {SPEECH_VERSION} {engines.voice_detector.version}"
        self.engines |= {"listen": version, "converse": converse_version(self._kit)}
        heard_key = product_key("listen", version, country, key)
        heard = self._product(Heard, "listen", heard_key, lambda: self._listen(country))
        who_key, diarization = self._diarize(recording, heard, heard_key)
        words_key, transcript = self._transcribe(heard, heard_key)
        voices_key = product_key("voices", VOICES_VERSION, None, who_key)
        voices = self._product(
            Voices, "voices", voices_key, lambda: measure_voices(self._ingested.audio, diarization)
        )
        echoes_key = _echoes_key(metadata, who_key, words_key)
        key = converse_key(recording, self._kit, voices_key, words_key, echoes_key)
        tools = tools_of(self._kit)

        def converse_with_echoes() -> Conversation:
            read = converse.from_audio(
                recording, heard.timeline, diarization, transcript, tools, voices=voices.figures
            )
            echoes = self._product(
                Echoes,
                "echoes",
                echoes_key,
                lambda: find_echoes(self._ingested.audio, heard.speech, read),
            )
            return converse.with_echoes(read, echoes.found)

        conversation = self._product(Conversation, "converse", key, converse_with_echoes)
        self.keys |= {
            "heard": heard_key,
            "who": who_key,
            "voices": voices_key,
            "words": words_key,
            "echoes": echoes_key,
            "conversation": key,
        }
        return recording, conversation

    def _listen(self, country: str | None) -> Heard:
        speech = detect_speech(self._channels, self._kit.engines.voice_detector)
        timeline = listen(self._ingested.audio, country=country, speech=dict(enumerate(speech)))
        holes = [non_speech(timeline, channel) for channel in range(len(self._channels))]
        voices = without(speech, holes)
        return Heard(timeline, voices, from_the_tones(voices, holes))

    def _diarize(self, recording: Recording, heard: Heard, key: str) -> tuple[str, Diarization]:
        stereo = recording.layout is Layout.STEREO
        count = self._kit.settings.num_speakers
        diarizer = None if stereo else self._kit.engines.diarizer
        engine = "channels" if diarizer is None else f"{diarizer.name} {diarizer.version}"
        self.engines["diarize"] = engine
        key = product_key("diarize", f"{DIARIZE_VERSION} {engine}", count, key)
        return key, self._product(
            Diarization,
            "diarize",
            key,
            lambda: diarize(self._channels, heard.voices, recording.layout, diarizer, count),
        )

    def _transcribe(self, heard: Heard, key: str) -> tuple[str, Transcript]:
        settings, transcriber = self._kit.settings, self._kit.engines.transcriber
        told = None if settings.language == "auto" else settings.language
        choice = LanguageChoice(self._metadata.language or told, settings.languages)
        hints = hints_of(self._metadata, settings)
        version = f"{TRANSCRIBE_VERSION} {transcriber.name} {transcriber.version}"
        self.engines["transcribe"] = version
        key = product_key("transcribe", version, [asdict(choice), hints], key)
        transcript = self._product(
            Transcript,
            "transcribe",
            key,
            lambda: transcribe(self._channels, heard.speech, transcriber, choice, hints),
        )
        if not (settings.second_decoding and isinstance(transcriber, SecondReader)):
            return key, transcript
        self.engines["reread"] = f"{REREAD_VERSION} {transcriber.version}"
        key = product_key("reread", REREAD_VERSION, SHARE, key)
        return key, self._product(
            Transcript,
            "reread",
            key,
            lambda: reread(self._channels, heard.speech, transcript, transcriber, hints),
        )


def _echoes_key(metadata: CallMetadata, *made_of: str) -> str:
    """The key of the echoes: names of a later version of the code do not make them stale."""
    known = [metadata.agent_name, metadata.customer_name, metadata.direction]
    return product_key("echoes", ECHOES_VERSION, known, *made_of)


def hints_of(metadata: CallMetadata, settings: Settings) -> tuple[str, ...]:
    """Names that are likely to be said in this call: the two parties and the desk's companies."""
    names = (metadata.agent_name, metadata.customer_name, *settings.companies)
    return tuple(dict.fromkeys(name for name in names if name))


def tools_of(kit: Kit) -> converse.Tools:
    """What turning words into a conversation needs."""
    return converse.Tools(kit.catalogue, kit.engines.encoder, kit.settings.country)


def converse_version(kit: Kit) -> str:
    """Everything besides the words on which a conversation depends."""
    return f"{converse.VERSION} {kit.language_fingerprint} {kit.engines.encoder.version}"


def converse_key(recording: Recording, kit: Kit, *made_of: str) -> str:
    """The key of a conversation: `made_of` voices and words by their keys, or of a file's turns."""
    beside = [asdict(recording.metadata), recording.notes, kit.settings.country]
    return product_key("converse", converse_version(kit), beside, *made_of)


def score_version(kit: Kit) -> str:
    """Everything besides conversation and rubric on which verdicts depend."""
    return f"{SCORE_VERSION} {kit.calibration.fingerprint}"


def versions_of(kit: Kit, heard: bool = True) -> tuple[str, ...]:
    """The versions of what makes products and verdicts; `heard`: of audio, not of given turns."""
    judged = (converse_version(kit), score_version(kit))
    if not heard:
        return judged
    engines = kit.engines
    return (
        INGEST_VERSION,
        LISTEN_VERSION,
        SPEECH_VERSION,
        engines.voice_detector.version,
        DIARIZE_VERSION,
        f"{engines.diarizer.name} {engines.diarizer.version}",
        VOICES_VERSION,
        TRANSCRIBE_VERSION,
        f"{engines.transcriber.name} {engines.transcriber.version}",
        REREAD_VERSION,
        str(SHARE),
        ECHOES_VERSION,
        *judged,
    )


def process(source: Source, kit: Kit, on_stage: OnStage = _not_told) -> Scored:
    """One source, from file to evaluation; `on_stage` is told of what has to be done.

    Raises:
        CallError: this recording cannot be processed; others can.
    """
    metadata, notes = load_metadata(source, kit.settings)
    if source.kind == "turns":
        return _process_turns(source, metadata, notes, kit)
    call = CallInHand(source, metadata, notes, kit, on_stage)
    recording, conversation = call.conversation()
    engines = call.engines | {"score": score_version(kit)}
    on_stage("score", recording.duration_ms)
    found = evaluations_of(conversation, kit)
    return Scored(recording, conversation, call.keys, found, call.reused, engines)


def _process_turns(
    source: Source, metadata: CallMetadata, notes: tuple[str, ...], kit: Kit
) -> Scored:
    text = read_turns(source.path, source.file, metadata)
    recording = replace(text.recording, notes=(*notes, *text.recording.notes))
    key = converse_key(recording, kit, recording.content_sha256)
    kept = kit.store.get_product(key)
    if kept is not None:
        conversation = loads(Conversation, kept)
    else:
        conversation = converse.from_turns(recording, text, tools_of(kit))
        content = recording.content_sha256
        kit.store.put_product(key, "converse", content, dumps(conversation))
    engines = {"converse": converse_version(kit), "score": score_version(kit)}
    found = evaluations_of(conversation, kit)
    return Scored(recording, conversation, {"conversation": key}, found, kept is not None, engines)


def evaluations_of(conversation: Conversation, kit: Kit) -> tuple[Evaluation, ...]:
    """The evaluations of a call by all its rubrics, the main one's first."""
    rubrics = kit.rubrics.of(conversation, kit.settings.agent_groups)
    return tuple(score(conversation, rubric, kit.calibration) for rubric in rubrics)
