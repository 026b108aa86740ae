"""Rings, holds, hang-ups and name counts against their labels."""

from __future__ import annotations

from typing import Any

import pytest
from measured_calls import AGENT, LINE, F, N, P, U, conversation, turn, verdict

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.timeline import Click, Hold, LineState, Ringback
from qa_pipeline.measure import line, line_figures
from qa_pipeline.measure.labels import CallLabels


def label(**fields: Any) -> CallLabels:
    return CallLabels.model_validate(fields)


def ring(start_ms: int, end_ms: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "ringback", "start_ms": start_ms, "end_ms": end_ms} | fields


def hold(start_ms: int, end_ms: int) -> dict[str, Any]:
    return {"kind": "hold", "start_ms": start_ms, "end_ms": end_ms, "medium": "music"}


def facts(known: CallLabels, call: Conversation, *verdicts: Any) -> line.LineFacts:
    return line.line_facts("a.wav", known, call, verdicts)


class TestRings:
    def heard(self, known: list[Any], *heard: Ringback) -> line_figures.RingFigures:
        found = line_figures.ring_figures([facts(label(events=known), conversation(events=heard))])
        assert found is not None
        return found

    def test_the_right_number(self) -> None:
        found = self.heard([ring(0, 9_000, rings=3)], Ringback(200, 9_100, 3, "US"))
        assert found.counts.exact.value == 1
        assert found.counts.mean_absolute_error == 0

    def test_one_too_few(self) -> None:
        found = self.heard([ring(0, 9_000, rings=3)], Ringback(200, 9_100, 2, "US"))
        assert found.counts.exact.hits == 0
        assert found.counts.mean_error == -1
        assert found.counts.off == (line.Counted("rings", "a.wav", 3, 2),)

    def test_ringing_not_heard_at_all_is_none_counted(self) -> None:
        found = self.heard([ring(0, 9_000, rings=3)])
        assert found.counts.mean_absolute_error == 3
        assert found.counts.untold == 0

    def test_taken_for_music_is_not_told(self) -> None:
        found = self.heard([ring(0, 9_000, rings=3)], Ringback(0, 9_000, None, None, musical=True))
        assert (found.counts.exact.hits, found.counts.untold) == (0, 1)
        assert found.counts.mean_error is None

    def test_ringing_elsewhere_is_another_ringing(self) -> None:
        found = self.heard([ring(0, 9_000, rings=3)], Ringback(40_000, 50_000, 3, "US"))
        assert found.counts.off == (line.Counted("rings", "a.wav", 3, 0),)

    def test_music_as_ringback(self) -> None:
        musical = Ringback(0, 9_000, None, None, musical=True)
        assert self.heard([ring(0, 9_000, medium="music")], musical).music.value == 1
        found = self.heard([ring(0, 9_000, medium="music")], Ringback(0, 9_000, 3, "US"))
        assert found.music.value == 0
        assert found.counts.exact.total == 0

    def test_ringing_where_none_was(self) -> None:
        assert self.heard([], Ringback(0, 9_000, 3, "US")).false_calls.hits == 1
        assert self.heard([]).false_calls.hits == 0

    def test_without_events_in_the_label_nothing_is_known(self) -> None:
        assert line_figures.ring_figures([facts(label(), conversation())]) is None

    def test_means_over_calls(self) -> None:
        calls = [
            facts(
                label(events=[ring(0, 9_000, rings=3)]),
                conversation(events=[Ringback(0, 9_000, heard, "US")]),
            )
            for heard in (3, 5, 2, 3)
        ]
        found = line_figures.ring_figures(calls)
        assert found is not None
        assert (found.counts.exact.hits, found.counts.exact.total) == (2, 4)
        assert found.counts.mean_absolute_error == pytest.approx(3 / 4)
        assert found.counts.mean_error == pytest.approx(1 / 4)


class TestHolds:
    def heard(self, known: list[Any], *heard: Hold) -> line_figures.HoldFigures:
        found = line_figures.hold_figures([facts(label(events=known), conversation(events=heard))])
        assert found is not None
        return found

    def test_a_hit_within_a_second_at_both_ends(self) -> None:
        found = self.heard([hold(10_000, 25_000)], Hold(9_000, 26_000))
        assert found.hits.value == 1
        assert found.median_start_error_ms == found.median_end_error_ms == 1_000

    @pytest.mark.parametrize("heard", [Hold(8_999, 25_000), Hold(10_000, 26_001)])
    def test_found_but_no_hit_beyond_it(self, heard: Hold) -> None:
        found = self.heard([hold(10_000, 25_000)], heard)
        assert (found.hits.hits, found.found.hits, found.false_holds) == (0, 1, 0)
        assert len(found.off) == 1

    def test_missed_and_false(self) -> None:
        found = self.heard([hold(10_000, 25_000)], Hold(40_000, 50_000))
        assert (found.found.hits, found.false_holds) == (0, 1)
        assert found.false_at == (("a.wav", 40_000, 50_000),)
        assert found.median_start_error_ms is None

    def test_a_hold_in_two_parts_is_one_found_and_one_false(self) -> None:
        found = self.heard([hold(10_000, 30_000)], Hold(10_000, 15_000), Hold(16_000, 30_000))
        assert (found.found.hits, found.false_holds) == (1, 1)
        assert found.median_start_error_ms == 6_000  # the longer part is taken

    def test_one_hold_over_two_is_one_found_and_one_missed(self) -> None:
        known = [hold(10_000, 15_000), hold(20_000, 30_000)]
        found = self.heard(known, Hold(10_000, 30_000))
        assert (found.found.hits, found.found.total, found.false_holds) == (1, 2, 0)

    def test_a_label_without_holds_still_counts_false_ones(self) -> None:
        found = self.heard([], Hold(10_000, 20_000))
        assert (found.hits.total, found.false_holds) == (0, 1)

    def test_calls_transcribed_elsewhere_were_not_heard(self) -> None:
        call = conversation(events=[Hold(1, 2)], layout=Layout.TEXT)
        assert line_figures.hold_figures([facts(label(events=[]), call)]) is None


class TestHangUp:
    def judged(
        self, by: str, wanted: str, said: Outcome, call: Conversation | None = None
    ) -> line_figures.HangupFigures | None:
        known = label(hung_up_by=by, hung_up_at_ms=50_000, hangup=wanted)
        found = facts(known, call or conversation(), verdict("hangup", said))
        return line_figures.hangup_figures([found])

    @pytest.mark.parametrize(
        ("by", "wanted", "said", "right"),
        [
            ("customer", "pass", P, True),
            ("agent", "fail", F, True),
            ("agent", "fail", P, False),
            ("system", "not_applicable", N, True),
            ("customer", "pass", N, False),
        ],
    )
    def test_who_by_the_verdict(self, by: str, wanted: str, said: Outcome, right: bool) -> None:
        found = self.judged(by, wanted, said)
        assert found is not None
        assert found.right.hits == right
        assert found.right_of_told.total == 1

    def test_undetermined_is_not_right_but_not_told_either(self) -> None:
        found = self.judged("agent", "fail", U)
        assert found is not None
        assert (found.right.hits, found.right.total, found.right_of_told.total) == (0, 1, 0)

    def test_where_nothing_can_tell_it_is_not_asked(self) -> None:
        assert self.judged("agent", "undetermined", U) is None

    def test_the_moment_is_the_first_line_that_went_dead(self) -> None:
        lines = [LineState(0, -50.0, 52_000), LineState(1, -50.0, 50_300)]
        found = self.judged("customer", "pass", P, conversation(lines=lines))
        assert found is not None
        assert (found.timed, found.median_error_ms, found.within_tolerance.hits) == (1, 300, 1)

    def test_else_a_click_after_the_talk(self) -> None:
        events = [Click(20_000, 20_003), Click(52_000, 52_003)]
        call = conversation([turn(AGENT, 0, 48_000)], events, duration_ms=54_000)
        found = self.judged("customer", "pass", P, call)
        assert found is not None
        assert (found.median_error_ms, found.within_tolerance.hits) == (2_000, 0)

    def test_no_moment_no_error(self) -> None:
        found = self.judged("customer", "pass", P)
        assert found is not None
        assert found.timed == 0
        assert found.median_error_ms is None


class TestNames:
    def counted(self, count: int, said: Outcome, *texts: str) -> line_figures.CountFigures:
        evidence = [Evidence(0, 1, AGENT, text) for text in texts]
        evidence.append(Evidence(0, 1, LINE, "not the agent's"))
        known = facts(
            label(name_count=count), conversation(), verdict("name_use", said, 0.8, evidence)
        )
        found = line_figures.name_figures([known])
        assert found is not None
        return found

    def test_each_use_is_a_piece_of_evidence(self) -> None:
        assert self.counted(2, F, "Ms. Brown", "Patricia").exact.hits == 1
        assert self.counted(3, F, "Ms. Brown", "Patricia").mean_error == -1

    def test_a_stretch_searched_in_vain_is_none(self) -> None:
        assert self.counted(0, F, "").exact.hits == 1

    def test_undetermined_does_not_tell(self) -> None:
        found = self.counted(2, U, "Ms. Brown")
        assert (found.exact.hits, found.untold, found.mean_error) == (0, 1, None)
