"""Uses of a known person's name, matched by sound."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.mentions_en import find_uses_en
from qa_pipeline.language.mentions_zh import find_uses_zh
from qa_pipeline.language.name_probable_en import probable_uses_en
from qa_pipeline.language.name_probable_zh import probable_uses_zh
from qa_pipeline.language.name_types import Mention
from qa_pipeline.language.text import is_han
from qa_pipeline.language.timing import time_of


def find_mentions(
    turns: Sequence[Turn],
    name: KnownName,
    language: str,
    exclude: KnownName | None = None,
) -> tuple[Mention, ...]:
    """Every use of `name` in `turns`: full, with a title, the given name, the family name.

    Sounds decide, not letters: "Mr. Braun" is a use of Brown, 王方 of 王芳. Left out are third
    persons ("my colleague Patricia", 转给王经理), companies and places, spelling out, and where
    the speakers introduce themselves. Every saying of the name to its bearer counts, whether it
    calls them, asks who they are ("is this Mr. Brown?") or reads the name back ("so that's Kevin
    Brooks, correct?").

    Args:
        turns: what to search, usually all turns of the agent.
        name: the name to look for.
        language: ``en`` or ``zh``.
        exclude: the speaker's own name; its uses do not count even if they sound alike.

    Returns:
        The uses, in order; `Mention.turn` indexes `turns`.
    """
    found: list[Mention] = []
    find = find_uses_zh if language == "zh" else find_uses_en
    for index, turn in enumerate(turns):
        for use in find(turn.text, name, exclude):
            start_ms, end_ms = time_of(turn, use.start, use.end)
            found.append(
                Mention(
                    index, use.start, use.end, start_ms, end_ms,
                    turn.text[use.start : use.end], use.form, use.score, use.certain,
                )
            )  # fmt: skip
    return tuple(found)


def probable_uses(
    turns: Sequence[Turn],
    name: KnownName,
    language: str,
    exclude: KnownName | None = None,
) -> tuple[Mention, ...]:
    """What was probably the name, but was not written so by the recogniser.

    `Mention.score` is how probable it is that the stretch is a use. The arguments are those of
    `find_mentions`; uses that it finds may be among these too.
    """
    if language == "zh" and any(is_han(c) for c in name.text):
        return probable_uses_zh(turns, name, exclude)
    return probable_uses_en(turns, name, exclude)
