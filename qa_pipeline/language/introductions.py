"""Who says who they are: "this is Daniel Brooks speaking", 我是客服王芳."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.name_types import FoundName


def find_self_introduction(text: str, language: str) -> list[FoundName]:
    """Every place where the speaker says who they are.

    Works on written text as on lower-case transcripts without punctuation. A line break in
    `text` separates what cannot belong together.

    Args:
        text: what one party said.
        language: ``en`` or ``zh``; in ``zh`` English names are found as well.

    Returns:
        What was found, ordered by place; empty where nobody introduced themselves.

    Example:
        >>> [f.kind for f in find_self_introduction("hello my name is michael how can i", "en")]
        ['given']
    """
    if language == "zh":
        from qa_pipeline.language.introductions_zh import find_zh

        return find_zh(text)
    found: list[FoundName] = []
    place = 0
    for line in text.split("\n"):  # each with its own use of capitals
        for name in find_en(line):
            found.append(replace(name, start=name.start + place, end=name.end + place))
        place += len(line) + 1
    return found
