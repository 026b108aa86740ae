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
        ("max_rings: 3", "max_rings: none", "criteria[0] (pickup).params.max_rings: 'none'"),
        ("    kind: ring_count", "    kindd: ring_count", "Did you mean 'kind'?"),
        ("id: hold", "id: pickup", "occurs twice"),
        ("title: {en: Phone standard,", "title: {eng: Phone standard,", "rubric.title.eng is not"),
        ("criteria:", "criteriaa:", "Did you mean 'criteria'?"),
        ("rubric:", "rubric: [", "r.yaml:2: a bracket"),
    ],
)
def test_errors_name_file_place_and_the_right_word(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(RubricError) as caught:
        load(tmp_path, TEXT.replace(old, new, 1))
    assert said in str(caught.value) and "r.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_extending_changes_adds_and_leaves_out(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        """
rubric: {id: desk, version: "1", extends: phone_standard}
drop: [name_use]
groups:
  - {id: line, title: {en: Line, zh: 线路}, weight: 3}
conditions:
  sorry: {title: {en: the agent is sorry, zh: 客服道歉}, when: {act: apology}}
criteria:
  - {id: pickup, group: line, weight: 2, params: {max_rings: 4}}
  - {id: hold, coaching: null}
  - id: offered
    kind: question
    when: sorry
    title: {en: Offered help, zh: 主动帮助}
    description: {en: Offers help., zh: 主动提供帮助。}
    params: {act: offer_help, window: opening}
""",
        encoding="utf-8",
    )
    standard, desk = load_rubric(STANDARD), load_rubric(file)
    assert [c.id for c in desk.criteria] == [
        "pickup", "greeting", "hold", "summary", "satisfaction", "hangup", "offered",
    ]  # fmt: skip
    pickup = desk.criteria[0]
    assert (pickup.params, pickup.weight, pickup.group) == ({"max_rings": 4}, 2, "line")
    assert pickup.title == standard.criteria[0].title
    assert desk.title == standard.title
    assert desk.criteria[2].coaching is None
    assert desk.criteria[1] == standard.criteria[1]
    assert [c.id for c in desk.conditions] == ["sorry"]
    assert desk.fingerprint != standard.fingerprint


def test_a_kept_rubric_needs_no_other_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    text = TEXT.replace("    kind: recap", "    when: {any: [hold, outbound]}\n    kind: recap", 1)
    file.write_text(text, encoding="utf-8")
    assert {c.id for c in load_rubric(file).conditions} == {"hold", "outbound"}


def test_files_that_cannot_be_rubrics(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="cannot be read"):
        load_rubric(tmp_path / "none.yaml")
    with pytest.raises(RubricError, match="empty"):
        load(tmp_path, "")
