"""Draws persons' names: disjoint banks for the two halves, in ``names.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import yaml

from benchmarks.unheard.errors import ScenarioError
from benchmarks.unheard.scenario import Half, Language

Sex = Literal["f", "m"]

_FILE: Final = Path(__file__).resolve().parent / "names.yaml"
_KEY_OF: Final = {"f": "female", "m": "male"}
_TITLES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {"f": ("Ms. {last}",), "m": ("Mr. {last}",)},
    "zh": {"f": ("{last}女士", "{last}小姐"), "m": ("{last}先生",)},
}
# Titles after a family name by which texts speak of third persons.
_THIRD_PERSONS: Final = ("先生", "女士", "小姐", "太太", "经理", "老师", "医生", "师傅", "总", "工")
_MOST_DRAWS: Final = 200


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as its owner gives it: English first and last, Mandarin given and family."""

    first: str
    last: str
    language: Language
    sex: Sex

    @property
    def full(self) -> str:
        """In the order of the language.

        Example:
            >>> PersonName("丽华", "欧阳", "zh", "f").full
            '欧阳丽华'
        """
        return f"{self.first} {self.last}" if self.language == "en" else self.last + self.first

    @property
    def titled(self) -> tuple[str, ...]:
        """Family name with a title, the usual form first."""
        return tuple(form.format(last=self.last) for form in _TITLES[self.language][self.sex])

    @property
    def called(self) -> tuple[str, ...]:
        """Every form by which somebody may be addressed in a call."""
        own = (self.first,) if self.language == "en" else ()
        return (self.full, *self.titled, *own)


@cache
def bank() -> dict[str, Any]:
    """The banks as they stand in the file."""
    content: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return content


def draw_name(
    random: np.random.Generator,
    half: Half,
    language: Language,
    sex: Sex,
    *,
    said: str,
    other: PersonName | None = None,
) -> PersonName:
    """A name that nobody else in the call bears.

    Args:
        random: source of the draw.
        half: whose bank.
        language: of the call.
        sex: of the voice.
        said: all that the scenario says, so that a third person, a place or a plain word there
            is not taken for a use of this name.
        other: the other party.

    Raises:
        ScenarioError: no name of the bank is free.
    """
    for _ in range(_MOST_DRAWS):
        name = _any_name(random, half, language, sex)
        if _is_free(name, said) and (
            other is None or not {name.first, name.last} & {other.first, other.last}
        ):
            return name
    raise ScenarioError(f"no {language} name of the {half} bank is free in this scenario.")


def _any_name(random: np.random.Generator, half: Half, language: Language, sex: Sex) -> PersonName:
    groups = bank()[language][half]
    group = groups[int(random.integers(len(groups)))]
    firsts = group[_KEY_OF[sex]] if language == "en" else bank()["zh_given"][half][_KEY_OF[sex]]
    return PersonName(
        str(firsts[int(random.integers(len(firsts)))]),
        str(group["last"][int(random.integers(len(group["last"])))]),
        language,
        sex,
    )


def _is_free(name: PersonName, said: str) -> bool:
    if name.language == "en":
        return name.first not in said and name.last not in said
    titled = [name.last + title for title in _THIRD_PERSONS]
    return name.full not in said and not any(form in said for form in titled)
