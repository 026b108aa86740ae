"""Short calls as text, for the tests of the criteria that are about names."""

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.stages.find_names import find_names


def call(
    *lines: str,
    language: str = "en",
    agent: str | None = None,
    customer: str | None = None,
    layout: Layout = Layout.TEXT,
    start_ms: int = 2_000,
    role_confidence: float = 1.0,
    speech_confidence: float = 1.0,
    word_probability: float | None = None,
) -> Conversation:
    """A call of lines such as ``a hello`` (agent) and ``c hi`` (customer), 4 s each."""
    turns = tuple(
        _turn(line, start_ms + i * 4_000, word_probability) for i, line in enumerate(lines)
    )
    metadata = CallMetadata(agent_name=agent, customer_name=customer)
    agent_name, customer_name = find_names(turns, metadata, language)
    return Conversation(
        call_id="call", layout=layout, duration_ms=start_ms + len(lines) * 4_000 + 3_000,
        metadata=metadata, language=language, language_confidence=1.0, country=None,
        country_source="none", turns=turns, acts=(), events=(), agent_name=agent_name,
        customer_name=customer_name, role_confidence=role_confidence,
        speech_confidence=speech_confidence,
    )  # fmt: skip


def _turn(line: str, start_ms: int, probability: float | None) -> Turn:
    role = Role.AGENT if line[0] == "a" else Role.CUSTOMER
    text = line[2:]
    words: tuple[Word, ...] = ()
    if probability is not None:
        step = 3_500 // max(1, len(text.split()))
        words = tuple(
            Word(start_ms + i * step, start_ms + (i + 1) * step, word, probability)
            for i, word in enumerate(text.split())
        )
    return Turn(role, start_ms, start_ms + 3_500, text, words)
