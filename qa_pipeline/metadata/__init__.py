"""What is known about a call beside its audio: sidecar, manifest, file name, turns."""

from qa_pipeline.metadata.discovery import (
    OUTPUT_MARKER,
    Beside,
    Discovery,
    Source,
    discover,
    require_sources,
)
from qa_pipeline.metadata.fetching import at_hand, fetched, sweep_temporary
from qa_pipeline.metadata.loading import load_metadata
from qa_pipeline.metadata.turns import TextCall, read_turns, write_turns

__all__ = [
    "OUTPUT_MARKER",
    "Beside",
    "Discovery",
    "Source",
    "TextCall",
    "at_hand",
    "discover",
    "fetched",
    "load_metadata",
    "read_turns",
    "require_sources",
    "sweep_temporary",
    "write_turns",
]
