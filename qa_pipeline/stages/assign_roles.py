"""Which voice is the agent: from the records' channels, else from what each voice says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.domain.recording import CallMetadata, Recording, Role
from qa_pipeline.domain.transcript import DIVIDED_VOICE, NEAR_VOICE, Diarization, Transcript, Turn
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.language.name_addressed import part_alike
from qa_pipeline.language.names import find_self_introduction, parse_name
from qa_pipeline.language.role_acts import acts_done
from qa_pipeline.language.role_cues import CueHit, cues_in, habit_score, is_announcement
from qa_pipeline.language.word_speakers import (
    SpokenWord,
    assign_by_time,
    by_channel,
    make_turns,
    without_cross_talk,
)

ROLES_VERSION = "6"

# Cues overlap, with one another and with habits, so their log-odds are worth less together: as
# fitted with the habits of rubrics/roles. By dialogues left out (2,170 in pieces, tuning half), of
# those said to be 0.62 sure 0.77 are right, of 0.82 0.91, of 0.92 and more 0.99.
_CUE_SCALE = 0.26
# Acts overlap with cues and with one another. Of 1,004 excerpts of eight turns (288 made calls as
# heard) cues and habits got 39 wrong, 11 of them more than 0.6 sure; with acts at this 23 and 4.
_ACT_SCALE = 0.35
_ALONE_SCALE = 0.7  # one voice has no other to be compared with: cues only
_HABIT_CHARACTERS = 30  # said by the one who says less, habits count half
_MOST_SURE = 0.98
_NAME_WEIGHT = 3.0  # a self-introduction with the record's name
_FIRST_WEIGHT = 0.25  # who answers speaks first; weak, since recordings may be cut
_CONTRADICTED = 0.5  # records and words disagree about the channels
_CONTRADICTION_LOG_ODDS = 3.0
_ONE_VOICE_MOST = 0.7
# What divided halves must differ by to be two parties: halves of one party's channel of 45 s and
# more differed by up to 3.6, two parties that sounded like one by 6.9.
_DIVIDED_LOG_ODDS = 4.0
_MIXED_MOST = 0.55  # two voices that may be mixed and do not differ by that much in words either
_LEAST_PART = 0.2  # of the other's characters: with less, one voice holds both parties' words


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """Turns with roles, how sure the roles are, why, and what a person should know."""

    turns: tuple[Turn, ...]
    confidence: float
    reason: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one speaker said: the log-odds that it is the agent, and the cues behind them."""

    speaker: str
    score: float
    habits: float
    cues: tuple[CueHit, ...]
    characters: int


def assign_roles(
    recording: Recording,
    transcript: Transcript,
    diarization: Diarization,
    catalogue: ActCatalogue | None = None,
) -> RoleAssignment:
    """Turns of agent and customer.

    Where channels are voices and the metadata names them, that decides; if the words say the
    opposite clearly, a note tells it and the confidence drops to 0.5, but nothing is swapped.
    Else cues, habits and acts in what each voice says (rubrics/roles) are summed to log-odds. A
    further voice that speaks as machines do belongs to the line; others take the role that their
    words fit best.

    Args:
        recording: for its metadata.
        transcript: utterances, with channels if there are several, with word times.
        diarization: speaker turns; by channel, words keep their channel.
        catalogue: grammars of acts; without them cues and habits alone count.
    """
    spoken, notes = _spoken(transcript, diarization)
    if not spoken:
        return RoleAssignment((), 0.0, "nobody speaks", tuple(notes))
    language, metadata = transcript.language, recording.metadata
    speakers = sorted({s.speaker for s in spoken})
    turns = _turns(spoken, speakers)
    voices = [_voice(s, own, language, metadata, catalogue) for s, own in turns.items()]
    if _are_one(voices):
        speakers = speakers[:1]
        spoken = tuple(replace(word, speaker=speakers[0]) for word in spoken)
        turns = _turns(spoken, speakers)
        voices = [_voice(s, own, language, metadata, catalogue) for s, own in turns.items()]
    by_speaker = {voice.speaker: voice for voice in voices}
    told = _told_roles(metadata, diarization, speakers)
    if told is not None:
        confidence, reason = _checked(told, by_speaker, spoken, metadata, notes)
        roles = told
    elif len(speakers) == 1:
        roles, confidence, reason = _alone(voices[0])
    else:
        texts = {speaker: [turn.text for turn in own] for speaker, own in turns.items()}
        line = _announcing(texts, language) if len(speakers) > 2 else ()
        notes += [f"a voice on the line ({speaker}) was counted as nobody's" for speaker in line]
        parties = {s: voice for s, voice in by_speaker.items() if s not in line}
        roles, confidence, reason = _decided(parties, spoken, metadata, notes)
        roles |= dict.fromkeys(line, Role.LINE)
    return RoleAssignment(make_turns(spoken, roles), confidence, reason, tuple(notes))


def _spoken(
    transcript: Transcript, diarization: Diarization
) -> tuple[tuple[SpokenWord, ...], list[str]]:
    """Every word with its speaker, leaked copies taken out."""
    channels = {u.channel for u in transcript.utterances if u.channel is not None}
    if not (diarization.by_channel and channels):
        return assign_by_time(transcript.utterances, diarization.turns), []
    spoken, copies = without_cross_talk(by_channel(transcript.utterances), transcript.language)
    if not copies:
        return spoken, []
    return spoken, [f"cross-talk: {copies} words heard on two channels were kept once"]


def _turns(spoken: Sequence[SpokenWord], speakers: Sequence[str]) -> Mapping[str, list[Turn]]:
    turns = make_turns(spoken, dict.fromkeys(speakers, Role.LINE))
    return {s: [turn for turn in turns if turn.speaker == s] for s in speakers}


def _voice(
    speaker: str,
    turns: Sequence[Turn],
    language: str,
    metadata: CallMetadata,
    catalogue: ActCatalogue | None,
) -> _Voice:
    texts = [turn.text for turn in turns]
    cues = list(cues_in(texts, language))
    score = _CUE_SCALE * sum(cue.weight for cue in cues)
    if catalogue is not None:
        acts = acts_done(turns, language, catalogue)
        score += _ACT_SCALE * sum(act.weight for act in acts)
        cues += acts
    for name, weight, what in (
        (metadata.agent_name, _NAME_WEIGHT, "agent_name"),
        (metadata.customer_name, -_NAME_WEIGHT, "customer_name"),
    ):
        if name and _introduces(texts, name, language):
            cues.append(CueHit(what, weight, name))
            score += weight
    habits = habit_score(texts, language)
    return _Voice(speaker, score, habits, tuple(cues), sum(len(text) for text in texts))


def _log_odds(one: _Voice, other: _Voice) -> float:
    """That `one` and not `other` is the agent; a few words show no habits."""
    characters = min(one.characters, other.characters)
    shown = characters / (characters + _HABIT_CHARACTERS)
    return one.score - other.score + shown * (one.habits - other.habits)


def _are_one(voices: Sequence[_Voice]) -> bool:
    """Whether two halves of what sounded like one voice do not speak as two parties do."""
    return (
        len(voices) == 2
        and all(voice.speaker.startswith(DIVIDED_VOICE) for voice in voices)
        and abs(_log_odds(*voices)) < _DIVIDED_LOG_ODDS
    )


def _may_be_mixed(one: _Voice, other: _Voice, log_odds: float) -> bool:
    """Whether two voices sound so alike that words may be at the wrong one, and do not gainsay it.

    `one` says more than `other`; beside a noise that was heard as speech it says all.
    """
    near = any(voice.speaker.startswith(NEAR_VOICE) for voice in (one, other))
    lopsided = other.characters < _LEAST_PART * one.characters
    return near and (lopsided or abs(log_odds) < _DIVIDED_LOG_ODDS)


def _introduces(texts: Sequence[str], name: str, language: str) -> bool:
    """Whether somebody introduces themselves with this name (or the part of it they say)."""
    wanted = parse_name(name, language)
    if wanted is None:
        return False
    for text in texts:
        for found in find_self_introduction(text, language):
            pairs = [(wanted.family, found.family), (wanted.given, found.given)]
            both = [(a, b) for a, b in pairs if a and b]
            if both and all(part_alike(a, b) >= 0.75 for a, b in both):
                return True
    return False


def _announcing(texts: Mapping[str, list[str]], language: str) -> tuple[str, ...]:
    """Voices of machines, two at least being left as people's."""
    found = [s for s, said in texts.items() if is_announcement(said, language)]
    return tuple(found) if len(texts) - len(found) >= 2 else ()


def _told_roles(
    metadata: CallMetadata, diarization: Diarization, speakers: Sequence[str]
) -> dict[str, Role] | None:
    """Roles by the record's channels; further channels count as the agent's side."""
    if metadata.channels is None or not diarization.by_channel:
        return None
    agent, customer = (
        f"channel_{metadata.channels.agent}",
        f"channel_{metadata.channels.customer}",
    )
    if not {agent, customer} & set(speakers):
        return None
    return {s: Role.CUSTOMER if s == customer else Role.AGENT for s in speakers}


def _checked(
    told: Mapping[str, Role],
    voices: Mapping[str, _Voice],
    spoken: Sequence[SpokenWord],
    metadata: CallMetadata,
    notes: list[str],
) -> tuple[float, str]:
    """Confidence in the record's channels, lower where the words contradict them."""
    agents = [v for s, v in voices.items() if told[s] is Role.AGENT]
    customers = [v for s, v in voices.items() if told[s] is Role.CUSTOMER]
    if agents and customers:
        most = [max(side, key=lambda v: v.characters) for side in (agents, customers)]
        log_odds = _log_odds(*most)
        log_odds += _first_bonus(agents[0].speaker, spoken, metadata)
        if log_odds <= -_CONTRADICTION_LOG_ODDS:
            cues = _named(customers[0])
            notes.append(
                "the channels look swapped: the metadata's customer channel speaks like the "
                f"agent ({cues})"
            )
            return _CONTRADICTED, "channels by metadata, contradicted by what is said"
    return 1.0, "channels by metadata"


def _first_bonus(speaker: str, spoken: Sequence[SpokenWord], metadata: CallMetadata) -> float:
    """Log-odds for `speaker` being the agent from who speaks first.

    Who answers a call speaks first: the agent, or the customer when the desk called.
    """
    first = spoken[0].speaker == speaker
    answered_by_agent = metadata.direction != "outbound"
    return _FIRST_WEIGHT if first is answered_by_agent else -_FIRST_WEIGHT


def _alone(voice: _Voice) -> tuple[dict[str, Role], float, str]:
    """One voice only: whose it more likely is."""
    log_odds = _ALONE_SCALE * sum(cue.weight for cue in voice.cues)
    role = Role.AGENT if log_odds > 0 else Role.CUSTOMER
    confidence = min(_ONE_VOICE_MOST, _probability(abs(log_odds)))
    return {voice.speaker: role}, round(confidence, 3), f"one voice only; {_named(voice)}"


def _decided(
    voices: Mapping[str, _Voice],
    spoken: Sequence[SpokenWord],
    metadata: CallMetadata,
    notes: list[str],
) -> tuple[dict[str, Role], float, str]:
    """Roles from the cues of the two voices that talk most; the others join them."""
    by_length = sorted(voices.values(), key=lambda v: -v.characters)
    one, other = by_length[:2]
    log_odds = _log_odds(one, other)
    log_odds += _first_bonus(
        one.speaker, [s for s in spoken if s.speaker in (one.speaker, other.speaker)], metadata
    )
    agent, customer = (one, other) if log_odds >= 0 else (other, one)
    roles = {agent.speaker: Role.AGENT, customer.speaker: Role.CUSTOMER}
    for extra in by_length[2:]:
        roles[extra.speaker] = _side(extra, agent, customer)
        notes.append(
            f"a further voice ({extra.speaker}) was counted as the {roles[extra.speaker].value}"
        )
    confidence = _probability(abs(log_odds))
    if len(by_length) > 2:
        confidence = min(confidence, 0.9)
    if _may_be_mixed(one, other, log_odds):
        confidence = min(confidence, _MIXED_MOST)
        notes.append("the parties sound so alike that who says what is unsure")
    reason = f"agent by what is said: {_named(agent)}; customer: {_named(customer)}"
    return roles, round(confidence, 3), reason


def _side(extra: _Voice, agent: _Voice, customer: _Voice) -> Role:
    """Whom a further voice speaks like: by its cues, where it gives some, else by its habits."""
    told = sum(cue.weight for cue in extra.cues)
    if abs(told) < 1.0:
        told = extra.habits - (agent.habits + customer.habits) / 2
    return Role.AGENT if told > 0 else Role.CUSTOMER


def _named(voice: _Voice) -> str:
    """A voice's strongest cues, for a person."""
    strongest = sorted(voice.cues, key=lambda cue: -abs(cue.weight))[:3]
    return ", ".join(f"'{cue.phrase}'" for cue in strongest) or "no cue"


def _probability(log_odds: float) -> float:
    return min(_MOST_SURE, 1 / (1 + math.exp(-log_odds)))
