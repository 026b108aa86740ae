"""The sample calls are what their labels say, and the maker makes what a script says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import sample_calls
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.measure import load_labels
from qa_pipeline.metadata.discovery import is_recording_name
from qa_pipeline.resources import rubrics_dir
from sample_calls.maker.errors import MakerError
from sample_calls.maker.formats import CONTAINERS, write
from sample_calls.maker.labels import check, count_name, file_name, label
from sample_calls.maker.render import Rendered, render
from sample_calls.maker.script import CRITERIA, Script, load
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices, split_sentences

HOME = Path(str(sample_calls.__file__)).parent
SCRIPTS = {path.stem: load(path) for path in sorted((HOME / "scripts").glob("*.yaml"))}
LABELS: dict[str, dict[str, Any]] = json.loads((HOME / "labels.json").read_text("utf-8"))
FILES = sorted(path for path in HOME.iterdir() if is_recording_name(path.name))
MAX_BYTES = 15_000_000
RUBRICS: dict[str, Rubric] = {
    rubric.id: rubric
    for path in sorted(rubrics_dir().glob("*.cases.yaml"))
    for rubric in [load_rubric(path.with_name(path.name.replace(".cases", "")))]
}
STANDARD = {criterion.id: criterion for criterion in RUBRICS["phone_standard"].criteria}
ENCODER_DELAY_MS = 300  # AAC and AMR pad, GSM fills its last block


@cache
def decode(path: Path) -> tuple[np.ndarray, int]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        fit = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.rate)
        pieces = [f.to_ndarray() for frame in container.decode(stream) for f in fit.resample(frame)]
        pieces += [frame.to_ndarray() for frame in fit.resample(None)]
        return np.concatenate(pieces, axis=1), stream.rate


def level_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64))) + 1e-9))


def test_every_script_has_its_recording_and_labels() -> None:
    names = {file_name(script) for script in SCRIPTS.values()}
    assert names == set(LABELS) == {path.name for path in FILES}
    leftover = {path.stem for path in HOME.glob("*.json")} - {"labels"} - set(SCRIPTS)
    assert not leftover


def test_the_set_is_as_varied_as_promised() -> None:
    calls = list(LABELS.values())
    for language in ("en", "zh"):
        mine = [call for call in calls if call["language"] == language]
        assert len(mine) >= 7
        for criterion in CRITERIA:
            assert {"pass", "fail"} <= {call[criterion] for call in mine}, (language, criterion)
    assert len({call["format"] for call in calls}) >= 5
    assert {"mono", "stereo", "dual_mono"} == {call["layout"] for call in calls}
    rings = [e for call in calls for e in call["events"] if e["kind"] == "ringback"]
    assert len({ring["country"] for ring in rings}) >= 3
    assert {ring["rings"] for ring in rings} == {1, 2, 3, 4, 5}
    media = {e["medium"] for call in calls for e in call["events"] if e["kind"] == "hold"}
    assert media == {"music", "silence"}
    per_agent = [call["agent"]["id"] for call in calls]
    assert len({agent for agent in per_agent if per_agent.count(agent) >= 2}) >= 4
    assert any(call["hangup"] == "undetermined" for call in calls)
    assert any(call["pickup"] == "undetermined" for call in calls)


class TestLabelsOfEveryRubric:
    @pytest.mark.parametrize("rubric_id", sorted(RUBRICS))
    def test_every_criterion_is_labelled_in_every_call(self, rubric_id: str) -> None:
        wanted = {criterion.id for criterion in RUBRICS[rubric_id].criteria}
        for name, entry in load_labels(HOME / "labels.json").entries.items():
            assert wanted <= set(entry.outcomes_in(rubric_id)), name
            assert set(entry.rubrics.get(rubric_id, {})) <= wanted, name

    @pytest.mark.parametrize("rubric_id", sorted(set(RUBRICS) - {"phone_standard"}))
    def test_a_flat_label_serves_only_where_the_criterion_is_the_standards(
        self, rubric_id: str
    ) -> None:
        for name, entry in load_labels(HOME / "labels.json").entries.items():
            for criterion in RUBRICS[rubric_id].criteria:
                if criterion.id not in entry.rubrics[rubric_id]:
                    same = STANDARD[criterion.id]
                    assert (criterion.kind, criterion.params) == (same.kind, same.params), name

    @pytest.mark.parametrize("language", ["en", "zh"])
    @pytest.mark.parametrize(
        ("rubric_id", "criterion", "outcomes"),
        [
            ("helpdesk", "sorry", "pass fail"),  # complaint
            ("helpdesk", "chasing", "pass"),
            ("helpdesk", "connect_wording", ""),  # transfer
            ("helpdesk", "absence_words", ""),
            ("inbound_and_callback", "out_purpose", "pass"),  # callback
            ("courtesy", "answer_suggestion", "pass"),
            ("courtesy", "answer_thanks", "pass"),
            ("courtesy", "answer_apology", "pass"),
            ("courtesy", "polite_no", "pass fail"),  # refusal
            ("positive_language", "another_way", "pass fail"),
            ("courtesy", "cutting_in", "pass fail undetermined"),
            ("service_center", "silence", "pass fail"),
            ("service_center", "answer_time", "pass fail"),  # commitment
            ("service_center", "busy", "pass fail"),  # taboo words
            ("courtesy", "passing_on", "pass fail"),
            ("positive_language", "calm_down", "pass fail"),
        ],
    )
    def test_what_the_rubrics_ask_about_happens_in_both_languages(
        self, rubric_id: str, criterion: str, outcomes: str, language: str
    ) -> None:
        found = {
            entry["rubrics"][rubric_id][criterion]
            for entry in LABELS.values()
            if entry["language"] == language
        }
        assert set(outcomes.split()) <= found
        assert found & {"pass", "fail"}

    def test_few_criteria_never_apply(self) -> None:
        entries = load_labels(HOME / "labels.json").entries.values()
        never = {
            f"{rubric.id}.{criterion.id}"
            for rubric in RUBRICS.values()
            for criterion in rubric.criteria
            if {entry.outcomes_in(rubric.id)[criterion.id] for entry in entries}
            <= {Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED}
        }
        assert never == {
            "helpdesk.private_number",
            "helpdesk.contact_instead",
            "helpdesk.speakerphone",
            "helpdesk.voicemail",
            "helpdesk.remote_start",
            "helpdesk.remote_end",
            "courtesy.ask_again",
            "inbound_and_callback.message",
        }


def test_all_audio_together_stays_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < MAX_BYTES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestEachCall:
    def test_decodes_as_labelled(self, path: Path) -> None:
        entry, script = LABELS[path.name], SCRIPTS[path.stem]
        samples, rate_hz = decode(path)
        assert samples.shape[0] == (1 if entry["layout"] == "mono" else 2)
        assert rate_hz in {script.sample_rate_hz, 48_000}  # Opus always decodes to 48 kHz
        duration_ms = samples.shape[1] * 1000 / rate_hz
        assert abs(duration_ms - entry["duration_ms"]) < ENCODER_DELAY_MS
        assert 40_000 <= duration_ms <= 100_000
        if entry["layout"] == "dual_mono":
            assert np.abs(samples[0] - samples[1]).max() < 1e-3

    def test_labels_come_from_the_script(self, path: Path) -> None:
        entry, script = LABELS[path.name], SCRIPTS[path.stem]
        assert {name: entry[name] for name in CRITERIA} == {
            name: expected.outcome for name, expected in script.expect.items()
        }
        assert entry["rubrics"] == {
            rubric: {name: outcome for outcome, names in outcomes.items() for name in names}
            for rubric, outcomes in script.rubrics.items()
        }
        assert entry["name_count"] == count_name(script)
        said = [item.text for item in script.timeline if hasattr(item, "text")]
        assert sorted(turn["text"] for turn in entry["turns"]) == sorted(said)
        for turn in entry["turns"]:
            assert 0 <= turn["start_ms"] < turn["end_ms"] <= entry["duration_ms"]

    def test_sidecar_is_the_scripts(self, path: Path) -> None:
        sidecar, script = path.with_suffix(".json"), SCRIPTS[path.stem]
        assert sidecar.exists() == (script.sidecar is not None)
        if script.sidecar is not None:
            assert json.loads(sidecar.read_text("utf-8")) == script.sidecar
            assert script.sidecar.get("agent_name") == script.agent.name
            assert script.sidecar.get("channels") in (None, LABELS[path.name]["channels"])

    def test_turns_sound_where_the_labels_say(self, path: Path) -> None:
        entry = LABELS[path.name]
        samples, rate_hz = decode(path)
        for turn in entry["turns"]:
            channel = entry["channels"][turn["role"]] if entry["channels"] else 0
            cut = slice(*(turn[key] * rate_hz // 1000 for key in ("start_ms", "end_ms")))
            assert level_db(samples[channel, cut]) > -32.0, turn["text"]

    def test_the_line_that_hangs_up_is_still_afterwards(self, path: Path) -> None:
        entry = LABELS[path.name]
        if entry["layout"] != "stereo" or entry["hung_up_by"] not in ("agent", "customer"):
            pytest.skip("one channel, or nobody hung up")
        samples, rate_hz = decode(path)
        tones = [event["start_ms"] for event in entry["events"] if event["kind"] == "tone"]
        end_ms = min(tones, default=entry["duration_ms"])
        start, end = ((entry["hung_up_at_ms"] + 150), end_ms - 100)
        cut = slice(start * rate_hz // 1000, end * rate_hz // 1000)
        gone = entry["channels"][entry["hung_up_by"]]
        assert level_db(samples[gone, cut]) < -75.0
        assert level_db(samples[1 - gone, cut]) > -70.0


def peak_hz(samples: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * SAMPLE_RATE_HZ / samples.size)


class _HummingVoices(Voices):
    """Speaks without speech packages: a hum whose length follows the text's."""

    def speak(self, voice: str, text: str, language: str, speed: float = 1.0) -> np.ndarray:
        times = np.arange(len(text) * 500) / SAMPLE_RATE_HZ
        return np.sin(2 * np.pi * (400 if voice == "a" else 700) * times).astype(np.float32)


def a_script(**changes: Any) -> Script:
    fields: dict[str, Any] = {
        "id": "x",
        "title": "x",
        "language": "en",
        "country": "GB",
        "layout": "stereo",
        "format": "wav_pcm",
        "seed": 5,
        "agent": {"name": "Ann Bell", "voice": "a"},
        "customer": {"name": "Tom Hill", "voice": "b", "called": ["Tom Hill", "Mr. Hill", "Tom"]},
        "timeline": [
            {"ring": {"rings": 2, "last_cut_ms": 300}},
            {"agent": "Hello, Tom Hill."},
            {"customer": {"text": "mm-hm", "overlap_ms": 300}},
            {"agent": "So, Tom, and you, Mr. Hill, and you, Tomorrow."},
            {"hangup": {"by": "customer", "tone": True}},
        ],
        "expect": {
            "pickup": {"outcome": "pass", "note": ""},
            "greeting": {"outcome": "fail", "note": ""},
            "name_use": {"outcome": "pass", "note": ""},
            "hold": {"outcome": "not_applicable", "note": ""},
            "summary": {"outcome": "fail", "note": ""},
            "satisfaction": {"outcome": "fail", "note": ""},
            "hangup": {"outcome": "pass", "note": ""},
        },
    }
    return Script.model_validate(fields | changes)


def rendered(script: Script) -> Rendered:
    return render(script, _HummingVoices())


def test_the_same_script_gives_the_same_samples() -> None:
    assert np.array_equal(rendered(a_script()).samples, rendered(a_script()).samples)
    assert not np.array_equal(
        rendered(a_script()).samples[:, :8000], rendered(a_script(seed=6)).samples[:, :8000]
    )


def test_overlap_starts_before_the_turn_before_it_ends() -> None:
    turns = rendered(a_script()).turns
    assert [turn.text for turn in turns][:2] == ["Hello, Tom Hill.", "mm-hm"]
    assert turns[0].end_ms - turns[1].start_ms == 300


def test_ringing_and_busy_tone_lie_where_the_labels_say() -> None:
    call = rendered(a_script())
    ring, click, tone = call.sounds
    assert (ring.kind, ring.rings, click.kind, tone.kind) == ("ringback", 2, "click", "tone")
    assert ring.end_ms - ring.start_ms == 3000 + 300  # one British cycle and what is left of two
    busy = call.samples[1, tone.start_ms * 8 : (tone.start_ms + 300) * 8]
    assert level_db(busy) > -35.0
    assert not call.samples[1, (click.start_ms + 10) * 8 : tone.start_ms * 8].any()


def test_a_swapped_stereo_file_has_the_agent_on_channel_one() -> None:
    swapped = a_script(agent_channel=1)
    assert np.array_equal(rendered(swapped).samples[1], rendered(a_script()).samples[0])
    assert label(swapped, rendered(swapped))["channels"] == {"agent": 1, "customer": 0}


def test_dual_mono_is_the_same_on_both_channels() -> None:
    samples = rendered(a_script(layout="dual_mono")).samples
    assert np.array_equal(samples[0], samples[1])


def test_names_are_counted_as_whole_words_and_once_each() -> None:
    assert count_name(a_script()) == 3  # not "Tomorrow", and "Tom Hill" is one


@pytest.mark.parametrize(
    ("criterion", "outcome"),
    [("pickup", "fail"), ("name_use", "fail"), ("hold", "pass"), ("hangup", "fail")],
)
def test_an_expectation_that_the_call_contradicts_is_refused(criterion: str, outcome: str) -> None:
    script = a_script()
    expect = {name: one.model_dump() for name, one in script.expect.items()}
    wrong = a_script(expect=expect | {criterion: {"outcome": outcome, "note": ""}})
    with pytest.raises(MakerError, match=criterion):
        check(wrong, rendered(wrong), count_name(wrong))


def test_a_criterion_labelled_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rubrics\.courtesy.*goodbye"):
        a_script(rubrics={"courtesy": {"pass": ["goodbye"], "fail": ["goodbye"]}})


def test_a_colleague_speaks_in_a_voice_of_their_own_on_the_same_side() -> None:
    lines = [{"agent": "Hello."}, {"agent": {"text": "Hello.", "voice": "b"}}]
    call = rendered(a_script(timeline=lines, agent={"name": "Ann", "voice": "a", "noise_db": -90}))
    first, second = (call.samples[0, turn.start_ms * 8 : turn.end_ms * 8] for turn in call.turns)
    assert peak_hz(first) == pytest.approx(400, abs=5)
    assert peak_hz(second) == pytest.approx(700, abs=5)


def test_a_script_with_an_unknown_item_names_it(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("id: x\ntimeline: [{whistle: {}}]\n")
    with pytest.raises(MakerError, match="whistle"):
        load(path)


@pytest.mark.parametrize("kind", sorted(CONTAINERS))
def test_every_format_decodes_to_what_was_written(kind: Any, tmp_path: Path) -> None:
    times = np.arange(16_000) / SAMPLE_RATE_HZ
    tone = 0.3 * np.sin(2 * np.pi * 500 * times)[None].astype(np.float32)
    path = tmp_path / ("tone" + CONTAINERS[kind].suffix)
    write(path, tone, SAMPLE_RATE_HZ, kind, 32)
    samples, rate_hz = decode(path)
    assert abs(samples.shape[1] / rate_hz - 2.0) < ENCODER_DELAY_MS / 1000
    middle = samples[0, rate_hz // 2 : rate_hz * 3 // 2]
    peak_hz = np.argmax(np.abs(np.fft.rfft(middle))) * rate_hz / middle.size
    assert abs(peak_hz - 500) < 3
    assert abs(level_db(middle) - level_db(tone)) < 2.0


def test_sentences_end_at_marks_but_not_after_titles() -> None:
    assert split_sentences("Thanks, Ms. Bell. Bye!") == ["Thanks, Ms. Bell.", "Bye!"]
    assert split_sentences("您好，请讲。再见！") == ["您好，请讲。", "再见！"]
