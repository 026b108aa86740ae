"""Where the customer was put on hold: what the line carries, read together with the words.

Music in mid-conversation is a hold, unless it plays behind the talk as well (a shop's radio). Beeps
and silence are one after the agent asked for or announced a wait, or where the line shows that it
was switched away; other silence is dead air, unless the agent comes back like somebody who was
gone. Announcements in a loop, a word of the waiting customer and what a recogniser reads into
singing end no hold: only the agent who comes back does. The customer's own "one moment" puts nobody
on hold. The phone system's record of hold time can place a hold that nothing else shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import merge, overlap_total_ms, subtract
from qa_pipeline.domain.timeline import Event, Hold, LineState, Loop, Music, Silence
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.locate_holds.call_view import (
    CallView,
    Wait,
    away_spans,
    customer_channels,
    said_to_the_other,
    span_of,
)
from qa_pipeline.stages.locate_holds.far_away import (
    faint_of,
    spoken_near,
    voices_near,
    with_away,
)
from qa_pipeline.stages.locate_holds.music_waits import music_waits
from qa_pipeline.stages.locate_holds.read_into import talk_only
from qa_pipeline.stages.locate_holds.recorded import against_record
from qa_pipeline.stages.locate_holds.still_waits import still_waits

HOLDS_VERSION = "16"  # part of the key of kept conversations: raise it when holds would change
RIM_MS = 200  # a turn's rim may reach out of what is played
OVER_LOOP_SHARE = 0.5  # of a customer's turn: under a recording it is the recording, misread


def locate_holds(  # noqa: PLR0917 - the pipeline hands them over in this order
    turns: Sequence[Turn],
    acts: Sequence[Act],
    events: Sequence[Event],
    metadata: CallMetadata,
    duration_ms: int,
    has_audio: bool = True,
    unread: Sequence[Turn] = (),
    lines: Sequence[LineState] = (),
) -> tuple[Event, ...]:
    """`events` with a `Hold` for each wait, ordered by start.

    Args:
        turns: who said what; without talk there is no hold.
        acts: of which the agent's requests, announcements and thanks, and announcements in a loop
            by whatever voice, are used.
        events: what was heard; earlier holds among them are replaced.
        metadata: `hold_seconds` confirms, contradicts, or places a hold nothing else shows.
        duration_ms: length of the recording.
        has_audio: without audio, silence is only a gap between turns and a little less sure.
        unread: where a voice was heard that no words were read of.
        lines: the channels' states, of which `faint` counts.

    Example:
        >>> locate_holds((), (), (), CallMetadata(), 60_000)
        ()
    """
    heard = [event for event in events if not isinstance(event, Hold)]
    faint = with_away(faint_of(lines), turns, heard)
    said = ("assent", "refusal")
    answers = [
        turn
        for turn in turns
        if any(a.kind in said and turn.start_ms <= a.start_ms < turn.end_ms for a in acts)
    ]
    near = spoken_near(turns, faint, answers)
    call = _view(near, acts, heard, duration_ms, has_audio, voices_near(unread, faint))
    call = talk_only(call)
    if not call.talk:
        return tuple(heard)
    own = {f"channel_{channel}" for channel in customer_channels(turns)}
    call = replace(call, theirs=tuple(span_of(voice) for voice in unread if voice.speaker in own))
    waits = music_waits(call)
    waits += still_waits(call, waits)
    holds = [_hold(call, wait) for wait in sorted(waits, key=lambda w: w.span)]
    holds = against_record(call, holds, metadata)
    return tuple(sorted([*heard, *holds], key=lambda event: (event.start_ms, event.end_ms)))


def _view(  # noqa: PLR0917 - as above
    turns: Sequence[Turn],
    acts: Sequence[Act],
    heard: Sequence[Event],
    duration_ms: int,
    has_audio: bool,
    unread: Sequence[Turn],
) -> CallView:
    spoken = sorted(
        (turn for turn in turns if turn.end_ms > turn.start_ms), key=lambda t: t.start_ms
    )
    looped = {(turn.start_ms, turn.end_ms) for turn in spoken if turn.role is Role.LINE}
    looped |= {
        (turn.start_ms, turn.end_ms)
        for turn in spoken
        for act in acts
        if act.kind == "hold_announcement" and turn.start_ms <= act.start_ms < turn.end_ms
    }
    # A recording's rounds are known by their sound where nothing of them was read.
    rounds = [
        Turn(Role.LINE, span.start_ms, span.end_ms, "")
        for event in heard
        if isinstance(event, Loop)
        for span in event.rounds
    ]
    read = (turn for turn in spoken if (turn.start_ms, turn.end_ms) in looped)
    loops = tuple(sorted((*read, *rounds), key=lambda turn: (turn.start_ms, turn.end_ms)))
    # What a recogniser reads of a recording that leaks into the customer's channel is no talk.
    played = merge([*map(span_of, loops), *(span_of(e) for e in heard if isinstance(e, Music))])
    talk = tuple(
        turn
        for turn in spoken
        if (turn.start_ms, turn.end_ms) not in looped
        and not (
            loops
            and turn.role is Role.CUSTOMER
            and any(span.contains(turn.start_ms + RIM_MS) for span in played)
            and overlap_total_ms(span_of(turn), played)
            >= OVER_LOOP_SHARE * (turn.end_ms - turn.start_ms)
        )
    )
    # Nor is a voice in a stillness, or what the waiting customer's room carries meanwhile.
    still = [span_of(e) for e in heard if isinstance(e, Silence) and e.channel is None]
    still += away_spans(talk, heard)
    voices = subtract(map(span_of, unread), still)
    own = {f"channel_{channel}" for channel in customer_channels(talk)}
    not_theirs = subtract((span_of(turn) for turn in unread if turn.speaker not in own), still)
    talk = said_to_the_other(talk, heard)
    return CallView(talk, loops, acts, heard, voices, duration_ms, has_audio, not_theirs)


def _hold(call: CallView, wait: Wait) -> Hold:
    announced = call.announced(wait.span.start_ms) is not None
    return Hold(
        wait.span.start_ms, wait.span.end_ms, wait.medium, announced, round(wait.confidence, 3)
    )
