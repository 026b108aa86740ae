"""Small calls and verdicts whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome, Verdict
from qa_pipeline.domain.recording import CallMetadata, Layout, Recording, Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.stored import Override, StoredCall
from qa_pipeline.domain.timeline import Event, LineState
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.measure.agreement import Pair
from qa_pipeline.measure.labels import LabelledTurn

P, F = Outcome.PASS, Outcome.FAIL
N, U = Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED
AGENT, CUSTOMER, LINE = Role.AGENT, Role.CUSTOMER, Role.LINE


def pairs(*rows: tuple[Outcome, Outcome, int], confidence: float = 0.8) -> list[Pair]:
    """Rows of (label, said, how often)."""
    return [
        Pair("greeting", said, label, confidence)
        for label, said, count in rows
        for _ in range(count)
    ]


def sure(confidence: float, right: bool) -> Pair:
    return Pair("greeting", P, P if right else F, confidence)


def verdict(
    criterion: str,
    outcome: Outcome,
    confidence: float = 0.8,
    evidence: Sequence[Evidence] = (),
) -> Verdict:
    text = LocalText(f"{criterion} is {outcome.value}.", f"{criterion}:{outcome.value}。")
    return Verdict(criterion, outcome, confidence, "because", text, tuple(evidence))


def turn(role: Role, start_ms: int, end_ms: int, text: str = "", words: bool = False) -> Turn:
    """A turn; with `words`, they lie evenly in it."""
    parts = text.split() if words else []
    step = (end_ms - start_ms) / max(1, len(parts))
    made = tuple(
        Word(round(start_ms + n * step), round(start_ms + (n + 1) * step), part)
        for n, part in enumerate(parts)
    )
    return Turn(role, start_ms, end_ms, text, made)


def labelled(role: Role, start_ms: int, end_ms: int, text: str = "") -> LabelledTurn:
    return LabelledTurn(role=role, start_ms=start_ms, end_ms=end_ms, text=text)


def conversation(
    turns: Sequence[Turn] = (),
    events: Sequence[Event] = (),
    lines: Sequence[LineState] = (),
    *,
    call_id: str = "c1",
    language: str = "en",
    layout: Layout = Layout.MONO,
    duration_ms: int = 60_000,
) -> Conversation:
    return Conversation(
        call_id, layout, duration_ms, CallMetadata(), language, 1.0, None, "none",
        tuple(turns), (), tuple(events), tuple(lines),
    )  # fmt: skip


def stored(
    call_id: str = "c1",
    said: Mapping[str, Outcome] | None = None,
    *,
    path: str | None = None,
    confidence: float = 0.8,
    call: Conversation | None = None,
    language: str = "en",
    layout: Layout = Layout.MONO,
    overrides: tuple[Override, ...] = (),
) -> StoredCall:
    path = path or f"/recordings/{call_id}.wav"
    call = call or conversation(call_id=call_id, language=language, layout=layout)
    recording = Recording(
        path, path.rpartition("/")[2], f"sha-{call_id}", call_id, call.duration_ms, 8_000,
        "pcm_s16le", call.layout, 1, call.metadata,
    )  # fmt: skip
    verdicts = tuple(
        verdict(criterion, outcome, confidence, [Evidence(1_000, 2_000, AGENT, "hello")])
        for criterion, outcome in (said or {"greeting": P}).items()
    )
    evaluation = Evaluation(call_id, "phone", "1.0", "f" * 64, verdicts, None)
    return StoredCall(recording, call, evaluation, None, overrides)
