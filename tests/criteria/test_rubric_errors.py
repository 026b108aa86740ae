"""Mistakes that people make in rubric files: each is told in one line, with place and cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.errors import RubricError

RUBRIC = """\
rubric:
  id: sales
  version: "1.0"
  title: {en: Sales, zh: 销售}
groups:
  - id: manners
    title: {en: Manners, zh: 礼貌}
    weight: 2
conditions:
  apologised:
    title: {en: somebody apologises, zh: 有人道歉}
    when: {act: apology, role: any}
criteria:
  - id: pickup
    kind: ring_count
    group: manners
    weight: 1.5
    title: {en: Picked up, zh: 接听}
    description: {en: Answered in time., zh: 及时接听。}
    params: {max_rings: 3}
    source: [H22]
  - id: satisfied
    kind: question
    when: apologised
    title: {en: Asked, zh: 询问}
    description: {en: Asks whether it is fine., zh: 询问是否满意。}
    params: {act: ask_satisfaction, window: closing}
"""
WHEN = "when: apologised"

MISTAKES = [
    # (what is written instead of what, line, place, cause, cure)
    ("    weight: 1.5", "    wieght: 1.5", 17, "criteria[0] (pickup).wieght", "not known",
     "'weight'"),
    ("kind: ring_count", "kind: ringcount", 15, "criteria[0] (pickup).kind", "no kind 'ringcount'",
     "'ring_count'"),
    ("max_rings: 3", "max_ring: 3", 20, "criteria[0] (pickup).params.max_ring", "not known",
     "'max_rings'"),
    ("act: ask_satisfaction", "act: ask_satisfied", 27, "criteria[1] (satisfied).params.act",
     "no act 'ask_satisfied'", "'ask_satisfaction'"),
    (WHEN, "when: apologized", 24, "criteria[1] (satisfied).when", "no condition 'apologized'",
     "'apologised'"),
    ("group: manners", "group: maners", 16, "criteria[0] (pickup).group", "no group", "'manners'"),
    ("    kind: ring_count\n", "", 14, "criteria[0] (pickup).kind", "is missing", "sort of check"),
    ('version: "1.0"', "version: 1.0", 3, "rubric.version", "'1.0' does not fit; it must be text",
     'quotes: "1.0"'),
    ("weight: 1.5", "weight: much", 17, "criteria[0] (pickup).weight", "'much' does not fit",
     "Correct"),
    ("max_rings: 3", "max_rings: three", 20, "criteria[0] (pickup).params.max_rings",
     "a whole number", "Correct"),
    ("max_rings: 3", "max_rings: 2.5", 20, "criteria[0] (pickup).params.max_rings",
     "a whole number", "Correct"),
    ("max_rings: 3", "max_rings: 3:10", 20, "", "reads 3:10 as the number 190", '"3:10"'),
    ("title: {en: Sales, zh: 销售}", "title: {en: no, zh: 销售}", 4, "rubric.title.en",
     "'no' (which YAML reads as false)", 'quotes: "no"'),
    ("title: {en: Picked up", "title: {no: Picked up", 18, "", "the name 'no'", 'quotes: "no"'),
    ("    source: [H22]\n", "    source: [H22]\n    auto_fail: sometimes\n", 22,
     "criteria[0] (pickup).auto_fail", "must be true or false", "Correct"),
    ("    weight: 1.5\n", "    weight: 1.5\n    weight: 2\n", 18, "", "'weight' stands twice",
     "Keep one"),
    ("id: satisfied", "id: pickup", 22, "criteria[1] (pickup).id", "occurs twice", "its own id"),
    ("    group: manners", "\tgroup: manners", 16, "", "a tab", "spaces"),
    ("    group: manners", "   group: manners", 16, "", "indented", "same column"),
    ("title: {en: Picked up,", "title: {en: Picked up: quickly,", 18, "", "", ""),
    ("    source: [H22]", "    source: [H22", 21, "", "not closed", "Close it"),
    ("    source: [H22]", '    source: ["H22]', 21, "", "quotation mark", "Close"),
    ("    weight: 1.5", "    weight: -1", 17, "criteria[0] (pickup).weight", "must be at least 0",
     "Correct"),
    ("    weight: 1.5", "    weight: .inf", 17, "criteria[0] (pickup).weight", "finite number",
     "Correct"),
    ("    weight: 2\n", "    weight: 0\n", 8, "groups[0] (manners).weight", "more than 0",
     "Correct"),
    ("  version", "  extends: phone_standart\n  version", 3, "rubric.extends",
     "no rubric 'phone_standart'", "'phone_standard'"),
    ("  version", "  extends: sales\n  version", 3, "rubric.extends", "circle", "on its own"),
    ("groups:", "drop: [greeting]\ngroups:", 5, "drop", "nothing to leave out", "extends"),
    (WHEN, "when: {akt: apology}", 24, "criteria[1] (satisfied).when", "'akt' is not known",
     "'act'"),
    (WHEN, "when: {part: opening}", 24, "criteria[1] (satisfied).when", "what to look for", "act"),
    (WHEN, "when: [apologised]", 24, "criteria[1] (satisfied).when", "no clause", "condition"),
    (WHEN, "when: {act: apology, part: begining}", 24, "criteria[1] (satisfied).when.part",
     "'begining' does not fit; it must be 'opening', 'closing' or 'anywhere', or",
     "'opening'"),
    (WHEN, "when: {at_least: 3, of: [hold, inbound]}", 24, "criteria[1] (satisfied).when",
     "at_least 3 of only 2", ""),
    (WHEN, "when: {act: apology, within_s: 5}", 24, "criteria[1] (satisfied).when",
     "within_s needs before or after", ""),
    (WHEN, "when: {all: [hold, {act: appology}]}", 24, "criteria[1] (satisfied).when.all[1].act",
     "no act 'appology'", "'apology'"),
    (WHEN, "when: {all: [hold, {event: musik}]}", 24,
     "criteria[1] (satisfied).when.all[1].event", "'musik' does not fit", "'music'"),
    ("    source: [H22]\n", "    source: [H22]\n    auto_fail: true\n    informational: true\n", 22,
     "criteria[0] (pickup).auto_fail", "never counts", "Remove"),
    ("    source: [H22]", "    source: H22", 21, "criteria[0] (pickup).source", "must be a list",
     "[H22]"),
    ("  - id: pickup", "  - id: Pick up", 14, "criteria[0] (Pick up).id", "small letters",
     "Correct"),
    ("title: {en: Sales, zh: 销售}", "title: Sales", 4, "rubric.title", "mapping", "en: ..."),
    ("title: {en: Sales, zh: 销售}", "title: {en: Sales}", 4, "rubric.title.zh", "is missing",
     "in Chinese"),
    ("title: {en: Sales, zh: 销售}", 'title: {en: Sales, zh: ""}', 4, "rubric.title.zh",
     "not empty", "Correct"),
    ("    when: {act: apology, role: any}", "    when: apologised", 10, "conditions.apologised",
     "depends on itself", "circle"),
    ("window: closing", "window: end", 27, "criteria[1] (satisfied).params.window",
     "'opening', 'closing' or 'anywhere'", "Correct"),
    ("criteria:", "criterias:", 13, "criterias", "not known", "'criteria'"),
    ("id: sales", "id: sales\n  version: 2026-13-45", 3, "", "date", "quotes"),
    ("rubric:", "rubric: &self\n  itself: *self", 1, "", "refers to itself", "Write the values"),
    ("    source: [H22]", "    source: [H22]\n---\nrubric: {}", 22, "", "second document", "---"),
    ("{en: Picked up,", "{en: *Picked up,", 18, "", "beginning of a text", "quotes"),
]  # fmt: skip


def problem(tmp_path: Path, text: str | bytes) -> RubricError:
    file = tmp_path / "sales.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RubricError) as caught:
        load_rubric(file)
    return caught.value


def test_the_rubric_without_a_mistake_is_valid(tmp_path: Path) -> None:
    (tmp_path / "sales.yaml").write_text(RUBRIC, encoding="utf-8")
    assert [c.id for c in load_rubric(tmp_path / "sales.yaml").criteria] == ["pickup", "satisfied"]


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "cause", "cure"),
    MISTAKES,
    ids=[f"{new.strip()[:32]!r}" for _, new, *_ in MISTAKES],
)
def test_a_mistake_is_told_with_line_place_cause_and_cure(
    tmp_path: Path, old: str, new: str, line: int, place: str, cause: str, cure: str
) -> None:
    assert RUBRIC.count(old) >= 1
    error = problem(tmp_path, RUBRIC.replace(old, new, 1))
    assert f"sales.yaml:{line}:" in error.cause
    assert place in error.cause
    assert cause in error.cause
    assert cure in error.cure
    assert error.cure
    assert "\n" not in str(error)
    # Nothing of the libraries' own language.
    assert not re.search(r"\[(str|int|tuple|literal|function)|input_|Input should|pydantic|literal",
                         str(error))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "sales.yaml:1: the rubric is empty"),
        ("# only a remark\n", "sales.yaml:1: the rubric is empty"),
        ("- a\n- b\n", "begins with 'rubric:'"),
        (RUBRIC.replace("销售", "é").encode("latin-1", "replace"),
         "sales.yaml:4: the rubric is not UTF-8"),
        (RUBRIC.encode("utf-16"), "is not UTF-8"),
        (RUBRIC.replace("Sales", "Sa\x07les"), "sales.yaml:4: a character"),
        (re.sub(r"weight: [\d.]+", "weight: 0", RUBRIC).replace("weight: 0", "weight: 1", 1)
         .replace("    kind: question", "    kind: question\n    weight: 0"), "every weight is 0"),
        (re.sub(r"criteria:.*", "criteria: []\n", RUBRIC, flags=re.S), "at least one entry"),
    ],
)  # fmt: skip
def test_files_that_are_no_rubrics(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in str(problem(tmp_path, text))


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(RubricError, match="cannot be read"):
            load_rubric(path)


def test_a_mistake_in_an_extended_rubric_is_told_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        RUBRIC.replace("id: sales", "id: base").replace("max_rings: 3", "max_rings: 0"), "utf-8"
    )
    child = 'rubric: {id: sales, version: "2", extends: base}\n'
    error = problem(tmp_path, child)
    assert "base.yaml:20: criteria[0] (pickup).params.max_rings" in error.cause
    changed = f"{child}criteria:\n  - id: pickup\n    params: {{max_rings: many}}\n"
    assert "sales.yaml:4: criteria[0] (pickup).params.max_rings" in problem(tmp_path, changed).cause


def test_rubrics_that_extend_each_other(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        'rubric: {id: base, version: "1", extends: sales}\n', encoding="utf-8"
    )
    error = problem(tmp_path, 'rubric: {id: sales, version: "1", extends: base}\n')
    assert "base.yaml:1" in error.cause and "circle" in error.cause


def test_what_is_dropped_must_be_there(tmp_path: Path) -> None:
    text = 'rubric: {id: sales, version: "1", extends: phone_standard}\ndrop: [holt]\n'
    error = problem(tmp_path, text)
    assert "sales.yaml:2: drop" in error.cause and "'hold'" in error.cure
