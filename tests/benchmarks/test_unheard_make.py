"""Calls are made as drawn: effects by their figures, files, labels, going on after a stop."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.unheard import effects, make
from benchmarks.unheard.conditions import Side
from benchmarks.unheard.draw import Drawn, draw
from benchmarks.unheard.measure import half_of
from benchmarks.unheard.scenario import load_half
from qa_pipeline.acoustics import synthesis
from qa_pipeline.measure import Labels
from sample_calls.maker.errors import MakerError
from sample_calls.maker.labels import label
from sample_calls.maker.render import render
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices

SIDE = Side(level_db=-20.0, pitch=1.0, line_noise_db=-60.0, noise="office", snr_db=12.0)


class HissingVoices(Voices):
    """Speaks without speech packages: syllables of noise whose length follows the text's."""

    def speak(self, voice: str, text: str, language: str, speed: float = 1.0) -> np.ndarray:
        random = np.random.default_rng(len(voice) * 1000 + len(text))
        count = 800 + 300 * len(text)
        rhythm = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(count) / SAMPLE_RATE_HZ)
        return (0.3 * rhythm * random.standard_normal(count)).astype(np.float32)


def drawn(index: int = 2) -> Drawn:
    return draw("tuning", 1, index, load_half("tuning"))


def db(samples: np.ndarray) -> float:
    rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    return float(20 * np.log10(max(rms, 1e-9) * np.sqrt(2)))


@pytest.mark.parametrize("kind", ["office", "hum", "babble"])
def test_room_noise_lies_below_speech_as_wanted(kind: str) -> None:
    side = replace(SIDE, noise=kind)
    one = drawn()
    changed = replace(one, conditions=replace(one.conditions, customer=side))
    room = effects.surroundings(changed, HissingVoices()).room
    assert room is not None
    noise = room("customer", 4 * SAMPLE_RATE_HZ)
    assert noise.shape == (4 * SAMPLE_RATE_HZ,)
    assert db(noise) == pytest.approx(side.level_db - 12.0, abs=0.2)


def test_a_quiet_room_adds_nothing() -> None:
    quiet = replace(SIDE, noise=None, snr_db=None)
    assert not effects.room_noise(quiet, 800, seed=1).any()


@pytest.mark.parametrize("share", [0.01, 0.03, 0.05])
def test_packets_are_lost_in_bursts_at_the_wanted_rate(share: float) -> None:
    lost = effects.lost_frames(200_000, share, seed=3)
    assert lost.mean() == pytest.approx(share, rel=0.12)
    bursts = int((np.diff(lost.astype(int)) == 1).sum())
    assert lost.sum() / bursts == pytest.approx(effects.MEAN_BURST_FRAMES, rel=0.12)


def test_lost_packets_are_silent_or_fade() -> None:
    line = synthesis.tone((500.0,), 60_000, SAMPLE_RATE_HZ)
    size = effects.FRAME_MS * SAMPLE_RATE_HZ // 1000
    lost = effects.lost_frames(line.size // size, 0.05, seed=9)
    frames = {
        how: effects.with_loss(line, 0.05, how, seed=9).reshape(-1, size)  # type: ignore[arg-type]
        for how in ("zero", "repeat")
    }
    assert not frames["zero"][lost].any()
    whole = line.reshape(-1, size)
    for found in frames.values():
        np.testing.assert_array_equal(found[~lost], whole[~lost])
    alone = lost & ~np.roll(lost, 1)
    assert db(frames["repeat"][alone]) == pytest.approx(db(line) - 4.4, abs=0.5)
    assert not effects.lost_frames(500, 0.0, seed=1).any()


def test_clipping_cuts_the_peaks_only() -> None:
    line = synthesis.tone((500.0,), 1000, SAMPLE_RATE_HZ, -6.0)
    cut = effects.clipped(line[None], 6.0)[0]
    assert np.abs(cut).max() == pytest.approx(np.abs(line).max() / 2, rel=0.02)
    small = np.abs(line) < 0.4 * np.abs(line).max()
    np.testing.assert_array_equal(cut[small], line[small])


@pytest.mark.parametrize("law", ["mu", "a"])
def test_a_dead_line_stays_dead_through_the_codec(law: Any) -> None:
    line = np.concatenate([np.zeros(80), 0.1 * np.ones(80)]).astype(np.float32)
    through = effects.coded(line, law)
    assert not through[:80].any()
    assert through[80:] == pytest.approx(0.1, abs=0.01)


def test_cross_talk_is_as_loud_as_drawn() -> None:
    one = next(d for d in map(drawn, range(0, 60, 2)) if d.conditions.crosstalk_db is not None)
    clean = one.script.model_copy(update={"crosstalk_db": None})
    with_it, without = (render(s, HissingVoices()).samples for s in (one.script, clean))
    agent = next(t for t in render(clean, HissingVoices()).turns if t.role == "agent")
    span = slice(*(ms * SAMPLE_RATE_HZ // 1000 for ms in (agent.start_ms + 100, agent.end_ms)))
    own = one.conditions.agent_channel
    leak = (with_it - without)[1 - own, span]
    assert db(leak) - db(without[own, span]) == pytest.approx(one.script.crosstalk_db, abs=1.5)


def test_speech_arrives_at_the_overall_level() -> None:
    one = drawn()
    loud = replace(one, conditions=replace(one.conditions, level_db=-30.0, packet_loss_percent=0))
    lines = np.stack([synthesis.tone((700.0,), 500, SAMPLE_RATE_HZ, -20.0)] * 2)
    carry = effects.surroundings(loud, HissingVoices()).carry
    assert carry is not None
    assert db(carry(lines)) == pytest.approx(-30.0, abs=0.5)


@pytest.mark.parametrize("index", range(24))
def test_labels_of_a_rendered_call_are_readable_and_true(index: int) -> None:
    one = drawn(index)
    voices = HissingVoices()
    rendered = render(one.script, voices, effects.surroundings(one, voices))
    entry = make.entry_of(one, label(one.script, rendered), seed=1)
    read = Labels.of({"x.wav": json.loads(json.dumps(entry))}).entries["x.wav"]
    assert {str(k): v.value for k, v in read.outcomes.items()} == {
        name: expected.outcome for name, expected in one.script.expect.items()
    }
    assert read.conditions["rings"] == one.conditions.ringing.rings
    tones = [event for event in read.events or () if event.kind == "ringback"]
    assert bool(tones) == (one.conditions.ringing.kind != "none")
    assert all(event.musical == (one.conditions.ringing.kind == "tune") for event in tones)
    assert np.isfinite(rendered.samples).all()
    assert np.abs(rendered.samples).max() <= 1.0


@pytest.fixture
def hissing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "_voices", lambda folder: HissingVoices())


@pytest.mark.usefixtures("hissing")
def test_making_goes_on_where_it_stopped(tmp_path: Path) -> None:
    order = make.Order("tuning", 1, tmp_path, None)
    first = dict(make.make_all(order, [drawn(0), drawn(1)]))
    stamps = {name: (tmp_path / name).stat().st_mtime_ns for name in first}
    second = dict(make.make_all(order, [drawn(0), drawn(1), drawn(2)]))
    assert len(first) == 2
    assert len(second) == 1
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in first} == stamps
    labels = json.loads((tmp_path / make.LABELS).read_text("utf-8"))
    assert set(labels) == set(first) | set(second)
    for name, entry in labels.items():
        record = json.loads((tmp_path / name).with_suffix(".json").read_text("utf-8"))
        assert set(entry["record"]) <= set(record)
        assert entry["half"] == "tuning"


@pytest.mark.usefixtures("hissing")
def test_a_call_that_is_drawn_otherwise_is_made_anew(tmp_path: Path) -> None:
    order = make.Order("tuning", 1, tmp_path, None)
    (name,) = dict(make.make_all(order, [drawn(0)]))
    (tmp_path / make.LABELS).write_text(
        (tmp_path / make.LABELS).read_text("utf-8").replace('"drawn": "', '"drawn": "x'), "utf-8"
    )
    assert list(dict(make.make_all(order, [drawn(0)]))) == [name]


@pytest.mark.usefixtures("hissing")
def test_a_folder_of_other_calls_is_refused(tmp_path: Path) -> None:
    list(make.make_all(make.Order("tuning", 1, tmp_path, None), [drawn(0)]))
    with pytest.raises(MakerError, match=r"holds calls of tuning \(seed 1\)"):
        list(make.make_all(make.Order("test", 1, tmp_path, None), []))


def test_halves_are_never_measured_together() -> None:
    both = {"a": {"half": "tuning"}, "b": {"half": "test"}}
    with pytest.raises(ValueError, match="test, tuning"):
        half_of(both, Path("labels.json"), None)
    with pytest.raises(ValueError, match="not the test half"):
        half_of({"a": {"half": "tuning"}}, Path("labels.json"), "test")
    assert half_of({"a": {"half": "test"}}, Path("labels.json"), "test") == "test"


def test_dry_run_and_list_make_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert make.main(["--half", "tuning", "--dry-run", "--calls", "4"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert make.main(["--half", "tuning", "--list"]) == 0
    assert "en voices:" in capsys.readouterr().out
