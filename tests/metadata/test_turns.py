from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Party, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import (
    Click,
    Hold,
    LineState,
    Loop,
    Music,
    Ringback,
    Silence,
    Tone,
)
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.errors import MetadataError
from qa_pipeline.metadata import read_turns, write_turns
from qa_pipeline.metadata.values import is_not_known

PLAIN = {
    "call_id": "0002f70f",
    "source": "somebody",
    "language": "en",
    "metadata": {"agent_name": "Elizabeth", "disconnected_by": "agent", "hangup_gap_ms": -8283},
    "turns": [
        {"role": "agent", "start_ms": 3720, "end_ms": 6390, "text": "hello"},
        {"role": "customer", "start_ms": 7000, "end_ms": 7720, "text": "hi"},
    ],
}


def written(folder: Path, content: object, name: str = "x.turns.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_plain_transcript(tmp_path: Path) -> None:
    call = read_turns(written(tmp_path, PLAIN), "sub/x.turns.json")
    assert call.recording.file == "sub/x.turns.json"
    assert call.recording.layout is Layout.TEXT
    assert call.recording.codec == "text"
    assert call.recording.duration_ms == 7720
    assert call.recording.call_id == "0002f70f"
    assert call.recording.metadata.disconnected_by is Party.AGENT
    assert call.recording.metadata.extra["hangup_gap_ms"] == -8283
    assert call.turns == (
        Turn(Role.AGENT, 3720, 6390, "hello"),
        Turn(Role.CUSTOMER, 7000, 7720, "hi"),
    )
    assert (call.events, call.lines, call.language) == ((), (), "en")


def test_duration_events_and_words_are_optional_extras(tmp_path: Path) -> None:
    content = {
        "duration_ms": 90_000,
        "turns": [
            {
                "role": "agent", "start_ms": 100.4, "end_ms": 900.0, "text": "您好",
                "words": [{"start_ms": 100, "end_ms": 900, "text": "您好", "probability": 0.5}],
            }
        ],
        "events": [
            {"kind": "ringback", "start_ms": 0, "end_ms": 9000, "rings": 2},
            {"kind": "tone", "start_ms": 80_000, "end_ms": 82_000, "from_the_future": 1},
            {"kind": "hold", "start_ms": 20_000, "end_ms": 30_000, "medium": "music"},
        ],
    }  # fmt: skip
    call = read_turns(written(tmp_path, content))
    assert call.recording.duration_ms == 90_000
    assert call.recording.call_id == call.recording.content_sha256[:16]
    assert call.turns[0].start_ms == 100
    assert call.turns[0].confidence == 0.5
    assert call.language == "zh"
    assert call.events == (
        Ringback(0, 9000, 2, None),
        Tone(80_000, 82_000, "unknown"),
        Hold(20_000, 30_000, "music"),
    )


def test_turns_are_put_in_order(tmp_path: Path) -> None:
    content = {**PLAIN, "turns": list(reversed(PLAIN["turns"]))}
    assert [t.text for t in read_turns(written(tmp_path, content)).turns] == ["hello", "hi"]


def test_no_turns_at_all_is_read_and_told(tmp_path: Path) -> None:
    call = read_turns(written(tmp_path, {"turns": []}))
    assert call.recording.notes == ("the file holds no turns",)


def bad_turn(**changes: Any) -> dict[str, Any]:
    turn = {"role": "agent", "start_ms": 0, "end_ms": 10, "text": "a"} | changes
    return {"turns": [PLAIN["turns"][0], turn]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "turns: Field required"),
        ({"turns": "none"}, "turns: "),
        ({"turns": [3]}, "turns.0"),
        (bad_turn(role="caller"), "turns.1.role: 'caller' is not a role"),
        (bad_turn(role=["agent"]), "turns.1.role"),
        (bad_turn(start_ms=-5), "turns.1.start_ms"),
        (bad_turn(start_ms="soon"), "turns.1.start_ms"),
        (bad_turn(start_ms=50), "turns.1: ends at 10 ms, before it starts at 50 ms"),
        (bad_turn(end_ms=10**12), "turns.1.end_ms"),
        (bad_turn(text=None), "turns.1.text"),
        (bad_turn(words=[{"start_ms": 0, "end_ms": 1}]), "turns.1.words.0.text"),
        ({"turns": [], "events": [{"kind": "earthquake", "start_ms": 0, "end_ms": 1}]}, "events"),
        ({"turns": [], "events": [{"kind": "hold", "start_ms": 9, "end_ms": 1}]}, "a hold runs"),
        ({"turns": [], "metadata": {"ring_count": "x"}}, "ring_count is 'x'"),
        ({"turns": [], "metadata": [1]}, "metadata is not an object"),
        ([], "not a JSON object but a list"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(MetadataError) as refused:
        read_turns(written(tmp_path, content))
    assert refused.value.cause.startswith("x.turns.json")
    assert words in refused.value.cause
    assert refused.value.cure


def test_many_problems_are_counted_not_poured_out(tmp_path: Path) -> None:
    content = {"turns": [{"role": "agent"}] * 100}
    with pytest.raises(MetadataError, match="and 297 more") as refused:
        read_turns(written(tmp_path, content))
    assert len(refused.value.cause) < 400


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.turns.json"
    path.write_bytes('{"turns": "你好"}'.encode("gb18030"))
    with pytest.raises(MetadataError, match=r"x\.turns\.json is not text in UTF-8"):
        read_turns(path)


MS = st.integers(0, 3_600_000)
SHARE = st.floats(0, 1)
TEXT = st.text(max_size=40)
SHORT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20).filter(
    lambda t: unicodedata.is_normalized("NFC", t) and not is_not_known(t)
)


@st.composite
def times(draw: st.DrawFn) -> tuple[int, int]:
    start, end = sorted((draw(MS), draw(MS)))
    return start, end


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    words = tuple(
        Word(*draw(times()), draw(TEXT), draw(SHARE)) for _ in range(draw(st.integers(0, 2)))
    )
    role = draw(st.sampled_from([Role.AGENT, Role.CUSTOMER]))
    speaker = draw(st.none() | SHORT)
    return Turn(role, *draw(times()), draw(TEXT), words, draw(SHARE), speaker)


@st.composite
def events(draw: st.DrawFn) -> Any:
    start, end = draw(times())
    channel = draw(st.none() | st.integers(0, 1))
    bursts = tuple(Span(*draw(times())) for _ in range(draw(st.integers(0, 2))))
    rings = draw(st.none() | st.integers(0, 9))
    return draw(
        st.sampled_from(
            [
                Ringback(start, end, rings, "CN", bursts, True, False, rings is None, channel, 0.5),
                Music(start, end, channel, 0.25),
                Hold(start, end, "music", True, 0.75),
                Tone(start, end, "busy", (450.0, 480.5), "US", channel),
                Silence(start, end, True, channel),
                Click(start, end, channel),
                Loop(start, end, bursts, channel, 0.75),
            ]
        )
    )


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    said = tuple(sorted(draw(st.lists(turns(), max_size=4)), key=lambda turn: turn.start_ms))
    heard = tuple(draw(st.lists(events(), max_size=4)))
    metadata = CallMetadata(
        agent_name=draw(st.none() | SHORT),
        agent_id=draw(st.none() | SHORT),
        ring_seconds=draw(st.none() | st.floats(0, 600)),
        ring_count=draw(st.none() | st.integers(0, 20)),
        disconnected_by=draw(st.none() | st.sampled_from(Party)),
        started_at=draw(st.none() | st.just(datetime(2025, 3, 1, 9, 30, tzinfo=UTC))),
        channels=draw(st.none() | st.just(ChannelRoles(1, 0))),
        country=draw(st.none() | st.sampled_from(["CN", "US"])),
        extra=draw(
            st.dictionaries(SHORT.map("x_{}".format), st.none() | TEXT | st.integers(), max_size=2)
        ),
    )
    return Conversation(
        call_id=draw(SHORT),
        layout=Layout.STEREO,
        duration_ms=3_600_000,
        metadata=metadata,
        language=draw(st.sampled_from(["en", "zh"])),
        language_confidence=draw(SHARE),
        country=None,
        country_source="none",
        turns=said,
        acts=(),
        events=heard,
        lines=(LineState(0, -61.5, 9000, True, 20.0), LineState(1, -70.0)),
        role_confidence=draw(SHARE),
    )


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(conversation=conversations())
def test_what_is_written_is_read_back(tmp_path: Path, conversation: Conversation) -> None:
    path = tmp_path / "x.turns.json"
    path.write_bytes(write_turns(conversation))
    call = read_turns(path)
    assert call.turns == conversation.turns
    assert call.events == conversation.events
    assert call.lines == conversation.lines
    assert call.recording.duration_ms == conversation.duration_ms
    assert call.recording.call_id == conversation.call_id
    assert call.language == conversation.language
    assert call.language_confidence == conversation.language_confidence
    assert call.role_confidence == conversation.role_confidence
    back = call.recording.metadata
    assert replace(back, call_id=None, language=None, extra={}, sources={}) == replace(
        conversation.metadata, extra={}
    )
    assert back.extra == {**conversation.metadata.extra, "source": "qa_pipeline"}


def test_a_broken_character_is_still_written_and_read(tmp_path: Path) -> None:
    conversation = Conversation(
        "c", Layout.MONO, 10, CallMetadata(), "en", 1.0, None, "none",
        (Turn(Role.AGENT, 0, 10, "half \ud83d"),), (), (),
    )  # fmt: skip
    path = tmp_path / "x.turns.json"
    path.write_bytes(write_turns(conversation))
    assert read_turns(path).turns[0].text == "half \ud83d"
