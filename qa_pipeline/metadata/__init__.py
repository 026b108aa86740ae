"""What is known about a call beside its audio: sidecar, manifest, file name, turns."""

from qa_pipeline.metadata.discovery import (
    OUTPUT_MARKER,
    Discovery,
    Source,
    discover,
    require_sources,
)
from qa_pipeline.metadata.loading import load_metadata
from qa_pipeline.metadata.turns import TextCall, read_turns, write_turns

__all__ = [
    "OUTPUT_MARKER",
    "Discovery",
    "Source",
    "TextCall",
    "discover",
    "load_metadata",
    "read_turns",
    "require_sources",
    "write_turns",
]
