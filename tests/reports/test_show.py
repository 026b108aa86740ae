"""What the terminal shows: everything of a call, in 80 columns, in both languages."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from desk_store import filled, made_up
from rich.cells import cell_len
from rich.console import Console, RenderableType

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.stored import Failure, StoredCall
from qa_pipeline.reports.frames import calls_frame, turns_frame, verdicts_frame
from qa_pipeline.reports.show import render_call, render_summary
from qa_pipeline.stages.aggregate import aggregate


def shown(what: RenderableType, width: int = 80, *, terminal: bool = False) -> str:
    out = io.StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    console = Console(file=out, width=width, force_terminal=terminal, color_system=colours)
    console.print(what)
    return out.getvalue()


def stored(language: str = "en", outcomes: list[Outcome] | None = None) -> StoredCall:
    made = made_up.make(language=language, outcomes=outcomes)
    return StoredCall(made.recording, made.conversation, made.evaluation)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_call_fits_the_screen_and_nothing_is_lost(language: str, spoken: str, width: int) -> None:
    call = stored(spoken, list(Outcome) + [Outcome.PASS] * 3)
    text = shown(render_call(call, made_up.RUBRIC, language), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "call_000.wav" in text
    if width < 80:
        return  # words are broken over lines there
    for turn in call.conversation.turns:
        assert flat(turn.text)[:20] in flat(text)
    assert {"en": "undetermined", "zh": "无法判定"}[language] in text
    for verdict in call.evaluation.verdicts:
        title = next(c.title for c in made_up.RUBRIC.criteria if c.id == verdict.criterion)
        assert flat(title.get(language))[:4] in flat(text)


def test_the_picture_shows_ring_hold_and_both_voices() -> None:
    lines = shown(render_call(stored())).splitlines()
    line = next(row for row in lines if row.startswith("Line "))
    assert "░" in line and "▒" in line and "!" in line
    assert line.index("░") < line.index("▒") < line.index("!")
    agent = next(row for row in lines if row.startswith("Agent "))
    customer = next(row for row in lines if row.startswith("Customer "))
    assert agent.index("█") < customer.index("█")
    assert all(
        not (a == "█" and b == "█" == c) for a, b, c in zip(line, agent, customer, strict=False)
    )


def test_colours_only_on_a_terminal() -> None:
    call = stored()
    assert "\x1b[" not in shown(render_call(call))
    assert "\x1b[" in shown(render_call(call), terminal=True)


def test_names_cannot_play_tricks_on_the_terminal() -> None:
    made = made_up.make(file="a\x1b[2Jb\udcff[red].wav")
    text = shown(render_call(StoredCall(made.recording, made.conversation, made.evaluation)))
    assert "\x1b" not in text
    assert "[red]" in text


def test_a_call_without_turns_or_score() -> None:
    call = stored(outcomes=[Outcome.UNDETERMINED] * 7)
    silent = replace(call, conversation=replace(call.conversation, turns=(), events=()))
    text = shown(render_call(silent))
    assert "Nothing was said." in text
    assert "score –" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_summary(tmp_path: Path, language: str) -> None:
    with filled(tmp_path, 12) as store:
        calls = list(store.scored_calls())
        failures = [Failure("bad\n.wav", "/x", "It is empty.", "Record it again.")]
        text = shown(render_summary(calls, aggregate(calls), failures, made_up.RUBRIC, language))
    for said in ("call_000.wav", "Daniel Reyes", "李文静", "bad\\n.wav: It is empty. Record it"):
        assert said in text
    assert {"en": "Unknown agent", "zh": "未知客服"}[language] in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_frames(tmp_path: Path) -> None:
    with filled(tmp_path, 11) as store:
        calls, verdicts, turns = calls_frame(store), verdicts_frame(store), turns_frame(store)
    assert len(calls) == 11
    assert len(verdicts) == 77
    assert set(calls.agent) == {"Daniel Reyes", "李文静", "Grace O'Neill", "unknown"}
    assert calls.loc[1, ["passed", "failed", "not_applicable", "undetermined"]].tolist() == [
        3,
        2,
        1,
        1,
    ]
    assert calls.day.dt.strftime("%Y-%m-%d")[0] == "2024-05-06"
    first = verdicts[verdicts.file == "call_001.wav"]
    assert first.passed.mean() == pytest.approx(0.6)
    assert set(turns.role) == {"agent", "customer"}


def test_frames_of_an_empty_folder(tmp_path: Path) -> None:
    with filled(tmp_path, 0) as store:
        for frame in (calls_frame(store), verdicts_frame(store), turns_frame(store)):
            assert len(frame) == 0
            assert "call_id" in frame
