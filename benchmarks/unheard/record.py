"""What the phone system's record tells of a drawn call, and the label of each criterion.

A label says what a careful person with the recording and its record must answer; it follows the
evidence. The rules:

- ``pickup``: pass when the answer came before a fourth ring began. Known from the record's
  ``ring_seconds`` with the country, or from ringing tones on the recording. `undetermined` when
  neither tells: the recorder started at the answer, a tune played in place of ringing, or the
  recorder joined inside the first ring it holds and one lost ring more would change the answer.
- ``greeting``, ``hold``, ``summary``, ``satisfaction``: the outcome of the drawn alternative.
- ``name_use``: pass from three uses of the customer's name by the agent, in any form, whether or
  not record and customer ever tell the name: an address shows that it is one.
- ``hangup``: pass when the customer left first, fail when the agent did, not_applicable when the
  system ended the call. Known from the record; on stereo from the line that dies while the other
  audibly lives on; from a busy tone, which only the side that stays hears; from the words of the
  one left behind ("hello? ... hello?"). A click alone or a plain end tells nothing: `undetermined`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.unheard import weights
from benchmarks.unheard.conditions import NOMINAL_DB, Conditions
from benchmarks.unheard.names import PersonName
from benchmarks.unheard.scenario import Language
from sample_calls.maker.labels import NAME_USES_WANTED, RINGS_ALLOWED, count_forms
from sample_calls.maker.script import Expected, Item, Line, Outcome

_FIRST_CALL: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_BETWEEN_CALLS: Final = timedelta(minutes=17)
DEAD_LINE_DB: Final = -72.0  # about two steps of 16 bits, and under G.711's smallest
_BY_PARTY: Final[dict[str, Outcome]] = {
    "customer": "pass",
    "agent": "fail",
    "system": "not_applicable",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a call and which of it the record tells."""

    conditions: Conditions
    language: Language
    agent: PersonName
    customer: PersonName
    outcomes: Mapping[str, str]
    name_uses: int
    told: tuple[str, ...]

    @staticmethod
    def of(
        conditions: Conditions,
        language: Language,
        *,
        agent: PersonName,
        customer: PersonName,
        outcomes: Mapping[str, str],
        timeline: tuple[Item, ...],
    ) -> Facts:
        """Gather them."""
        said = [i.text for i in timeline if isinstance(i, Line) and i.role == "agent"]
        return Facts(
            conditions,
            language,
            agent,
            customer,
            outcomes,
            count_forms(said, customer.called, language),
            _told(conditions, language),
        )


def sidecar(facts: Facts, index: int) -> dict[str, Any]:
    """The record beside the recording."""
    conditions, told = facts.conditions, facts.told
    channels = {"agent": conditions.agent_channel, "customer": 1 - conditions.agent_channel}
    possible: dict[str, Any] = {
        "agent_id": f"A{100 + index % 37}",
        "agent_name": facts.agent.full,
        "customer_name": facts.customer.full,
        "ring_seconds": conditions.ringing.seconds,
        "disconnected_by": conditions.ending.by,
        "channels": channels,
        "language": facts.language,
        "country": conditions.ringing.country,
    }
    fixed = {
        "call_id": f"C-{index:05d}",
        "direction": "inbound",
        "started_at": (_FIRST_CALL + index * _BETWEEN_CALLS).isoformat(),
    }
    return fixed | {name: value for name, value in possible.items() if name in told}


def expectations(facts: Facts, alternatives: Mapping[str, int]) -> dict[str, Expected]:
    """The label of each criterion, with a note why."""
    pickup, pickup_note = _pickup(facts)
    hangup, hangup_note = _hangup(facts)
    enough = facts.name_uses >= NAME_USES_WANTED
    slot_of = {"greeting": "opening"}
    found = {
        criterion: Expected(
            outcome=outcome,
            note=f"{outcome}, alternative {alternatives[slot_of.get(criterion, criterion)]}",
        )
        for criterion, outcome in facts.outcomes.items()
    }
    return found | {
        "pickup": Expected(outcome=pickup, note=pickup_note),
        "name_use": Expected(
            outcome="pass" if enough else "fail", note=f"{facts.name_uses} uses of the name"
        ),
        "hangup": Expected(outcome=hangup, note=hangup_note),
    }


def _told(conditions: Conditions, language: Language) -> tuple[str, ...]:
    """What the record tells; ring times of a foreign country name that country.

    A desk whose ring times are the only trace of ringing, under another country's tones than the
    language's usual ones, must say so: nobody could turn seconds into rings otherwise.
    """
    told = conditions.record
    ringing = conditions.ringing
    foreign = ringing.country != weights.USUAL_COUNTRY[language]
    only_seconds = "ring_seconds" in told and ringing.kind != "tone"
    if foreign and only_seconds and "country" not in told:
        return (*told, "country")
    return told


def _pickup(facts: Facts) -> tuple[Outcome, str]:
    ringing = facts.conditions.ringing
    in_time: Outcome = "pass" if ringing.rings <= RINGS_ALLOWED else "fail"
    if "ring_seconds" in facts.told:
        return in_time, f"the record: {ringing.seconds} s, {ringing.rings} rings begun"
    if ringing.kind != "tone":
        return "undetermined", f"no ringing tones ({ringing.kind}), nothing in the record"
    if ringing.first_cut_ms and ringing.rings == RINGS_ALLOWED:
        return "undetermined", f"{ringing.rings} rings, and the recorder joined inside the first"
    return in_time, f"{ringing.rings} rings on the recording"


def _hangup(facts: Facts) -> tuple[Outcome, str]:
    ending = facts.conditions.ending
    outcome = _BY_PARTY[ending.by]
    if "disconnected_by" in facts.told:
        return outcome, f"the record: the {ending.by} left"
    if ending.sound == "tone" or (ending.sound == "line" and _lives_on(facts.conditions)):
        return outcome, f"heard ({ending.sound}): the {ending.by} left"
    if ending.left_behind:
        return outcome, "the one left behind calls after the other"
    return "undetermined", "neither record nor recording tells"


def _lives_on(conditions: Conditions) -> bool:
    """Whether the noise of the side that stays can be told from a dead line.

    A-law has no zero: any noise moves its smallest step to and fro (-69 dB), which stands still on
    a dead line.
    """
    if conditions.codec == "wav_alaw":
        return True
    side = conditions.agent if conditions.ending.by == "customer" else conditions.customer
    floor_db = side.line_noise_db
    if side.snr_db is not None:
        floor_db = max(floor_db, side.level_db - side.snr_db)
    return floor_db + conditions.level_db - NOMINAL_DB > DEAD_LINE_DB
