"""Domain types survive the way to bytes and back, whatever they hold."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from typing import Any

import factory_calls
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.conversation import Act, Conversation, KnownName
from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome, Verdict
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Party, Recording, Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import (
    Click,
    Hold,
    LineState,
    Loop,
    Music,
    Ringback,
    Silence,
    Timeline,
    Tone,
)
from qa_pipeline.domain.transcript import (
    Diarization,
    SpeakerTurn,
    Transcript,
    Turn,
    Utterance,
    Word,
)
from qa_pipeline.store.codec import CodecError, dumps, loads

# Text as file names and recognisers may give it: any script, and undecodable bytes of a name.
text = st.one_of(
    st.text(max_size=8),
    st.binary(max_size=6).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)
whole = st.integers(0, 10**8)
number = st.floats(allow_nan=False)
share = st.floats(0, 1)
maybe_channel = st.none() | st.integers(0, 5)
span = st.tuples(whole, whole).map(lambda pair: Span(min(pair), max(pair)))


def many(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=3).map(tuple)


word = st.builds(Word, whole, whole, text, share)
event = st.one_of(
    st.builds(
        Ringback, whole, whole, st.none() | whole, st.none() | text, many(span), st.booleans(),
        st.booleans(), st.booleans(), maybe_channel, share,
    ),
    st.builds(Music, whole, whole, maybe_channel, share),
    st.builds(Hold, whole, whole, st.sampled_from(["music", "beeps"]), st.booleans(), share),
    st.builds(Tone, whole, whole, st.sampled_from(["busy", "fax"]), many(number)),
    st.builds(Silence, whole, whole, st.booleans(), maybe_channel),
    st.builds(Click, whole, whole, maybe_channel),
    st.builds(Loop, whole, whole, many(span), maybe_channel, share),
)  # fmt: skip
json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)  # what a JSON sidecar can hold
    | text,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
offset = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
metadata = st.builds(
    CallMetadata,
    call_id=st.none() | text,
    started_at=st.none() | st.datetimes(timezones=st.none() | offset),
    ring_seconds=st.none() | number,
    disconnected_by=st.none() | st.sampled_from(Party),
    channels=st.none() | st.builds(ChannelRoles, whole, whole),
    extra=st.dictionaries(st.text(max_size=8), json_value, max_size=3),
    sources=st.dictionaries(st.text(max_size=8), text, max_size=3),
)
line = st.builds(LineState, whole, number, st.none() | whole, st.booleans(), st.none() | number)
turn = st.builds(
    Turn, st.sampled_from(Role), whole, whole, text, many(word), share, st.none() | text
)
act = st.builds(
    Act, text, st.sampled_from(Role), whole, whole, whole, text, share,
    st.sampled_from(["pattern", "encoder"]), st.dictionaries(st.text(max_size=8), text, max_size=2),
)  # fmt: skip
name = st.none() | st.builds(
    KnownName, text, st.none() | text, st.none() | text, st.just("address")
)
conversation = st.builds(
    Conversation, text, st.sampled_from(Layout), whole, metadata, text, share, st.none() | text,
    st.sampled_from(["metadata", "none"]), many(turn), many(act), many(event), many(line), name,
    name, share, text, share, many(text),
)  # fmt: skip
verdict = st.builds(
    Verdict, text, st.sampled_from(Outcome), share, text, st.builds(LocalText, text, text),
    many(st.builds(Evidence, whole, whole, st.sampled_from(Role), text)),
)  # fmt: skip


def returns(value: Any) -> None:
    data = dumps(value)
    again = loads(type(value), data)
    assert again == value
    assert dumps(again) == data


@settings(deadline=None, max_examples=60)
@given(conversation)
def test_conversation(value: Conversation) -> None:
    returns(value)


@settings(deadline=None, max_examples=60)
@given(st.builds(Timeline, whole, many(event), many(line), many(text)))
def test_timeline(value: Timeline) -> None:
    returns(value)
    assert [type(e) for e in loads(Timeline, dumps(value)).events] == [
        type(e) for e in value.events
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.builds(
        Transcript, text, share,
        many(st.builds(Utterance, whole, whole, text, many(word), maybe_channel, st.none() | text)),
        text,
    )
)  # fmt: skip
def test_transcript(value: Transcript) -> None:
    returns(value)


@settings(deadline=None, max_examples=60)
@given(
    st.builds(
        Diarization, many(st.builds(SpeakerTurn, span, text)), many(text), st.booleans(), text
    )
)
def test_diarization(value: Diarization) -> None:
    returns(value)


@settings(deadline=None, max_examples=60)
@given(st.builds(Evaluation, text, text, text, text, many(verdict), st.none() | share))
def test_evaluation(value: Evaluation) -> None:
    returns(value)


@settings(deadline=None, max_examples=60)
@given(metadata, text)
def test_recording(known: CallMetadata, path: str) -> None:
    returns(Recording(path, path, "a", "b", 1, 8000, "mp3", Layout.STEREO, 2, known))


def test_moments_keep_being_naive_or_aware() -> None:
    for moment in ("2024-05-06T09:30:00", "2024-05-06T09:30:00+08:00", "2024-05-06T09:30:00+00:00"):
        known = CallMetadata(started_at=datetime.fromisoformat(moment))
        again = loads(CallMetadata, dumps(known)).started_at
        assert again is not None
        assert again.isoformat() == moment


def test_digital_silence_has_a_noise_floor_of_minus_infinity() -> None:
    assert loads(LineState, dumps(LineState(0, float("-inf")))).noise_floor_db == float("-inf")


def test_a_numpy_number_is_stored_as_a_plain_one() -> None:
    made = dataclasses.replace(factory_calls.make().conversation, role_confidence=np.float32(0.5))
    again = loads(Conversation, dumps(made))
    assert again.role_confidence == 0.5
    assert type(again.role_confidence) is float


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b'{"start_ms": "x"}']
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        loads(Span, data)
