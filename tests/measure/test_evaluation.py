"""From stored calls and labels to a report: who is compared with what, and what is told of it."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured_calls import AGENT, CUSTOMER, F, N, P, U, conversation, stored, turn

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.stored import Failure, Override
from qa_pipeline.errors import UsageError
from qa_pipeline.measure import Labels, Report, evaluate
from qa_pipeline.measure.report import Wrong


def named(**outcomes: Outcome) -> dict[str, Any]:
    return {criterion: outcome.value for criterion, outcome in outcomes.items()}


class TestWhichCall:
    @pytest.mark.parametrize(
        "name", ["c1", "a.wav", "night/a.wav", "/data/night/a.wav"], ids=lambda n: n
    )
    def test_by_call_id_file_name_or_path(self, name: str) -> None:
        call = stored("c1", path="/data/night/a.wav")
        report = evaluate([call], Labels.of({name: named(greeting=P)}))
        assert report.coverage.measured == 1

    @pytest.mark.parametrize("name", ["day/a.wav", "ight/a.wav", "a", "A.WAV", "c2"])
    def test_anything_else_is_another_call(self, name: str) -> None:
        call = stored("c1", path="/data/night/a.wav")
        report = evaluate([call], Labels.of({name: named(greeting=P)}))
        assert report.coverage.measured == 0
        assert "not in the data folder" in report.coverage.not_scored[0].why
        assert report.coverage.unlabelled == ("a.wav",)

    def test_a_name_that_fits_two_calls_is_refused(self) -> None:
        calls = [stored("c1", path="/day/a.wav"), stored("c2", path="/night/a.wav")]
        with pytest.raises(UsageError, match=r"'a\.wav' fits 2 calls: c1 .*, c2 "):
            evaluate(calls, Labels.of({"a.wav": named(greeting=P)}))

    def test_its_path_or_its_id_tells_them_apart(self) -> None:
        calls = [stored("c1", path="/day/a.wav"), stored("c2", path="/night/a.wav")]
        labels = Labels.of({"day/a.wav": named(greeting=P), "c2": named(greeting=F)})
        report = evaluate(calls, labels)
        assert [(c.call_id, c.right) for c in report.calls] == [("c1", 1), ("c2", 0)]

    def test_an_id_goes_before_a_file_of_that_name(self) -> None:
        calls = [stored("a.wav", path="/day/x.wav"), stored("c2", path="/night/a.wav")]
        report = evaluate(calls, Labels.of({"a.wav": named(greeting=P)}))
        assert [c.call_id for c in report.calls] == ["a.wav"]

    def test_two_names_of_one_call_are_refused(self) -> None:
        labels = Labels.of({"c1": named(greeting=P), "c1.wav": named(greeting=P)})
        with pytest.raises(UsageError, match="mean the same call"):
            evaluate([stored("c1")], labels)

    def test_a_failed_recordings_cause_is_told(self) -> None:
        failure = Failure("b.wav", "/data/b.wav", "b.wav is empty.", "Record it again.")
        labels = Labels.of({"b.wav": named(greeting=P)})
        [missing] = evaluate([], labels, failures=[failure]).coverage.not_scored
        assert missing.name == "b.wav"
        assert "b.wav is empty." in missing.why

    def test_a_copys_original_is_told(self) -> None:
        labels = Labels.of({"b.wav": named(greeting=P)})
        [missing] = evaluate([], labels, duplicates=[("b.wav", "a.wav")]).coverage.not_scored
        assert "same content as a.wav" in missing.why


class TestWhatIsCompared:
    def test_only_criteria_with_a_label(self) -> None:
        call = stored("c1", {"greeting": P, "hold": F})
        report = evaluate([call], Labels.of({"c1": named(greeting=P)}))
        assert list(report.criteria) == ["greeting"]
        assert report.overall.count == 1

    def test_a_label_whose_criterion_the_rubric_does_not_have_is_told(self) -> None:
        report = evaluate([stored("c1")], Labels.of({"c1": named(greeting=P, greting=P)}))
        assert report.coverage.unasked == {"greting": 1}

    def test_a_call_labelled_for_several_rubrics_is_measured_by_the_one_that_judged_it(
        self,
    ) -> None:
        labels = named(greeting=P, hold=P) | {
            "rubrics": {"phone": named(hold=F, thanks=P), "other": named(hold=U, goodbye=P)}
        }
        call = stored("c1", {"greeting": P, "hold": F})  # judged by the rubric "phone"
        report = evaluate([call], Labels.of({"c1": labels}))
        assert report.overall.count == 2
        assert not report.wrong
        assert report.coverage.unasked == {"thanks": 1}

    def test_a_mistyped_outcome_is_refused_with_its_place(self) -> None:
        labels = Labels.of({"c1": {"greeting": "passed"}}, "labels.json")
        with pytest.raises(
            UsageError, match=r"labels\.json, 'c1': 'passed' .* 'greeting'"
        ) as caught:
            evaluate([stored("c1")], labels)
        assert "not_applicable" in caught.value.cure

    def test_a_persons_override_is_not_the_machines_verdict(self) -> None:
        override = Override("c1", "greeting", F, "Kim", "", datetime(2026, 1, 1))
        call = stored("c1", {"greeting": P}, overrides=(override,))
        assert evaluate([call], Labels.of({"c1": named(greeting=F)})).overall.accuracy.hits == 0

    def test_criteria_keep_the_rubrics_order(self) -> None:
        call = stored("c1", {"pickup": P, "greeting": P, "hangup": P})
        labels = Labels.of({"c1": named(hangup=P, pickup=P, greeting=P)})
        assert list(evaluate([call], labels).criteria) == ["pickup", "greeting", "hangup"]

    def test_words_and_voices_where_the_label_has_turns(self) -> None:
        heard = [turn(AGENT, 0, 1_000, "good morning"), turn(CUSTOMER, 1_000, 2_000, "hello")]
        truth = [
            {"role": "agent", "start_ms": 0, "end_ms": 1_000, "text": "Good morning!"},
            {"role": "customer", "start_ms": 1_000, "end_ms": 2_000, "text": "Hello?"},
        ]
        calls = [
            stored("m", call=conversation(heard, call_id="m")),
            stored("s", call=conversation(heard, call_id="s", layout=Layout.STEREO)),
            stored("t", call=conversation(heard, call_id="t", layout=Layout.TEXT)),
        ]
        labels = Labels.of({call.recording.call_id: {"turns": truth} for call in calls})
        whole = evaluate(calls, labels).whole
        [english] = whole.words
        assert (english.calls, english.reference, english.rate) == (2, 6, 0)
        assert whole.mono is not None and whole.mono.calls == 1
        assert whole.stereo is not None and whole.stereo.role_accuracy.value == 1

    def test_nothing_is_made_up_where_the_label_has_only_outcomes(self) -> None:
        whole = evaluate([stored("c1")], Labels.of({"c1": named(greeting=P)})).whole
        assert whole.words == ()
        assert not any((whole.mono, whole.stereo, whole.rings, whole.holds, whole.names))


class TestSplits:
    def two(self, by: tuple[str, ...] = (), **second: Any) -> Report:
        calls = [stored("c1", {"greeting": P}), stored("c2", {"greeting": P}, language="zh")]
        first = named(greeting=P) | {"conditions": {"snr_db": 10}}
        labels = Labels.of({"c1": first, "c2": named(greeting=F) | second})
        return evaluate(calls, labels, by=by)

    def test_languages_always_apart(self) -> None:
        [split] = self.two().splits
        assert split.key == "language"
        assert {v: s.overall.accuracy.value for v, s in split.values.items()} == {"en": 1, "zh": 0}
        assert split.values["zh"].criteria["greeting"].fail.recall.value == 0

    def test_one_language_needs_no_split(self) -> None:
        assert self.two(language="en").splits == ()

    def test_by_a_condition_numbers_by_size_and_those_without_it_last(self) -> None:
        report = self.two(by=("snr_db",), conditions={"snr_db": 5})
        assert list(report.splits[1].values) == ["5", "10"]
        assert list(self.two(by=("snr_db",)).splits[1].values) == ["10", "-"]

    def test_by_layout_as_heard(self) -> None:
        [_, split] = self.two(by=("layout",)).splits
        assert list(split.values) == ["mono"]

    def test_an_unknown_key_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(UsageError, match="'colour'") as caught:
            self.two(by=("colour",))
        assert "snr_db" in caught.value.cure

    def test_parts_add_up_to_the_whole(self) -> None:
        report = self.two(by=("snr_db",))
        for split in report.splits:
            sections = split.values.values()
            assert sum(s.overall.count for s in sections) == report.overall.count
            assert sum(s.calls for s in sections) == report.whole.calls


class TestWrongVerdicts:
    def test_the_worst_first(self) -> None:
        calls = [
            stored("low", {"greeting": F}, confidence=0.6),
            stored("open", {"greeting": U}, confidence=0.99),
            stored("high", {"greeting": F}, confidence=0.95),
            stored("soft", {"greeting": N}, confidence=0.97),
            stored("right", {"greeting": P}, confidence=0.97),
        ]
        labels = Labels.of({c.recording.call_id: named(greeting=P) for c in calls})
        wrong = evaluate(calls, labels).wrong
        assert [one.call_id for one in wrong] == ["high", "low", "soft", "open"]

    def test_everything_that_is_needed_to_go_and_listen(self) -> None:
        entry = named(greeting=F) | {"notes": {"greeting": "no name"}}
        [one] = evaluate([stored("c1")], Labels.of({"c1": entry})).wrong
        assert isinstance(one, Wrong)
        assert (one.said, one.label, one.note) == (P, F, "no name")
        assert one.path == "/recordings/c1.wav"
        assert one.evidence[0].text == "hello"
        assert one.explanation.en and one.reason == "because"


SECTION = {
    "calls", "overall", "criteria", "words", "mono", "stereo", "rings", "holds", "hangups", "names",
}  # fmt: skip
AGREEMENT = {
    "count", "accuracy", "accuracy_determined", "fail", "pass", "kappa", "kappa_determined",
    "missed", "guessed", "confident_wrong_fails", "calibration_error", "brier", "bins", "confusion",
}  # fmt: skip


class TestJson:
    def content(self) -> Any:
        calls = [stored("c1"), stored("c2", {"greeting": F}, language="zh")]
        labels = Labels.of({"c1": named(greeting=P), "c2": named(greeting=P), "c3": {}})
        return json.loads(json.dumps(evaluate(calls, labels).to_json()))

    def test_its_fields_are_those_promised(self) -> None:
        content = self.content()
        assert content["schema"] == 1
        assert set(content) == {"schema", "coverage", "whole", "splits", "wrong", "calls"}
        assert set(content["coverage"]) == {
            "labelled", "measured", "not_scored", "unlabelled", "unasked", "rubrics",
        }  # fmt: skip
        assert set(content["whole"]) == SECTION
        assert set(content["whole"]["overall"]) == AGREEMENT
        assert set(content["whole"]["overall"]["accuracy"]) == {
            "hits", "total", "value", "low", "high",
        }  # fmt: skip
        assert set(content["splits"][0]["values"]["zh"]) == SECTION
        assert set(content["wrong"][0]) == {
            "file", "path", "call_id", "criterion", "said", "label", "confidence", "reason",
            "explanation", "evidence", "note",
        }  # fmt: skip
        assert set(content["calls"][0]) == {
            "file", "call_id", "groups", "verdicts", "right", "words", "voices",
        }  # fmt: skip

    def test_its_values(self) -> None:
        content = self.content()
        assert content["wrong"][0]["said"] == "fail"
        assert content["wrong"][0]["evidence"][0]["role"] == "agent"
        assert content["wrong"][0]["explanation"]["zh"]
        assert content["whole"]["overall"]["accuracy"]["value"] == 0.5
        assert content["whole"]["overall"]["guessed"]["value"] is None


class TestReaching:
    def test_the_wanted_agreement(self) -> None:
        calls = [stored("c1"), stored("c2", {"greeting": F})]
        labels = Labels.of({"c1": named(greeting=P), "c2": named(greeting=P)})
        report = evaluate(calls, labels)
        assert report.reaches(0.5)
        assert not report.reaches(0.51)

    def test_a_labelled_call_without_a_result_fails_it(self) -> None:
        labels = Labels.of({"c1": named(greeting=P), "c2": named(greeting=P)})
        assert not evaluate([stored("c1")], labels).reaches(0.5)


outcomes = st.sampled_from(Outcome)


class TestWhatAlwaysHolds:
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.tuples(outcomes, outcomes, st.floats(0, 1)), min_size=1, max_size=8),
        st.randoms(use_true_random=False),
    )
    def test_the_order_of_calls_does_not_matter(
        self, rows: list[tuple[Outcome, Outcome, float]], chance: random.Random
    ) -> None:
        calls = [
            stored(f"c{n}", {"greeting": said}, confidence=sure, language="en" if n % 2 else "zh")
            for n, (said, _, sure) in enumerate(rows)
        ]
        labels = Labels.of({f"c{n}": named(greeting=label) for n, (_, label, _) in enumerate(rows)})
        mixed = list(calls)
        chance.shuffle(mixed)
        assert evaluate(mixed, labels).to_json() == evaluate(calls, labels).to_json()
