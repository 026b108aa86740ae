"""Which of the agent's sentences sum up the call: judged by what they repeat, not by a cue alone.

A summary repeats several things that were said at different moments of the call, adds little that
is new, and nothing much comes after it but the close. No summary are a read-back in mid-call, the
bare answer to a question, a cue without content ("to sum up, you're all set"). A cue or the form of
a report ("I've ordered ...", "we will send ...") helps, but is not needed. Each stretch of talk
gets a probability from its figures (recap_evidence.py) and the language's weights.
Source: rules H33 and P05 of the rules catalogue; the negative cases from real bank calls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from qa_pipeline.language.acts import RecapRule
from qa_pipeline.language.recap_evidence import CallView

# A stretch that announces nothing and repeats nothing is no summary, however long it is: "that's in
# the system now, I think we've covered everything". Nor is one that repeats a single thing and
# answers a question, or tells of nothing done. Of 1,029 made, written and real English calls 17
# were judged otherwise with it: 14 of them, without a summary, rightly; of the 3 that had one the
# words it repeats were lost. Where there was that much to say, this may be so: it is left open.
_SHORT = 6  # words that say something
_NO_RECAP = 0.25
_PERHAPS = 0.5
# "You asked for another instructor, I have changed it": what it repeats was misread.
_LOST = 0.35


@dataclass(frozen=True, slots=True)
class Recap:
    """A stretch of sentences ``[first, last]``, how probably it is a recap, and what it repeats.

    `form` is how it is said (one of `FORMS`, or "plain").
    """

    first: int
    last: int
    probability: float
    form: str
    shared: tuple[str, ...]


def find_recaps(view: CallView, rule: RecapRule) -> tuple[Recap, ...]:
    """The stretches that are a recap or come near to one, in order; none overlaps another.

    Args:
        view: the call.
        rule: the language's weights; stretches below its `near_from` are left out.
    """
    near: list[Recap] = []
    for window in view.windows():
        figures = view.figures(window)
        if figures is None:
            continue
        probability = min(rule.probability(figures), _most(figures, by_sound=view.by_sound))
        if view.retorts(window) and not (figures["cue"] or figures["restates"]):
            probability = min(probability, _PERHAPS)
        if _told_and_done(figures):
            probability = max(probability, _LOST)
        if probability >= rule.near_from:
            form, shared = view.form(window), view.shared(window)
            near.append(Recap(window[0], window[-1], probability, form, shared))
    taken: list[Recap] = []
    for recap in sorted(near, key=lambda r: (-r.probability, r.last - r.first)):
        if all(recap.last < other.first or other.last < recap.first for other in taken):
            taken.append(recap)
    return tuple(sorted(taken, key=lambda r: r.first))


def mixed_recap(view: CallView, rule: RecapRule) -> Recap | None:
    """The likeliest recap if both parties' words were the agent's; None below `recap_from`."""
    best: tuple[float, tuple[int, ...]] | None = None
    for window in view.mixed_windows():
        figures = view.figures(window)
        probability = rule.probability(figures) if figures else 0.0
        if figures:
            probability = min(probability, _most(figures, by_sound=view.by_sound))
        if probability >= rule.recap_from and (best is None or probability > best[0]):
            best = probability, window
    if best is None:
        return None
    probability, window = best
    return Recap(window[0], window[-1], probability, view.form(window), view.shared(window))


def _told_and_done(figures: Mapping[str, float]) -> bool:
    """Whether a stretch at the end has the whole form of a summary, whatever it repeats."""
    form = figures["restates"] and figures["reports"] and not figures["told"]
    return bool(form) and not (figures["answers"] or figures["asked"] or figures["asked_back"])


def _most(figures: Mapping[str, float], *, by_sound: bool) -> float:
    """How probably a stretch can be a recap at most, by what it repeats.

    Where words are also told by sound (Mandarin), characters are misread too often for a fail.
    """
    repeated = round(math.expm1(figures["repeated"]), 3)
    announced = figures["cue"] or figures["restates"]
    if announced or figures["sounds"] or repeated > 1:
        return 1.0
    if repeated and figures["action"] and not figures["answers"]:
        return 1.0
    short = round(math.expm1(figures["length"]), 3) <= _SHORT
    return _NO_RECAP if short and not by_sound else _PERHAPS
