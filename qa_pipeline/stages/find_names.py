"""Who the parties are: from the records, else from what they call themselves and each other.

And how they use those names: in the agent's opening, and towards the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import Conversation, KnownName
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.called import told_of_oneself
from qa_pipeline.language.name_addressed import (
    completed,
    how_addressed,
    same_person,
    surely_same_person,
)
from qa_pipeline.language.name_heard_again import with_heard_again
from qa_pipeline.language.name_repeated import repeated_name
from qa_pipeline.language.name_uses import names_used
from qa_pipeline.language.names import parse_name
from qa_pipeline.language.opening_facts import openings_told

NAMES_VERSION = "12"  # raised when names, their uses or what openings tell come out otherwise

_TWICE = 0.8  # `how_addressed`'s confidence when a title was used twice


def find_names(
    turns: Sequence[Turn], metadata: CallMetadata, language: str
) -> tuple[KnownName | None, KnownName | None]:
    """The agent's and the customer's name, each None where nothing tells it.

    The record ranks first; a part that it lacks is added from what the person says of themselves
    if the other part agrees. Without a record a self-introduction or an answer to "may I have
    your name?" counts, then how the other party addresses them.

    Args:
        turns: the conversation in order.
        metadata: what the phone system noted.
        language: ``en`` or ``zh``.
    """
    agent = _name_of(Role.AGENT, metadata.agent_name, turns, language)
    customer = _name_of(Role.CUSTOMER, metadata.customer_name, turns, language)
    if (
        customer is not None
        and agent is not None
        and customer.source == "address"
        and agent.source != "address"
        and surely_same_person(customer, agent)
        and not customer.family
    ):
        customer = None  # the agent's own name, taken for an address
    return agent, customer


def with_names_used(call: Conversation) -> Conversation:
    """The call with the uses of names and what openings tell, by either reading of the words.

    Args:
        call: complete but for these: acts don't matter, names and the second reading do.
    """
    again = call.read_again()
    second = call.second
    if second is not None and again is not None:
        second = replace(second, names_used=names_used(again), openings=openings_told(again))
    return replace(call, second=second, names_used=names_used(call), openings=openings_told(call))


def with_uses_heard_again(call: Conversation, echoes: Sequence[Echo]) -> Conversation:
    """The call with the uses of the customer's name that are known by their sound.

    Args:
        call: with the uses that the words tell.
        echoes: where certain uses are said again; see `stages.find_echoes`.
    """
    again, second, used = call.read_again(), call.second, call.names_used
    if second is not None and again is not None and second.names_used is not None:
        uses = with_heard_again(again, second.names_used.uses, echoes)
        second = replace(second, names_used=replace(second.names_used, uses=uses))
    if used is not None:
        used = replace(used, uses=with_heard_again(call, used.uses, echoes))
    return replace(call, second=second, names_used=used)


def _name_of(
    role: Role, recorded: str | None, turns: Sequence[Turn], language: str
) -> KnownName | None:
    told = told_of_oneself(turns, role, language)
    parsed = parse_name(recorded, language) if recorded else None
    if parsed is None and told is None:
        addressed = how_addressed(turns, role, language)
        repeated = repeated_name(turns, role, language) if role is Role.CUSTOMER else None
        # Once is little: what is said again and again is the name.
        if addressed is None or (repeated is not None and addressed.confidence < _TWICE):
            return repeated or addressed
        return addressed
    if parsed is None:
        known = told
    else:
        known = KnownName(parsed.text, parsed.family, parsed.given, "metadata")
        if told is not None and same_person(known, told) and (known.family or known.given):
            known = replace(
                known, family=known.family or told.family, given=known.given or told.given
            )
    if known is None or role is Role.AGENT:
        return known
    return completed(known, turns, role, language)
