from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.errors import RubricError
from qa_pipeline.resources import rubrics_dir

STANDARD = rubrics_dir() / "phone_standard.yaml"
TEXT = STANDARD.read_text(encoding="utf-8")


def load(tmp_path: Path, text: str) -> str:
    """The fingerprint of a rubric with this text."""
    file = tmp_path / "r.yaml"
    file.write_text(text, encoding="utf-8")
    return load_rubric(file).fingerprint


def test_the_standard_has_exactly_the_seven() -> None:
    rubric = load_rubric(STANDARD)
    assert [c.id for c in rubric.criteria] == [
        "pickup", "greeting", "name_use", "hold", "summary", "satisfaction", "hangup",
    ]  # fmt: skip
    assert all(c.source and c.coaching and c.title.zh for c in rubric.criteria)
    assert len(rubric.fingerprint) == 64


def test_the_fingerprint_ignores_layout_and_follows_content(tmp_path: Path) -> None:
    same = load(tmp_path, "# a comment\n" + TEXT)
    assert same == load_rubric(STANDARD).fingerprint
    assert load(tmp_path, TEXT.replace("max_rings: 3", "max_rings: 4")) != same


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: ring_count", "kind: ring_cout", "Did you mean 'ring_count'?"),
        ("max_rings: 3", "max_ring: 3", "Did you mean 'max_rings'?"),
        ("max_rings: 3", "max_rings: none", "criteria[0] (pickup).params: max_rings"),
        ("    kind: ring_count", "    kindd: ring_count", "criteria[0].kind is missing"),
        ("id: hold", "id: pickup", "occurs twice"),
        ("title: {en: Phone standard,", "title: {eng: Phone standard,", "title.en is missing"),
        ("criteria:", "criteriaa:", "criteria is missing"),
        ("rubric:", "rubric: [", "line"),
    ],
)
def test_errors_name_file_place_and_the_right_word(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(RubricError) as caught:
        load(tmp_path, TEXT.replace(old, new, 1))
    assert said in str(caught.value) and "r.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_rubrics(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="cannot be read"):
        load_rubric(tmp_path / "none.yaml")
    with pytest.raises(RubricError, match="empty"):
        load(tmp_path, "")
