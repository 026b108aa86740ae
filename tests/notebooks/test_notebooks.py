"""Every notebook runs from top to bottom on a small data folder, and is kept without output."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "store"))

import factory_calls as made_up  # noqa: E402

from qa_pipeline.store import open_store  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["agents_and_criteria"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("calls", [1, 11])
def test_a_notebook_runs(
    path: Path, calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        for made in made_up.desk(calls=calls):
            made_up.save(store, made)
    monkeypatch.setenv("QA_PIPELINE_DATA", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    assert f"{calls} calls by" in printed
    assert "Daniel Reyes" in printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_clean(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
