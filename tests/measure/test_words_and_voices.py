"""Word errors, diarization errors and role times against ones that were worked out by hand."""

from __future__ import annotations

import pytest
from measured_calls import AGENT, CUSTOMER, LINE, labelled, turn

from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.measure import voices, words
from qa_pipeline.measure.labels import LabelledTurn
from qa_pipeline.measure.voices import voice_figures
from qa_pipeline.measure.words import word_errors


def said(truth: str, heard: str, language: str = "en") -> words.WordErrors:
    return word_errors([labelled(AGENT, 0, 1_000, truth)], [turn(AGENT, 0, 1_000, heard)], language)


class TestWords:
    def test_one_other_and_one_missing_of_six(self) -> None:
        found = said("The cat sat on the mat.", "the cat sit on mat")
        assert (found.substitutions, found.deletions, found.insertions) == (1, 1, 0)
        assert found.rate == pytest.approx(2 / 6)
        assert found.unit == "word"

    def test_one_other_and_one_added_of_five_characters(self) -> None:
        found = said("您好，王先生。", "您好黄先生吗？", "zh")
        assert (found.substitutions, found.deletions, found.insertions) == (1, 0, 1)
        assert found.rate == pytest.approx(2 / 5)
        assert found.unit == "character"

    @pytest.mark.parametrize(
        ("truth", "heard", "language"),
        [
            ("Eighty-one dollars, please!", "$81 please", "en"),
            ("It's O.K., I'm here", "it is okay i am here", "en"),
            ("請問您貴姓？", "请问 您贵姓", "zh"),
            ("一共一百二十块", "一共120块", "zh"),
            ("ＡＢＣ公司", "abc公司", "zh"),
        ],
    )
    def test_what_is_only_written_otherwise_is_no_error(
        self, truth: str, heard: str, language: str
    ) -> None:
        assert said(truth, heard, language).rate == 0

    def test_a_filler_left_out_is_an_error(self) -> None:
        assert said("um yes", "yes").rate == pytest.approx(1 / 2)

    def test_nothing_heard_is_all_missing(self) -> None:
        assert said("good morning", "").rate == 1
        assert said("good morning", "").deletions == 2

    def test_words_where_none_were_said_have_no_rate(self) -> None:
        found = said("", "hello hello")
        assert found.insertions == 2
        assert found.rate is None

    def test_words_at_the_wrong_party_count_by_voice_only(self) -> None:
        truth = [
            labelled(AGENT, 0, 900, "an apple pie"),
            labelled(CUSTOMER, 900, 2_000, "yes please"),
        ]
        heard = [turn(AGENT, 0, 1_100, "an apple pie yes"), turn(CUSTOMER, 1_100, 2_000, "please")]
        found = word_errors(truth, heard, "en")
        assert found.rate == 0
        assert found.errors_by_voice == 2  # one added at the agent, one missing at the customer
        assert found.rate_by_voice == pytest.approx(2 / 5)

    def test_swapped_roles_alone_cost_no_words(self) -> None:
        truth = [labelled(AGENT, 0, 900, "an apple pie"), labelled(CUSTOMER, 900, 2_000, "yes")]
        heard = [turn(CUSTOMER, 0, 900, "an apple pie"), turn(AGENT, 900, 2_000, "yes")]
        assert word_errors(truth, heard, "en").rate_by_voice == 0

    def test_announcements_count_on_neither_side(self) -> None:
        truth = [labelled(AGENT, 0, 900, "hello"), labelled(LINE, 900, 2_000, "please hold")]
        heard = [turn(LINE, 0, 10, "beep"), turn(AGENT, 0, 900, "hello")]
        assert word_errors(truth, heard, "en").rate == 0

    def test_turns_go_by_their_time_whatever_their_order(self) -> None:
        truth = [labelled(CUSTOMER, 900, 2_000, "thanks"), labelled(AGENT, 0, 900, "hello")]
        heard = [turn(AGENT, 0, 900, "hello"), turn(CUSTOMER, 900, 2_000, "thanks")]
        assert word_errors(truth, heard, "en").errors == 0

    def test_pooled_by_their_length_not_by_call(self) -> None:
        long, short = said("a b c d e f g h i j", "a b c d e f g h i x"), said("stop", "go")
        chinese = said("您好", "你好", "zh")
        english, mandarin = words.pooled([long, chinese, short])
        assert (english.calls, english.reference) == (2, 11)
        assert english.rate == pytest.approx(2 / 11)
        assert mandarin.rate == pytest.approx(1 / 2)


def figures(
    truth: list[LabelledTurn], heard: list[Turn], duration_ms: int = 20_000
) -> voices.VoiceFigures:
    return voice_figures("a.wav", truth, heard, duration_ms)


TWO = [labelled(AGENT, 0, 10_000), labelled(CUSTOMER, 10_000, 20_000)]


class TestDiarization:
    def test_confusion(self) -> None:
        found = figures(TWO, [turn(AGENT, 0, 12_000), turn(CUSTOMER, 12_000, 20_000)])
        assert found.strict.confusion_ms == 2_000
        assert found.strict.rate == pytest.approx(2 / 20)
        # The collar takes a quarter second at 0 and 20 s and half a second around 10 s.
        assert found.diarization.speech_ms == 19_000
        assert found.diarization.confusion_ms == 1_750
        assert found.diarization.rate == pytest.approx(1.75 / 19)

    def test_missed(self) -> None:
        found = figures(TWO, [turn(AGENT, 0, 8_000), turn(CUSTOMER, 10_000, 20_000)])
        assert found.strict.missed_ms == 2_000
        assert found.diarization.missed_ms == 1_750
        assert found.diarization.false_alarm_ms == found.diarization.confusion_ms == 0

    def test_false_alarm(self) -> None:
        found = figures([labelled(AGENT, 0, 10_000)], [turn(AGENT, 0, 13_000)], 15_000)
        assert found.strict.rate == pytest.approx(3 / 10)
        assert found.diarization.false_alarm_ms == 2_750
        assert found.diarization.rate == pytest.approx(2.75 / 9.5)

    def test_overlapping_speech_counts_for_each_voice(self) -> None:
        truth = [labelled(AGENT, 0, 10_000), labelled(CUSTOMER, 4_000, 6_000)]
        found = figures(truth, [turn(AGENT, 0, 10_000)], 10_000)
        assert found.strict.speech_ms == 12_000
        assert found.strict.rate == pytest.approx(2 / 12)

    def test_what_lies_within_the_collar_is_forgiven(self) -> None:
        heard = [turn(AGENT, 0, 10_240), turn(CUSTOMER, 10_240, 20_000)]
        assert figures(TWO, heard).diarization.rate == 0
        assert figures(TWO, heard).strict.rate == pytest.approx(0.24 / 20)

    def test_swapped_roles_alone_cost_nothing(self) -> None:
        found = figures(TWO, [turn(CUSTOMER, 0, 10_000), turn(AGENT, 10_000, 20_000)])
        assert found.strict.rate == 0
        assert found.role_accuracy.value == 0
        assert found.role_confusion.value == 1
        assert found.swapped == ("a.wav",)

    def test_a_turns_speech_is_its_words_joined_over_pauses_of_a_second(self) -> None:
        said_at = ((0, 1_000), (1_900, 3_000), (4_500, 6_000))
        turns = [Turn(AGENT, 0, 6_000, "a b c", tuple(Word(a, b, "x") for a, b in said_at))]
        spans = voices.speech_heard(turns)[AGENT]
        assert [(s.start_ms, s.end_ms) for s in spans] == [(0, 3_000), (4_500, 6_000)]

    def test_a_label_without_speech_has_no_rate(self) -> None:
        found = figures([], [turn(AGENT, 0, 5_000)])
        assert found.strict.rate is None
        assert found.strict.false_alarm_ms == 5_000
        assert found.role_accuracy.value is None

    def test_nothing_heard_is_all_missed(self) -> None:
        assert figures(TWO, []).strict.rate == 1


class TestRoles:
    def test_time_at_the_right_party_and_at_the_wrong_one(self) -> None:
        found = figures(TWO, [turn(AGENT, 0, 14_000), turn(CUSTOMER, 15_000, 20_000)])
        assert (found.role_accuracy.part_ms, found.role_accuracy.total_ms) == (15_000, 20_000)
        assert found.role_confusion.part_ms == 4_000
        # From 14 to 15 s nobody was heard, which tells no wrong role.
        assert (found.role_of_told.part_ms, found.role_of_told.total_ms) == (15_000, 19_000)
        assert found.swapped == ()

    def test_alone_with_a_collar(self) -> None:
        # The agent speaks from 0 to 10 s, the customer from 9 to 20 s. Alone and a quarter second
        # off every border are 0.25 to 8.75 s of the agent and 10.25 to 19.75 s of the customer:
        # 18 s. Heard at the agent: 0 to 8 and 10 to 12 s, at the customer: 12.5 to 20 s.
        truth = [labelled(AGENT, 0, 10_000), labelled(CUSTOMER, 9_000, 20_000)]
        heard = [turn(AGENT, 0, 8_000), turn(AGENT, 10_000, 12_000), turn(CUSTOMER, 12_500, 20_000)]
        found = figures(truth, heard)
        right, wrong = 7_750 + 7_250, 1_750  # neither: 8 to 8.75 and 12 to 12.5 s
        alone = found.role_accuracy_alone
        assert (alone.part_ms, alone.total_ms) == (right, 18_000)
        told = found.role_of_told_alone
        assert (told.part_ms, told.total_ms) == (right, right + wrong)
        # Without a collar the second at once counts twice, and nobody there has the turn.
        assert (found.role_accuracy.part_ms, found.role_accuracy.total_ms) == (15_500, 21_000)

    def test_a_turn_within_the_collar_of_its_borders_is_not_counted(self) -> None:
        found = figures([labelled(AGENT, 0, 500)], [turn(CUSTOMER, 0, 500)], 500)
        assert found.role_accuracy.value == 0
        assert found.role_accuracy_alone.value is None

    def test_time_at_both_is_right(self) -> None:
        found = figures(TWO, [turn(AGENT, 0, 10_000), turn(CUSTOMER, 0, 20_000)])
        assert found.role_accuracy.value == 1
        assert found.role_confusion.value == 0

    def test_a_whole_turn_counts_with_its_pauses(self) -> None:
        pausing = Turn(AGENT, 0, 10_000, "a b", (Word(0, 1_000, "a"), Word(9_000, 10_000, "b")))
        found = figures([labelled(AGENT, 0, 10_000)], [pausing], 10_000)
        assert found.role_accuracy.value == 1

    def test_pooled_by_time(self) -> None:
        right = figures(TWO, [turn(AGENT, 0, 10_000), turn(CUSTOMER, 10_000, 20_000)])
        short = figures([labelled(AGENT, 0, 5_000)], [turn(CUSTOMER, 0, 5_000)], 5_000)
        found = voices.pooled([right, short])
        assert found is not None
        assert found.calls == 2
        assert found.role_accuracy.value == pytest.approx(20 / 25)
        assert found.role_of_told.value == pytest.approx(20 / 25)
        # 9.5 s and 9.5 s right of the one, 4.5 s wrong of the other.
        assert found.role_accuracy_alone.value == pytest.approx(19 / 23.5)
        assert found.strict.speech_ms == 25_000
        assert found.swapped == ("a.wav",)
