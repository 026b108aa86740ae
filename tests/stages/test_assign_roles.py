"""Which voice is the agent, and which word is whose."""

import pytest

from qa_pipeline import resources
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Recording, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import (
    DIVIDED_VOICE,
    NEAR_VOICE,
    Diarization,
    SpeakerTurn,
    Transcript,
    Utterance,
    Word,
)
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.stages.assign_roles import RoleAssignment, assign_roles

OPEN = "Thank you for calling Harbor Electric, how can I help you?"
PROBLEM = "Hi, I am calling about my bill, I was charged twice."
WORK = "Let me check that for you. May I have your account number?"
THANKS = "No, that is all, thank you for your help."


@pytest.fixture(scope="module")
def catalogue() -> ActCatalogue:
    return load_catalogue(resources.rubrics_dir() / "acts")


def _words(
    text: str, start_ms: int, step_ms: int = 250, probability: float = 0.9
) -> tuple[Word, ...]:
    return tuple(
        Word(start_ms + i * step_ms, start_ms + (i + 1) * step_ms - 20, word, probability)
        for i, word in enumerate(text.split())
    )


def _utterance(
    text: str, start_ms: int, channel: int | None, probability: float = 0.9
) -> Utterance:
    words = _words(text, start_ms, probability=probability)
    return Utterance(start_ms, words[-1].end_ms, text, words, channel)


def _recording(layout: Layout, metadata: CallMetadata | None = None) -> Recording:
    return Recording(
        "p", "f", "h", "id", 60_000, 8_000, "pcm", layout, 1, metadata or CallMetadata()
    )


def _stereo(
    parts: list[tuple[int, str]],
    metadata: CallMetadata | None = None,
    language: str = "en",
    catalogue: ActCatalogue | None = None,
) -> RoleAssignment:
    utterances = tuple(_utterance(t, 1_000 + i * 6_000, c) for i, (c, t) in enumerate(parts))
    speakers = tuple(sorted({f"channel_{c}" for c, _ in parts}))
    return assign_roles(
        _recording(Layout.STEREO, metadata),
        Transcript(language, 1.0, utterances, "test"),
        Diarization((), speakers, True, "channels"),
        catalogue,
    )


def _agent_of(result: RoleAssignment) -> set[str | None]:
    return {turn.speaker for turn in result.turns if turn.role is Role.AGENT}


def test_stereo_roles_from_what_is_said() -> None:
    result = _stereo([(1, OPEN), (0, PROBLEM), (1, WORK), (0, THANKS)])
    assert _agent_of(result) == {"channel_1"}
    assert result.confidence > 0.9


def test_mandarin_roles_survive_homophones() -> None:
    lines = [
        (0, "您好 欢迎至电 云帆旅行 有什么可以邦您"),
        (1, "我想查一下 我的订单"),
        (0, "好的 请您稍等"),
    ]
    result = _stereo(lines, language="zh")
    assert _agent_of(result) == {"channel_0"}
    assert result.confidence > 0.8


def test_outbound_call_where_the_customer_answers_first() -> None:
    lines = [(0, "Hello?"),
             (1, "Hi, this is Dana calling from Peak Insurance, may I have your name?"),
             (0, "It is Pat."), (1, "Thank you. I have updated your policy.")]  # fmt: skip
    assert _agent_of(_stereo(lines, CallMetadata(direction="outbound"))) == {"channel_1"}


def test_channels_by_metadata_are_sure() -> None:
    metadata = CallMetadata(channels=ChannelRoles(agent=1, customer=0))
    result = _stereo([(1, OPEN), (0, PROBLEM)], metadata)
    assert (result.confidence, _agent_of(result), result.notes) == (1.0, {"channel_1"}, ())


def test_swapped_channels_are_told_not_swapped() -> None:
    metadata = CallMetadata(channels=ChannelRoles(agent=0, customer=1))
    result = _stereo([(1, OPEN), (0, PROBLEM), (1, WORK), (0, THANKS)], metadata)
    assert _agent_of(result) == {"channel_0"}
    assert result.confidence <= 0.5
    assert any("swapped" in note for note in result.notes)


def test_recorded_name_heard_decides() -> None:
    lines = [(0, "hello this is megan"), (1, "hello this is robert"), (0, "right"), (1, "okay")]
    result = _stereo(lines, CallMetadata(agent_name="Robert Hale"))
    assert _agent_of(result) == {"channel_1"}


def test_nothing_to_tell_by_is_unsure() -> None:
    result = _stereo([(0, "the weather is nice"), (1, "it certainly is"), (0, "yes")])
    assert result.confidence < 0.7


def test_one_voice_is_unsure() -> None:
    result = _stereo([(0, PROBLEM), (0, THANKS)])
    assert {turn.role for turn in result.turns} == {Role.CUSTOMER}
    assert result.confidence <= 0.7


def test_silence_gives_no_turns() -> None:
    empty = Transcript("en", 0.0, (), "test")
    result = assign_roles(_recording(Layout.MONO), empty, Diarization((), (), False, "none"))
    assert result.turns == ()
    assert result.confidence == 0.0


def _mono(utterances: tuple[Utterance, ...], speech: list[tuple[int, int, str]]) -> RoleAssignment:
    turns = tuple(SpeakerTurn(Span(a, b), s) for a, b, s in speech)
    speakers = tuple(sorted({s for _, _, s in speech}))
    return assign_roles(
        _recording(Layout.MONO),
        Transcript("en", 1.0, utterances, "test"),
        Diarization(turns, speakers, False, "test"),
    )


def test_mono_words_go_to_the_voice_that_overlaps_them_most() -> None:
    text = f"{OPEN} {PROBLEM}"
    utterance = _utterance(text, 0, None)
    border = len(OPEN.split()) * 250
    result = _mono((utterance,), [(0, border, "A"), (border, utterance.end_ms, "B")])
    assert [(t.speaker, t.text) for t in result.turns] == [("A", OPEN), ("B", PROBLEM)]
    assert _agent_of(result) == {"A"}


def _divided(
    lines: list[str], catalogue: ActCatalogue, prefix: str = DIVIDED_VOICE
) -> RoleAssignment:
    """Lines of two alternating names, those of what sounded like one voice."""
    utterances = tuple(_utterance(t, 1_000 + i * 8_000, None) for i, t in enumerate(lines))
    names = (f"{prefix}00", f"{prefix}01")
    turns = tuple(
        SpeakerTurn(Span(u.start_ms, u.end_ms), names[i % 2]) for i, u in enumerate(utterances)
    )
    return assign_roles(
        _recording(Layout.MONO),
        Transcript("en", 1.0, utterances, "test"),
        Diarization(turns, names, False, "test"),
        catalogue,
    )


def test_halves_of_one_voice_that_speak_alike_are_one(catalogue: ActCatalogue) -> None:
    message = [
        "Hello, this is Priya from Harbor Electric, I am calling for Mr. Dale.",
        "We have your new meter here and we can fit it on Tuesday if that suits you.",
        "Could you call us back on the number on your letter so that we can book it?",
        "Please have your account number ready for us, and thank you for your patience.",
    ]
    heard = _divided(message, catalogue)
    assert {turn.speaker for turn in heard.turns} == {f"{DIVIDED_VOICE}00"}
    assert len({turn.role for turn in heard.turns}) == 1
    assert heard.confidence <= 0.7


def test_halves_of_one_voice_that_speak_as_two_parties_are_two(catalogue: ActCatalogue) -> None:
    heard = _divided([OPEN, PROBLEM, WORK, THANKS], catalogue)
    assert [turn.role for turn in heard.turns] == [Role.AGENT, Role.CUSTOMER] * 2


def test_voices_that_may_be_mixed_are_unsure_unless_the_words_part_them(
    catalogue: ActCatalogue,
) -> None:
    alike = ["Yes, that is fine.", "Right, the ninth.", "And the bikes too.", "Lovely, thank you."]
    assert _divided(alike, catalogue, NEAR_VOICE).confidence <= 0.55
    assert _divided([OPEN, PROBLEM, WORK, THANKS], catalogue, NEAR_VOICE).confidence > 0.9


def test_what_only_an_agent_does_tells_the_agent_where_cues_are_silent(
    catalogue: ActCatalogue,
) -> None:
    lines = [
        (0, "I have booked the ferry for the ninth and I forgot the bikes."),
        (1, "Are you able to hold?"),
        (0, "Um, all right then."),
        (1, "There, has our service been all right for you today?"),
    ]
    heard = _stereo(lines, catalogue=catalogue)
    assert _agent_of(heard) == {"channel_1"}
    assert heard.confidence > _stereo(lines).confidence or _agent_of(_stereo(lines)) != {
        "channel_1"
    }


def test_a_late_border_moves_to_the_end_of_the_sentence() -> None:
    utterance = _utterance(f"{OPEN} {PROBLEM}", 0, None)
    border = (len(OPEN.split()) + 1) * 250  # the diarizer gives "Hi," to the agent
    result = _mono((utterance,), [(0, border, "A"), (border, utterance.end_ms, "B")])
    assert [t.text for t in result.turns] == [OPEN, PROBLEM]


def test_a_border_that_cuts_a_sentence_said_in_one_breath_moves_further() -> None:
    utterance = _utterance(f"{OPEN} {PROBLEM}", 0, None)
    border = (len(OPEN.split()) - 3) * 250
    result = _mono((utterance,), [(0, border, "A"), (border, utterance.end_ms, "B")])
    assert [(t.speaker, t.text) for t in result.turns] == [("A", OPEN), ("B", PROBLEM)]


def test_a_moved_border_leaves_a_short_answer_with_who_gave_it() -> None:
    asked = _utterance("It is your number that we have on file", 0, None)  # no mark at its end
    answer = _utterance("Yes it is. Thank you, anything else then?", asked.end_ms + 20, None)
    begin, end = answer.words[0].start_ms, answer.words[2].end_ms
    speech = [(0, begin, "A"), (begin, end, "B"), (end, answer.end_ms, "A")]
    result = _mono((asked, answer), speech)
    assert [(t.speaker, t.text) for t in result.turns if t.speaker == "B"] == [("B", "Yes it is.")]


def test_a_slip_of_the_diarizer_inside_a_sentence_is_smoothed() -> None:
    utterance = _utterance(OPEN, 0, None)
    other = _utterance(PROBLEM, 10_000, None)
    speech = [(0, 1_000, "A"), (1_000, 1_230, "B"), (1_230, 3_000, "A"), (10_000, 13_000, "B")]
    result = _mono((utterance, other), speech)
    assert [t.text for t in result.turns] == [OPEN, PROBLEM]


def test_a_long_pause_begins_a_new_turn() -> None:
    parts = (
        _utterance("One.", 0, None),
        _utterance("Two.", 1_000, None),
        _utterance("Three.", 3_000, None),
    )
    result = _mono(parts, [(0, 5_000, "A")])
    assert [t.text for t in result.turns] == ["One. Two.", "Three."]


def test_a_third_voice_joins_the_side_it_speaks_like() -> None:
    parts = tuple(
        _utterance(text, i * 6_000, None)
        for i, text in enumerate(
            [OPEN, PROBLEM, WORK, THANKS, "This is support, how may I help you?"]
        )
    )
    speech = [(i * 6_000, i * 6_000 + 5_500, s) for i, s in enumerate("ABABC")]
    result = _mono(parts, speech)
    assert _agent_of(result) == {"A", "C"}
    assert any("further voice" in note for note in result.notes)


def test_leaked_words_are_kept_once() -> None:
    copy = _utterance(OPEN, 1_100, 1, probability=0.4)
    utterances = (_utterance(OPEN, 1_000, 0), copy, _utterance(PROBLEM, 8_000, 1))
    result = assign_roles(
        _recording(Layout.STEREO),
        Transcript("en", 1.0, utterances, "test"),
        Diarization((), ("channel_0", "channel_1"), True, "channels"),
    )
    assert [(t.speaker, t.text) for t in result.turns] == [
        ("channel_0", OPEN),
        ("channel_1", PROBLEM),
    ]
    assert any("cross-talk" in note for note in result.notes)


def test_goodbyes_said_together_both_stay() -> None:
    utterances = (_utterance(OPEN, 0, 0), _utterance(PROBLEM, 5_000, 1),
                  _utterance("bye bye", 10_000, 0), _utterance("bye bye", 10_050, 1))  # fmt: skip
    result = assign_roles(
        _recording(Layout.STEREO),
        Transcript("en", 1.0, utterances, "test"),
        Diarization((), ("channel_0", "channel_1"), True, "channels"),
    )
    assert sum("bye" in t.text for t in result.turns) == 2
