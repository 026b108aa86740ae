"""Draws calls from the templates; who is called what, how often, and how it was recognised."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.name_calls import noise
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn

HALVES = ("tuning", "test")
_FOLDER = Path(__file__).resolve().parent
_LETTERS = {
    "a": "alpha", "b": "bravo", "c": "charlie", "d": "delta", "e": "echo", "f": "foxtrot",
    "g": "golf", "h": "hotel", "i": "india", "j": "juliet", "k": "kilo", "l": "lima", "m": "mike",
    "n": "november", "o": "oscar", "p": "papa", "q": "quebec", "r": "romeo", "s": "sierra",
    "t": "tango", "u": "uniform", "v": "victor", "w": "whiskey", "x": "xray", "y": "yankee",
    "z": "zulu",
}  # fmt: skip
_MS_PER_LETTER = {"en": 65, "zh": 220}
_GAP_MS = 600
_CLEAN, _PLAIN = 0.3, 0.6  # shares: written as said; also unpunctuated; the rest is misheard
_BARE = 0.4  # of the misheard calls, without capitals and punctuation
_MINIMUM = 3


@dataclass(frozen=True, slots=True)
class Person:
    """One party's name; `forms` are the given name's nicknames."""

    family: str
    given: str
    full: str
    nicknames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameCall:
    """A drawn call with what is true of it.

    `uses` counts the customer's name per turn (indices of `turns`); `recorded_agent` and
    `recorded_customer` are what the phone system knows.
    """

    call_id: str
    language: str
    turns: tuple[Turn, ...]
    uses: tuple[int, ...]
    greeting: str
    recorded_agent: str | None
    recorded_customer: str | None
    agent: Person
    customer: Person
    profile: str

    @property
    def name_use(self) -> str:
        """The label of the criterion: three uses pass."""
        return "pass" if sum(self.uses) >= _MINIMUM else "fail"


@cache
def bank(language: str) -> dict[str, Any]:
    """Names and templates of a language."""
    content: dict[str, Any] = yaml.safe_load(
        (_FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    )
    return content


class Teller:
    """Fills templates for one call; keeps the turns and the uses in them."""

    def __init__(self, rng: random.Random, language: str, half: str, profile: str) -> None:
        self.rng, self.language, self.half, self.profile = rng, language, half, profile
        self.bank = bank(language)
        self.agent, self.customer = self._people()
        self.bare = rng.random() < _BARE
        self.company: str | None = None  # drawn where it is not set
        self.titles: tuple[str, ...] = ()
        self.texts: list[tuple[Role, str, int]] = []

    def pick(self, *path: str) -> Any:
        """One of a list of the bank, in this half."""
        found: Any = self.bank
        for part in path:
            found = found[part]
        found = found[self.half]
        return self.rng.choice(found.split() if isinstance(found, str) else found)

    def _people(self) -> tuple[Person, Person]:
        agent, customer = self.person(), self.person()
        while customer.family == agent.family:
            customer = self.person()
        if self.language == "en" and self.rng.random() < 0.06:  # they share a first name
            customer = Person(customer.family, agent.given, f"{agent.given} {customer.family}")
        return agent, customer

    def person(self) -> Person:
        """Somebody of this half's names."""
        family, given = self.pick("surnames"), self.pick("given")
        if self.language == "zh":
            return Person(family, given, family + given)
        if self.rng.random() < 0.04:
            family = self.pick("double_barrelled")
        nicknames = tuple(self.bank["nicknames"][self.half].get(given, ()))
        return Person(family, given, f"{given} {family}", nicknames)

    def heard(self, name: str, *, surname: bool = False) -> str:
        """A name as it was recognised in this call."""
        if self.profile != "heard":
            return name
        if self.language == "zh" and not name.isascii():
            return "".join(noise.misheard_zh(c, self.rng, surname=surname) for c in name)
        return " ".join(noise.misheard_en(word, self.rng) for word in name.split())

    def full(self, person: Person) -> str:
        """The full name as heard."""
        if self.language == "zh":
            return self.heard(person.family, surname=True) + self.heard(person.given)
        return f"{self.heard(person.given)} {self.heard(person.family)}"

    def title(self) -> str:
        """A title of address as heard."""
        title = self.rng.choice(self.titles or ("Mr.", "Ms.", "Mrs."))
        if self.language == "zh" and not self.titles:
            title = self.pick("titles")
        if self.profile != "heard":
            return str(title)
        return noise.misheard_title(title, self.rng, self.language)

    def address(self) -> str:
        """One form of address of the customer."""
        who = self.customer
        roll = self.rng.random()
        if self.language == "zh":
            family = self.heard(who.family, surname=True)
            if roll < 0.72:
                return family + self.title()
            return self.full(who) + (self.title() if roll < 0.88 else "")
        if roll < 0.4:
            given = who.given
            if who.nicknames and self.rng.random() < 0.4:
                given = self.rng.choice(who.nicknames)
            return self.heard(given)
        if roll < 0.85:
            return f"{self.title()} {self.heard(who.family)}"
        return self.full(who)

    def fill(self, template: str) -> str:
        """A template with its places filled."""
        other = self.person()
        while {other.family, other.given} & {self.customer.family, self.customer.given}:
            other = self.person()
        filled: dict[str, Callable[[], str]] = {
            "name": self.address,
            "first": lambda: self.heard(self.customer.given),
            "last": lambda: self.heard(self.customer.family, surname=True),
            "full": lambda: self.full(self.customer),
            "customer": lambda: self.full(self.customer),
            "customer_first": lambda: self.heard(self.customer.given),
            "customer_last": lambda: self.heard(self.customer.family, surname=True),
            "agent": lambda: self.full(self.agent),
            "agent_first": lambda: self.heard(self.agent.given),
            "agent_last": lambda: self.heard(self.agent.family, surname=True),
            "agent_english": lambda: str(self.pick("english")),
            "other_first": lambda: other.given,
            "other_last": lambda: other.family,
            "other": lambda: other.full,
            "wrong": lambda: other.family,
            "title": self.title,
            "company": lambda: self.company or str(self.pick("companies")),
            "spelled": lambda: "-".join(re.sub("[^A-Z]", "", self.customer.family.upper())),
            "spelled_alpha": self._alphabet,
            "nato": lambda: self.rng.choice(self.bank["nato"].get(self.customer.family)
                                            or [f"就是那个{self.customer.family}"]),
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda m: filled[m[1]](), template)

    def _alphabet(self) -> str:
        letters = re.sub("[^a-z]", "", self.customer.family.lower())[:3]
        return ", ".join(f"{c.upper()} as in {_LETTERS[c]}" for c in letters)

    def say(self, role: Role, template: str, uses: int = 0) -> None:
        """Turns from a template; `|` begins a new one, `c:` and `a:` go to the other speaker."""
        for part in template.split("|"):
            text = part.strip()
            if text[:2] in ("a:", "c:"):
                role, text = (Role.AGENT if text[0] == "a" else Role.CUSTOMER), text[2:].strip()
            self.texts.append((role, self._written(self.fill(text)), uses))

    def _written(self, text: str) -> str:
        spoken = text[:1].upper() + text[1:] if self.language == "en" else text
        if self.profile == "heard" and self.language == "en":
            spoken = noise.dropped(spoken, self.rng)
        if self.profile == "plain" or (self.profile == "heard" and self.bare):
            return noise.without_punctuation(spoken, self.language)
        return spoken


def draw(seed: int, language: str, half: str) -> NameCall:
    """The call of a seed; the same call each time.

    Example:
        >>> draw(1, "en", "tuning") == draw(1, "en", "tuning")
        True
    """
    rng = random.Random(f"{language} {half} {seed}")
    roll = rng.random()
    profile = "clean" if roll < _CLEAN else "plain" if roll < _PLAIN else "heard"
    teller = Teller(rng, language, half, profile)
    greeting = rng.choice(["pass", "fail"])
    teller.say(Role.AGENT, teller.pick("openings", greeting))
    teller.say(Role.CUSTOMER, teller.pick("wants"))
    for question, answer in teller.bank["neutral"][half][:3]:  # what follows is no opening any more
        teller.say(Role.AGENT, question)
        teller.say(Role.CUSTOMER, answer)
    knows = rng.choices(["record", "told", "both", "called"], [0.35, 0.3, 0.25, 0.1])[0]
    if knows in ("told", "both"):
        teller.say(Role.AGENT, teller.pick("told"))
    _middle(teller, rng, rng.choices([0, 1, 2, 3, 4, 5], [1, 1, 2, 2, 1, 1])[0])
    teller.say(Role.AGENT, teller.pick("closings"))
    teller.say(Role.CUSTOMER, "Bye." if language == "en" else "再见。")
    recorded = teller.customer.full if knows in ("record", "both") else None
    if recorded and language == "zh" and rng.random() < 0.1:
        recorded = teller.customer.family + rng.choice(["先生", "女士"])
    turns, uses = timed(teller)
    return NameCall(
        f"{language}-{half}-{seed}", language, turns, uses, greeting,
        teller.agent.full if rng.random() < 0.6 else None, recorded, teller.agent,
        teller.customer, profile,
    )  # fmt: skip


def _middle(teller: Teller, rng: random.Random, count: int) -> None:
    lines: list[tuple[str, int]] = []
    templates = list(teller.bank["uses"][teller.half])
    rng.shuffle(templates)
    lines += [(template, 1) for template in templates[:count]]
    lines += [(teller.pick("traps"), 0) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    rng.shuffle(lines)
    for line, uses in lines:
        teller.say(Role.AGENT, line, uses)
        if rng.random() < 0.5:
            question, answer = teller.pick("neutral")
            teller.say(Role.AGENT, question)
            teller.say(Role.CUSTOMER, answer)
        else:
            teller.say(Role.CUSTOMER, "Okay." if teller.language == "en" else "好的。")


def timed(teller: Teller) -> tuple[tuple[Turn, ...], tuple[int, ...]]:
    """The turns with their times, and the uses in each."""
    turns: list[Turn] = []
    at_ms = 4_000
    for role, text, _ in teller.texts:
        end_ms = at_ms + max(400, len(text) * _MS_PER_LETTER[teller.language])
        turns.append(Turn(role, at_ms, end_ms, text))
        at_ms = end_ms + _GAP_MS
    return tuple(turns), tuple(uses for *_, uses in teller.texts)
