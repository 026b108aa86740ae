"""A small desk's data folder with recordings, for the tests of reports."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

import factory_calls as made_up

from qa_pipeline.reports.source import AudioAccess
from qa_pipeline.stages.cut import cut
from qa_pipeline.store import Store, open_store

ACCESS = AudioAccess(made_up.decode, cut)

__all__ = ["ACCESS", "filled", "made_up"]


def filled(folder: Path, calls: int = 6, *, audio: bool = False) -> Store:
    """A store in `folder`/data with a desk's calls and one recording that failed."""
    store = open_store(folder / "data")
    for made in made_up.desk(folder / "recordings", calls):
        if audio:
            made_up.write_audio(made)
        made_up.save(store, made)
    store.save_failure("notes.wav", "/x/notes.wav", "notes.wav is text.", "Remove it.")
    return store
