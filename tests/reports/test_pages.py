"""Scorecard pages and clips: whole, self-contained, safe, and truthful about what is missing."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import av
import numpy as np
import pytest
from desk_store import ACCESS, filled, made_up

from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Audio, Layout, Recording, Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.scorecard import DaySummary
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.errors import AudioError, SetupError, UsageError
from qa_pipeline.reports import pictures, sound
from qa_pipeline.reports.audio import FORMATS, Format, encode
from qa_pipeline.reports.captions import Cue, cues, to_vtt
from qa_pipeline.reports.clips import ClipRequest, write_clips
from qa_pipeline.reports.files import safe_name
from qa_pipeline.reports.scorecards import (
    ScorecardOptions,
    concerns,
    page_names,
    write_scorecards,
)
from qa_pipeline.stages.aggregate import aggregate
from qa_pipeline.store import Store, open_store


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with filled(tmp_path_factory.mktemp("desk"), 12, audio=True) as store:
        yield store


def samples(data: bytes) -> tuple[int, int]:
    """How many samples a file holds, and their rate."""
    with av.open(io.BytesIO(data)) as container:
        rate = container.streams.audio[0].rate
        return sum(frame.samples for frame in container.decode(audio=0)), rate


def sounds(page: str) -> list[tuple[list[list[int]], bytes, str]]:
    """Segments, bytes and link of every call's sound in a page."""
    found = re.findall(
        r'-sound" data-mime="audio/mpeg" data-segments="([^"]*)" data-link="([^"]*)">([^<]*)<', page
    )
    return [
        (json.loads(html.unescape(where)), base64.b64decode(data), link)
        for where, link, data in found
    ]


# Scorecards


def test_an_index_and_a_page_per_agent(desk: Store, tmp_path: Path) -> None:
    told: list[str | None] = []
    index = write_scorecards(
        desk, tmp_path, aggregate, ACCESS, progress=lambda card: told.append(card.agent.key)
    )
    pages = {path.name for path in tmp_path.iterdir()}
    assert pages == {
        "index.html", "agent-1001.html", "agent-1003.html", "agent-2002.html", "unknown-agent.html",
    }  # fmt: skip
    assert told == ["1001", "1003", "2002", None]
    text = index.read_text("utf-8")
    for page in pages - {"index.html"}:
        assert f'href="{page}"' in text
    assert "notes.wav is text." in text
    assert text.index("李文静") < text.index("Daniel Reyes")  # the lowest score first
    agent = (tmp_path / "agent-2002.html").read_text("utf-8")
    for said in (
        "及时接听",
        "Picked up in time",
        "请您稍等一分钟",
        "在应出现的地方没有找到。",
        "call_001.wav",
    ):
        assert said in agent
    assert "agent_id" in (tmp_path / "unknown-agent.html").read_text("utf-8")


def test_pages_need_nothing_but_themselves(desk: Store, tmp_path: Path) -> None:
    write_scorecards(desk, tmp_path, aggregate, ACCESS)
    for path in tmp_path.glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", text)
        assert not re.search(r"<link\b|@import|<script[^>]+src=|url\(", text)
        assert "default-src 'none'" in text


def test_the_sound_of_a_call_is_in_the_page_and_as_long_as_the_call(
    desk: Store, tmp_path: Path
) -> None:
    write_scorecards(desk, tmp_path, aggregate, ACCESS)
    page = (tmp_path / "agent-1001.html").read_text("utf-8")
    found = sounds(page)
    assert len(found) == 4
    for segments, data, link in found:
        [[start, end, at]] = segments
        assert (start, at, link) == (0, 0, "")
        count, rate = samples(data)
        assert abs(count / rate * 1000 - end) < 200
        assert len(data) < end / 1000 * 2_300  # near 16 kbit/s


def test_evidence_can_be_played_from_its_time(desk: Store, tmp_path: Path) -> None:
    write_scorecards(desk, tmp_path, aggregate, ACCESS)
    page = (tmp_path / "agent-1001.html").read_text("utf-8")
    call = next(c for c in desk.calls(CallFilter(agent="1001")))
    item = call.evaluation.verdicts[1].evidence[0]
    assert f'data-start="{item.start_ms - 300}" data-end="{item.end_ms + 300}"' in page
    for anchor in set(re.findall(r'data-call="([^"]+)"', page)):
        assert f'id="{anchor}"' in page
        assert f'id="{anchor}-sound"' in page


def test_a_large_page_carries_the_sound_around_evidence_only(
    desk: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = list(desk.scored_calls(CallFilter(agent="1001")))
    whole = sum(call.duration_ms for call in members) * 2
    assert sound.extent_for(members, whole) == "call"
    assert sound.extent_for(members, whole - 1) == "evidence"
    assert sound.extent_for(members, 1) == "attention"
    stored = desk.stored_call(members[0].call_id)
    assert stored is not None
    monkeypatch.setattr(sound, "LONGEST_MS", 1_000)
    part = sound.sound_of(stored, ACCESS, "evidence")
    assert len(part.segments) > 1
    for (_, end, _), (start, _, _) in zip(part.segments, part.segments[1:], strict=False):
        assert start > end
    lengths = [end - start for start, end, _ in part.segments]
    assert [at for _, _, at in part.segments] == [sum(lengths[:i]) for i in range(len(lengths))]
    count, rate = samples(base64.b64decode(part.data))
    assert abs(count / rate * 1000 - sum(lengths)) < 200


def test_sound_can_be_linked_or_left_out(desk: Store, tmp_path: Path) -> None:
    write_scorecards(desk, tmp_path / "a", aggregate, ACCESS, options=ScorecardOptions("link"))
    page = (tmp_path / "a" / "agent-1001.html").read_text("utf-8")
    for _, data, link in sounds(page):
        assert data == b""
        assert (tmp_path / "a" / link).is_file()
    write_scorecards(desk, tmp_path / "b", aggregate, ACCESS, options=ScorecardOptions("none"))
    assert sounds((tmp_path / "b" / "agent-1001.html").read_text("utf-8")) == []


def test_a_recording_that_is_gone_or_broken_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    with filled(tmp_path, 4, audio=True) as store:
        (tmp_path / "recordings" / "call_000.wav").unlink()
        write_scorecards(store, tmp_path / "out", aggregate, ACCESS)

        def broken(recording: Recording) -> Audio:
            raise AudioError(f"{recording.file} is cut.", "")

        write_scorecards(store, tmp_path / "bad", aggregate, replace(ACCESS, decode=broken))
    page = (tmp_path / "out" / "agent-1001.html").read_text("utf-8")
    assert "call_000.wav is no longer where it was" in page
    assert len(sounds(page)) == 1
    assert "call_003.wav is cut." in (tmp_path / "bad" / "agent-1001.html").read_text("utf-8")


def test_what_was_said_cannot_run_in_the_page(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    made = made_up.make(agent=(evil, evil), file="<b>&.wav")
    verdict = replace(
        made.evaluation.verdicts[0],
        explanation=LocalText(evil, evil),
        evidence=(Evidence(0, 10, Role.AGENT, evil),),
    )
    evaluation = replace(made.evaluation, verdicts=(verdict,))
    with open_store(tmp_path / "data") as store:
        made_up.save(store, replace(made, evaluation=evaluation))
        store.save_failure(evil, evil, evil, evil)
        write_scorecards(store, tmp_path / "out", aggregate, ACCESS)
    for path in (tmp_path / "out").iterdir():
        text = path.read_text("utf-8")
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "<b>&.wav" not in text


def test_agents_of_any_name_get_a_file_of_their_own(desk: Store) -> None:
    [card, *_] = aggregate(desk.scored_calls())
    keys = ["Ann", "ann", "a/b", "a b", "../x", "李文静", "con", "😀", "index", "x" * 300, None]
    cards = [replace(card, agent=replace(card.agent, key=key)) for key in keys]
    names = page_names(cards)
    assert len({name.casefold() for name in names}) == len(keys)
    assert all(len(name.encode()) < 250 for name in names)
    assert not any("/" in name or name.startswith(".") for name in names)


def test_what_to_hear_first_is_the_surest_fails(desk: Store) -> None:
    card = next(c for c in aggregate(desk.scored_calls()) if c.agent.key == "1001")
    outcomes = [item.verdict.outcome for item in concerns(card)]
    assert outcomes == [Outcome.FAIL] * 4 + [Outcome.UNDETERMINED] * 3


def test_no_calls_make_an_index_that_says_so(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        index = write_scorecards(store, tmp_path / "out", aggregate)
    assert "No call has been scored yet." in index.read_text("utf-8")


def test_a_folder_that_cannot_be_written(desk: Store, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SetupError, match="cannot be written"):
        write_scorecards(desk, tmp_path / "out", aggregate)


def test_the_trend_runs_from_left_to_right_and_higher_is_better() -> None:
    days = [
        DaySummary(date(2024, 5, 1), 1, 0.0),
        DaySummary(date(2024, 5, 2), 2, None),
        DaySummary(date(2024, 5, 11), 3, 1.0),
    ]
    first, last = pictures.trend(days)
    assert first.x == pictures.MARGIN_LEFT
    assert last.x == pictures.TREND_WIDTH - pictures.MARGIN_RIGHT
    assert last.y < first.y
    assert len(pictures.trend(days[:1])) == 1
    assert pictures.trend([]) == ()


def test_the_strip_stays_within_the_call() -> None:
    made = made_up.make()
    boxes = pictures.strip(made.conversation, made.evaluation)
    assert {box.kind for box in boxes} >= {"ring", "hold", "tone", "agent", "customer", "pass"}
    assert all(0 <= box.x <= box.x + box.width <= pictures.STRIP_WIDTH + 2 for box in boxes)


# Clips


def test_clips_with_captions_and_an_index(desk: Store, tmp_path: Path) -> None:
    made = write_clips(desk, ClipRequest("hold", Outcome.PASS), tmp_path, ACCESS)
    assert made.problems == ()
    assert len(made.clips) == 5
    rows = list(csv.DictReader((tmp_path / "index.csv").read_text("utf-8-sig").splitlines()))
    assert [row["clip"] for row in rows] == [clip.file for clip in made.clips]
    page = made.index.read_text("utf-8")
    for clip in made.clips:
        assert clip.call.call_id in clip.file
        assert clip.file in page
        count, rate = samples((tmp_path / clip.file).read_bytes())
        assert abs(count / rate * 1000 - clip.span.duration_ms) < 250
        text = (tmp_path / clip.captions).read_text("utf-8")
        assert text.startswith("WEBVTT\n\n")
        last = re.findall(r"--> 00:00:(\d\d\.\d+)", text)[-1]
        assert float(last) * 1000 <= clip.span.duration_ms
        assert "hold" in text or "稍等" in text


def test_the_surest_come_first(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        for number, confidence in enumerate((0.5, 0.9, 0.7)):
            made = made_up.make(number, folder=tmp_path)
            made_up.write_audio(made)
            verdicts = tuple(replace(v, confidence=confidence) for v in made.evaluation.verdicts)
            made_up.save(
                store, replace(made, evaluation=replace(made.evaluation, verdicts=verdicts))
            )
        clips = write_clips(store, ClipRequest("summary"), tmp_path / "out", ACCESS).clips
    assert [clip.call.file[5:8] for clip in clips] == ["001", "002", "000"]


def test_clips_of_one_agent_or_outcome(desk: Store, tmp_path: Path) -> None:
    one = ClipRequest("greeting", which=CallFilter(agent="1001"))
    clips = write_clips(desk, one, tmp_path, ACCESS).clips
    assert {clip.call.agent.id for clip in clips} == {"1001"}
    assert {clip.verdict.outcome for clip in clips} == {Outcome.PASS, Outcome.FAIL}
    fails = write_clips(desk, replace(one, outcome=Outcome.FAIL), tmp_path, ACCESS).clips
    assert {clip.verdict.outcome for clip in fails} == {Outcome.FAIL}


@pytest.mark.parametrize("form", list(FORMATS))
def test_clips_in_every_format(desk: Store, tmp_path: Path, form: Format) -> None:
    request = ClipRequest("greeting", which=CallFilter(agent="2002"), form=form)
    for clip in write_clips(desk, request, tmp_path, ACCESS).clips:
        count, rate = samples((tmp_path / clip.file).read_bytes())
        assert abs(count / rate * 1000 - clip.span.duration_ms) < 250


def test_evidence_far_apart_gives_clips_of_their_own(tmp_path: Path) -> None:
    made = made_up.make(folder=tmp_path)
    made_up.write_audio(made)
    far = (Evidence(1_000, 2_000, Role.LINE, "ring"), Evidence(30_000, 31_000, Role.AGENT, "bye"))
    verdict = replace(made.evaluation.verdicts[0], evidence=far)
    with open_store(tmp_path / "data") as store:
        made_up.save(store, replace(made, evaluation=replace(made.evaluation, verdicts=(verdict,))))
        clips = write_clips(store, ClipRequest("pickup"), tmp_path / "out", ACCESS).clips
    assert [clip.span for clip in clips] == [Span(0, 3_500), Span(28_500, 32_500)]
    assert len({clip.file for clip in clips}) == 2


def test_a_missing_recording_is_named_and_the_others_are_cut(tmp_path: Path) -> None:
    with filled(tmp_path, 4, audio=True) as store:
        (tmp_path / "recordings" / "call_001.wav").unlink()
        text = made_up.make(9)
        conversation = replace(text.conversation, layout=Layout.TEXT)
        made_up.save(store, replace(text, conversation=conversation))
        made = write_clips(store, ClipRequest("pickup"), tmp_path / "out", ACCESS)
    assert {clip.call.file for clip in made.clips} == {"call_000.wav", "call_002.wav"}
    assert len(made.problems) == 2
    assert "call_001.wav" in made.problems[0]
    assert "Put it back" in made.problems[0]
    assert "transcribed elsewhere" in made.problems[1]
    assert "Put it back" in made.index.read_text("utf-8")


def test_a_criterion_that_is_not_there(desk: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="politeness") as caught:
        write_clips(desk, ClipRequest("politeness"), tmp_path, ACCESS)
    assert "greeting" in caught.value.cure


def test_captions_hold_only_the_words_inside() -> None:
    conversation = made_up.make(language="zh").conversation
    turn = conversation.turns[0]
    middle = (turn.start_ms + turn.end_ms) // 2
    first, second = (
        cues(conversation, Span(0, middle)),
        cues(conversation, Span(middle, turn.end_ms)),
    )
    assert first[0].text + second[0].text == turn.text
    assert second[0].start_ms == 0


def test_captions_are_valid_whatever_is_said() -> None:
    text = to_vtt([Cue(0, 0, Role.CUSTOMER, "a --> b\n\n<c> & d")], "zh")
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.001\n<v 客户>a --&gt; b &lt;c&gt; &amp; d</v>\n"
    )


# Sound


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_any_rate_in_any_format(form: Format, rate: int) -> None:
    t = np.arange(rate, dtype=np.float32) / rate
    audio = Audio(np.stack([np.sin(2 * np.pi * 440 * t) / 2] * 2).astype(np.float32), rate)
    data = encode(audio, form)
    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_ndarray().astype(np.float64) for frame in container.decode(audio=0)]
        got_rate = container.streams.audio[0].rate
    wave = np.concatenate([frame.reshape(-1) for frame in frames])
    assert abs(len(wave) / got_rate - 1.0) < 0.12
    spectrum = np.abs(np.fft.rfft(wave))
    assert abs(np.argmax(spectrum) * got_rate / len(wave) - 440) < 5


@pytest.mark.parametrize(
    "text", ["", "...", "a/b", "..", "CON", "nul", "\udcff", "a\nb", "x" * 500]
)
def test_safe_names(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name) <= 80
    assert not re.search(r"[^\w-]", name)
    assert name.casefold() not in {"con", "nul"}
