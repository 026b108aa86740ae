"""Fills a scenario's lines with the drawn names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.unheard import weights
from benchmarks.unheard.chance import choose, happens
from benchmarks.unheard.names import PersonName
from benchmarks.unheard.scenario import OPTIONAL_NAME, Scenario
from sample_calls.maker.script import Line

_NAME = "{name}"


def placeholders(scenario: Scenario, agent: PersonName, customer: PersonName) -> dict[str, str]:
    """What stands for each placeholder but ``{name}``."""
    return {
        "{agent}": agent.full,
        "{agent_first}": agent.first,
        "{agent_last}": agent.last,
        "{customer}": customer.full,
        "{customer_first}": customer.first,
        "{customer_last}": customer.last,
        "{company}": scenario.company,
    }


def use_names(
    lines: Sequence[Line],
    filled: Mapping[str, str],
    customer: PersonName,
    wanted: int,
    random: np.random.Generator,
) -> list[Line]:
    """The lines as they are spoken, with `wanted` uses of the customer's name if they have room.

    Uses outside ``<...>`` cannot be dropped and count as well.

    Args:
        lines: of both parties, in order.
        filled: see `placeholders`.
        customer: who is addressed.
        wanted: how many uses.
        random: which of the optional places, and which forms of address.
    """
    fixed = sum(OPTIONAL_NAME.sub("", line.text).count(_NAME) for line in lines)
    places = sum(len(OPTIONAL_NAME.findall(line.text)) for line in lines)
    count = min(max(0, wanted - fixed), places)
    taken = set(random.permutation(places)[:count].tolist())
    usual = _form(customer, random)
    done: list[Line] = []
    place = -1
    for line in lines:
        text = line.text

        def fill(found: object) -> str:
            nonlocal place
            place += 1
            inside = str(found.group(1))  # type: ignore[attr-defined]
            return inside if place in taken else ""

        text = OPTIONAL_NAME.sub(fill, text)
        while _NAME in text:
            again = happens(random, weights.USUAL_FORM_SHARE)
            text = text.replace(_NAME, usual if again else _form(customer, random), 1)
        for sign, value in filled.items():
            text = text.replace(sign, value)
        text = text.strip()
        done.append(line.model_copy(update={"text": text[:1].upper() + text[1:]}))
    return done


def _form(customer: PersonName, random: np.random.Generator) -> str:
    kind = choose(random, weights.NAME_FORM[customer.language])
    if kind == "full":
        return customer.full
    if kind == "first":
        return customer.first
    second = len(customer.titled) > 1 and happens(random, weights.SECOND_TITLE)
    return customer.titled[1 if second else 0]
