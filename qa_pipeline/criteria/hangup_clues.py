"""What on the line, or in the last words, tells who hung up first, and how sure it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qa_pipeline.criteria.base import clamp, clock
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Party, Role
from qa_pipeline.domain.timeline import LineState, Tone
from qa_pipeline.domain.transcript import Turn, channel_of

# How sure each kind of evidence makes, against the share right in `benchmarks.line_events` (tuning
# seeds; eleven codecs, noise, echo). The sweep's lines are made, so none is trusted to its limit.
#   kind                                          right     here
#   line dead, the other lives 1 s or more        39 of 39  0.90, with a click 0.94
#   line dead, the other lives less than 1 s      12 of 13  0.80, with a click 0.84
#   busy tone on one of two channels              12 of 12  0.90
#   busy tone in mono                             75 of 75  0.75
#   asking into the line, no answer               52 of 52  0.62, asked twice 0.68
# A busy tone in mono is hardly mistaken; that it means the customer rests on where recorders stand:
# at the desk, which hears the tone only when the customer has left. At the customer's side it
# would mean the contrary, and nothing in the sound tells, hence far less than the sweep's share.
DEAD_LINE: Final = 0.90
DEAD_LINE_SHORT: Final = 0.80
WITH_CLICK: Final = 0.04
LONG_MS: Final = 1_000
TONE_ON_CHANNEL: Final = 0.90
CLEAR_GAP_MS: Final = 300  # one line dead this long before the other says who left
TONE_IN_MONO: Final = 0.75  # heard at the desk's side, where recorders stand: the customer had left
CHECKING_THE_LINE: Final = 0.62
TALK_OVER_TONE_MS: Final = 1_500  # the last words may run into the tone
LAST_WORDS_MS: Final = 5_000  # nothing else is said after asking into a dead line
TIME_TO_ANSWER_MS: Final = 1_000  # "yes, I'm here" begins sooner; a recording may stop before
TALK_TO_NOBODY_MS: Final = 6_000  # a sentence not yet finished, then "hello? are you there?"
_WAITS: Final = ("ask_hold", "announce_hold")
_OTHER: Final = {Party.AGENT: Party.CUSTOMER, Party.CUSTOMER: Party.AGENT}


@dataclass(frozen=True, slots=True)
class Clue:
    """One piece of evidence on the line: who left first, how sure, what was heard."""

    party: Party
    confidence: float
    en: str
    zh: str
    evidence: Evidence


def clues_of(call: Conversation) -> list[Clue]:
    """All that tells who hung up first, without the phone system's record.

    Example:
        >>> from qa_pipeline.domain.recording import CallMetadata, Layout
        >>> clues_of(Conversation("c", Layout.MONO, 9000, CallMetadata(), "en", 1.0, None, "none",
        ...                       (), (), ()))
        []
    """
    found = (_line_clue(call), _tone_clue(call), _checking_clue(call))
    return [clue for clue in found if clue is not None]


def channel_parties(call: Conversation) -> dict[int, Party]:
    """Who is on which channel: by the record, else by who talks there most."""
    if call.metadata.channels is not None:
        return {
            call.metadata.channels.agent: Party.AGENT,
            call.metadata.channels.customer: Party.CUSTOMER,
        }
    talk: dict[int, dict[Role, int]] = {}
    for turn in call.turns:
        channel = channel_of(turn.speaker)
        if channel is not None:
            times = talk.setdefault(channel, {})
            times[turn.role] = times.get(turn.role, 0) + turn.end_ms - turn.start_ms
    parties = {
        channel: Party(max(times, key=lambda role: times[role]).value)
        for channel, times in talk.items()
        if max(times, key=lambda role: times[role]) is not Role.LINE
    }
    return parties if len(set(parties.values())) == len(parties) == 2 else {}


def _line_clue(call: Conversation) -> Clue | None:
    """One channel dead while the other lives on."""
    parties = channel_parties(call)
    lines = [line for line in call.lines if line.channel in parties]
    if len(lines) != 2:
        return None
    dead = [line for line in lines if line.end_ms is not None]
    if not dead:
        return None
    first = min(dead, key=lambda line: line.end_ms or 0)
    other = next(line for line in lines if line.channel != first.channel)
    first_end = first.end_ms or 0
    lived_on = _last_life_ms(call, other, parties[other.channel]) - first_end
    if lived_on < CLEAR_GAP_MS:
        return None
    party = parties[first.channel]
    if _talk_after_ms(call, party, first_end) > TALK_TO_NOBODY_MS:
        return None  # who hung up is not talked to for long: the channel was muted
    confidence = (DEAD_LINE if lived_on >= LONG_MS else DEAD_LINE_SHORT) + WITH_CLICK * first.click
    if call.metadata.channels is None:
        confidence *= min(1.0, 0.5 + 0.5 * call.role_confidence)
    who_en, who_zh = who(party)
    after = f"{lived_on / 1000:.1f}"
    return Clue(
        party,
        confidence,
        f"the line of {who_en} went dead at {clock(first_end)}, {after} s before the other",
        f"{who_zh}的线路在{clock(first_end)}断开，比另一方早{after}秒",
        Evidence(first_end, first_end + lived_on, Role.LINE, "line dead"),
    )


def _last_life_ms(call: Conversation, line: LineState, party: Party) -> int:
    """Until when a line is heard to live; a gated one lives only where somebody speaks."""
    if line.gated:
        return max((turn.end_ms for turn in call.turns_of(Role(party.value))), default=0)
    return line.end_ms if line.end_ms is not None else call.duration_ms


def _talk_after_ms(call: Conversation, gone: Party, moment_ms: int) -> int:
    """How long the one who is left talks on after the other's line went dead."""
    return sum(
        turn.end_ms - max(turn.start_ms, moment_ms)
        for turn in call.turns_of(Role(_OTHER[gone].value))
        if turn.end_ms > moment_ms
    )


def _tone_clue(call: Conversation) -> Clue | None:
    """A busy tone after the talk: in stereo on the channel of who left, in mono at the desk."""
    parties = channel_parties(call)
    tone = next((t for t in call.tones if t.name == "busy" and _ends_talk(call, t, parties)), None)
    if tone is None:
        return None
    evidence = Evidence(tone.start_ms, tone.end_ms, Role.LINE, "busy tone")
    at = clock(tone.start_ms)
    if tone.channel is not None and tone.channel in parties:
        party = parties[tone.channel]
        who_en, who_zh = who(party)
        return Clue(
            party,
            clamp(TONE_ON_CHANNEL * min(1.0, tone.confidence + 0.1)),
            f"a busy tone follows on the line of {who_en} at {at}",
            f"{at}{who_zh}的线路上出现忙音",
            evidence,
        )
    return Clue(
        Party.CUSTOMER,
        clamp(TONE_IN_MONO * min(1.0, tone.confidence + 0.1)),
        f"at {at} a busy tone is heard, which at the desk's side means that the customer had left",
        f"{at}听到忙音；如果录音在客服一侧，说明客户已经离线",
        evidence,
    )


def _ends_talk(call: Conversation, tone: Tone, parties: dict[int, Party]) -> bool:
    """Whether nobody speaks any more once a tone sounds.

    On a party's own channel only that party must be silent: the other may go on into the dead
    line for a while, or noise there may be read as words.
    """
    party = None if tone.channel is None else parties.get(tone.channel)
    turns = call.turns if party is None else call.turns_of(Role(party.value))
    last_word = max((turn.end_ms for turn in turns), default=0)
    if party is not None and _talk_after_ms(call, party, tone.start_ms) > TALK_TO_NOBODY_MS:
        return False
    return tone.end_ms > last_word and tone.start_ms >= last_word - TALK_OVER_TONE_MS


def _checking_clue(call: Conversation) -> Clue | None:
    """Somebody asks "hello?" into the line at the end and gets no answer: the other had left."""
    if not call.turns:
        return None
    last = max(call.turns, key=lambda turn: turn.end_ms)
    asked = [
        act
        for act in call.acts_of("line_check", role=last.role)
        if act.start_ms >= last.start_ms - 6_000
    ]
    talked = [t for t in call.turns if t.role is not last.role and t.role is not Role.LINE]
    if not asked or not talked or last.role is Role.LINE:
        return None
    other = max(talked, key=lambda turn: turn.end_ms)
    if other.end_ms > asked[0].start_ms or last.end_ms - asked[-1].end_ms > LAST_WORDS_MS:
        return None  # somebody was there, or the talk went on: "Hi there" opens one, too
    starts = [*(act.start_ms for act in asked[1:]), call.duration_ms]
    longest_ms = max(start - act.end_ms for act, start in zip(asked, starts, strict=True))
    if longest_ms < TIME_TO_ANSWER_MS or _waiting(call, other):
        return None
    stayed = Party(last.role.value)
    gone = _OTHER[stayed]
    stayed_en, stayed_zh = who(stayed)
    return Clue(
        gone,
        CHECKING_THE_LINE + (0.06 if len(asked) > 1 else 0.0),
        f"{stayed_en} was left asking into the line at {clock(asked[0].start_ms)}",
        f"{clock(asked[0].start_ms)}只剩{stayed_zh}在问对方是否还在",
        Evidence(asked[0].start_ms, asked[-1].end_ms, last.role, asked[-1].text),
    )


def who(party: Party) -> tuple[str, str]:
    """A party in English and in Chinese, as sentences of a finding name it."""
    return ("the customer", "客户") if party is Party.CUSTOMER else ("the agent", "客服")


def _waiting(call: Conversation, last_said: Turn) -> bool:
    """Whether the other one's silence has a reason: they had asked to wait."""
    return any(
        act.start_ms < last_said.end_ms and last_said.start_ms < act.end_ms
        for kind in _WAITS
        for act in call.acts_of(kind, role=last_said.role)
    )
