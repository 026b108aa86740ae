"""Made-up stored calls in both languages, with evidence and audio that a test can listen to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile

from qa_pipeline.acoustics.audio_files import open_recording
from qa_pipeline.domain.conversation import Conversation, KnownName
from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome, Verdict
from qa_pipeline.domain.recording import Audio, CallMetadata, Layout, Recording, Role
from qa_pipeline.domain.rubric import Criterion, LocalText, Rubric
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Event, Hold, LineState, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.store import Store

RATE_HZ = 8000
A, C, L = Role.AGENT, Role.CUSTOMER, Role.LINE

TITLES = {
    "pickup": ("Picked up in time", "及时接听"),
    "greeting": ("Greeting with full name", "问候并报全名"),
    "name_use": ("Customer's name used", "称呼客户姓名"),
    "hold": ("Hold with consent", "征得同意后等待"),
    "summary": ("Summary", "复述总结"),
    "satisfaction": ("Satisfaction question", "询问满意度"),
    "hangup": ("Customer hangs up first", "客户先挂机"),
}

RUBRIC = Rubric(
    id="phone_standard",
    version="1.0",
    title=LocalText("Phone standard", "电话服务标准"),
    criteria=tuple(
        Criterion(
            name,
            "test_kind",
            LocalText(*title),
            LocalText(f"{title[0]}, as the standard says.", f"{title[1]}。"),
        )
        for name, title in TITLES.items()
    ),
    fingerprint="f" * 64,
)

EN = (
    (A, "Good morning, thank you for calling Northwind, this is Daniel Reyes. How can I help?"),
    (C, "Hi, this is Emily Carter. My replacement kettle still has not arrived."),
    (A, "I'm sorry about that, Ms. Carter. May I put you on hold while I ask the warehouse?"),
    (C, "Sure, go ahead."),
    (A, "Thank you for holding, Ms. Carter. It leaves today and reaches you on Thursday."),
    (C, "Great, thank you."),
    (A, "So, to recap: the kettle ships today, and arrives on Thursday. Were you happy with that?"),
    (C, "Yes, I was. Goodbye."),
)
ZH = (
    (A, "您好,这里是晨星电器,我是客服李文静,请问有什么可以帮您?"),
    (C, "你好,我姓王,我的热水壶一直没有送到。"),
    (A, "王先生,非常抱歉。我向仓库了解一下,请您稍等一分钟,可以吗?"),
    (C, "好的,没问题。"),
    (A, "王先生,让您久等了,今天就会发货,周四送到。"),
    (C, "那太好了,谢谢。"),
    (A, "那我跟您确认一下:水壶今天发出,周四送到。请问您对这次的处理满意吗?"),
    (C, "满意,再见。"),
)

REASONS = {
    Outcome.PASS: ("done", "Done as the standard asks.", "符合标准要求。"),
    Outcome.FAIL: ("not_found", "Not found where it was expected.", "在应出现的地方没有找到。"),
    Outcome.NOT_APPLICABLE: ("no_case", "There was no occasion for it.", "本次通话不涉及。"),
    Outcome.UNDETERMINED: ("no_fact", "Neither line nor records tell.", "线路和记录都无法说明。"),
}
# Which turn carries each criterion's evidence; None: the line.
EVIDENCE_TURNS = {
    "pickup": None,
    "greeting": (0,),
    "name_use": (2, 4),
    "hold": (2, 3),
    "summary": (6,),
    "satisfaction": (6,),
    "hangup": (7,),
}


@dataclass(frozen=True)
class Made:
    """Everything about one made call."""

    recording: Recording
    conversation: Conversation
    evaluation: Evaluation


def turns(language: str = "en", start_ms: int = 9_000) -> tuple[Turn, ...]:
    """The turns of the script, one after the other with a hold after the fourth."""
    made: list[Turn] = []
    at = start_ms
    for index, (role, text) in enumerate(EN if language == "en" else ZH):
        length = 260 * len(text.split()) if language == "en" else 190 * len(text)
        parts = text.split() if language == "en" else list(text)
        step = length / len(parts)
        words = tuple(
            Word(at + round(i * step), at + round((i + 1) * step), part, 0.9)
            for i, part in enumerate(parts)
        )
        made.append(Turn(role, at, at + length, text, words, 0.9, f"SPEAKER_0{role is C:d}"))
        at += length + (6_000 if index == 3 else 400)
    return tuple(made)


def make(
    number: int = 0,
    *,
    folder: Path | None = None,
    language: str = "en",
    agent: tuple[str | None, str | None] = ("1001", "Daniel Reyes"),
    outcomes: Sequence[Outcome] | None = None,
    started_at: datetime | None = None,
    call_id: str | None = None,
    file: str | None = None,
    rubric: Rubric = RUBRIC,
) -> Made:
    """One call; equal arguments give equal calls."""
    file = file or f"call_{number:03d}.wav"
    sha = hashlib.sha256(f"{number} {file} {language}".encode("utf-8", "replace")).hexdigest()
    call_id = call_id or sha[:16]
    said = turns(language)
    duration_ms = said[-1].end_ms + 1_500
    customer = "Emily Carter" if language == "en" else "王"
    metadata = CallMetadata(
        call_id=call_id,
        agent_id=agent[0],
        agent_name=agent[1],
        started_at=started_at or datetime(2024, 5, 6, 9, 30) + timedelta(hours=number * 5),
        ring_seconds=8.0,
        country="US" if language == "en" else "CN",
        extra={"queue": "kitchen", "skills": [1, {"a": None}]},
        sources={"agent_id": "sidecar"},
    )
    path = (folder or Path("/recordings")) / file
    recording = Recording(
        str(path), file, sha, call_id, duration_ms, RATE_HZ, "pcm_s16le", Layout.MONO, 1, metadata
    )
    hold = Hold(said[3].end_ms + 300, said[4].start_ms - 300, "music", True, 0.93)
    events: tuple[Event, ...] = (
        Ringback(500, 8_400, 2, metadata.country, (Span(500, 2_500), Span(6_400, 8_400))),
        hold,
        Music(hold.start_ms, hold.end_ms, 0, 0.9),
        Silence(said[-1].end_ms, duration_ms),
        Tone(duration_ms - 900, duration_ms - 500, "busy", (450.0,), metadata.country),
    )
    conversation = Conversation(
        call_id, Layout.MONO, duration_ms, metadata, language, 0.98, metadata.country, "metadata",
        said, (), events, (LineState(0, float("-inf"), duration_ms - 1_000, True),),
        KnownName(agent[1], None, None, "metadata") if agent[1] else None,
        KnownName(customer, None, None, "self_introduction"),
        0.9, "greets with the company's name", 0.9, ("dual mono: one channel",),
    )  # fmt: skip
    chosen = tuple(outcomes) if outcomes else (Outcome.PASS,) * len(TITLES)
    verdicts = tuple(
        _verdict(name, outcome, said, events[0])
        for name, outcome in zip(TITLES, chosen, strict=True)
    )
    passed, failed = chosen.count(Outcome.PASS), chosen.count(Outcome.FAIL)
    score = passed / (passed + failed) if passed + failed else None
    evaluation = Evaluation(call_id, rubric.id, rubric.version, rubric.fingerprint, verdicts, score)
    return Made(recording, conversation, evaluation)


def _verdict(name: str, outcome: Outcome, said: tuple[Turn, ...], ring: Event) -> Verdict:
    code, en, zh = REASONS[outcome]
    where = EVIDENCE_TURNS[name]
    if where is None:
        evidence: tuple[Evidence, ...] = (Evidence(ring.start_ms, ring.end_ms, L, "2 rings"),)
    elif outcome is Outcome.FAIL:
        evidence = (Evidence(said[0].start_ms, said[-1].end_ms, A, ""),)
    else:
        evidence = tuple(
            Evidence(said[i].start_ms, said[i].end_ms, said[i].role, said[i].text) for i in where
        )
    confidence = {Outcome.PASS: 0.95, Outcome.FAIL: 0.82}.get(outcome, 0.6)
    return Verdict(name, outcome, confidence, code, LocalText(en, zh), evidence)


def audio(made: Made) -> Audio:
    """A sound for the call: a low hum for the agent, a higher one for the customer, a ring."""
    rate = RATE_HZ
    wave = np.zeros(made.conversation.duration_ms * rate // 1000, dtype=np.float32)
    parts = [
        (t.start_ms, t.end_ms, 180.0 if t.role is A else 320.0) for t in made.conversation.turns
    ]
    parts += [(b.start_ms, b.end_ms, 440.0) for r in made.conversation.ringbacks for b in r.bursts]
    for start_ms, end_ms, pitch in parts:
        start, end = start_ms * rate // 1000, end_ms * rate // 1000
        t = np.arange(end - start, dtype=np.float32) / rate
        wave[start:end] = 0.25 * np.sin(2 * np.pi * pitch * t) * (0.6 + 0.4 * np.sin(12 * t))
    return Audio(wave[np.newaxis, :], rate)


def write_audio(made: Made) -> Path:
    """The call's audio as a file where its recording says it is."""
    path = Path(made.recording.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, audio(made).samples.T, RATE_HZ, subtype="PCM_16")
    return path


def decode(recording: Recording) -> Audio:
    """What the ingest stage does, for WAV files only."""
    with open_recording(Path(recording.path)) as file:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T), int(rate))


def save(store: Store, made: Made, *, evaluate: bool = True) -> Made:
    """The call in the store as a run would leave it."""
    recording = made.recording
    store.save_seen(recording.file, recording.path, 1, 1, recording.content_sha256)
    keys = {"conversation": f"key{recording.call_id}"}
    store.save_rubric(RUBRIC)
    if evaluate:
        store.keep_scored(
            recording,
            made.conversation,
            keys,
            [made.evaluation],
            engines={"asr": "test 1"},
            made_by="test 1",
        )
    else:
        store.save_call(recording, made.conversation, keys)
    return made


def desk(folder: Path | None = None, calls: int = 12) -> list[Made]:
    """A desk's calls: three agents and one unknown, two languages, all outcomes."""
    agents: list[tuple[str | None, str | None]] = [
        ("1001", "Daniel Reyes"),
        ("2002", "李文静"),
        ("1003", "Grace O'Neill"),
        (None, None),
    ]
    p, f, n, u = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED
    patterns = [
        (p, p, p, p, p, p, p),
        (p, p, f, n, p, f, u),
        (f, f, p, f, f, f, p),
        (u, p, p, n, p, p, u),
        (p, f, p, p, f, p, p),
    ]
    made = []
    for number in range(calls):
        agent = agents[3] if number % 11 == 10 else agents[number % 3]
        language = "zh" if agent[0] == "2002" else "en"
        made.append(
            make(
                number,
                folder=folder,
                language=language,
                agent=agent,
                outcomes=patterns[number % len(patterns)],
            )
        )
    return made


def renamed(made: Made, **changes: object) -> Made:
    """The same call with fields of its recording changed (call_id everywhere)."""
    recording = replace(made.recording, **changes)  # type: ignore[arg-type]
    return Made(
        recording,
        replace(made.conversation, call_id=recording.call_id),
        replace(made.evaluation, call_id=recording.call_id),
    )
