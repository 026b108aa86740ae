"""Names of people: reading them, finding who introduces themselves, who is addressed."""

from __future__ import annotations

from qa_pipeline.language.addresses import find_address
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.mentions import find_mentions, probable_uses
from qa_pipeline.language.name_parts import parse_name
from qa_pipeline.language.name_types import Address, FoundName, Mention, ParsedName

__all__ = [
    "Address",
    "FoundName",
    "Mention",
    "ParsedName",
    "find_address",
    "find_mentions",
    "find_self_introduction",
    "parse_name",
    "probable_uses",
]
