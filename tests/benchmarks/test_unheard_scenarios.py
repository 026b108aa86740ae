"""The scenario files have the form, and a wrong one is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.unheard.errors import ScenarioError
from benchmarks.unheard.scenario import HOME, Wait, load, load_half

FILES = sorted(HOME.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_of_the_repository_is_valid(path: Path) -> None:
    scenario = load(path)
    assert scenario.id.startswith(f"{scenario.language}_")


def content(**changes: Any) -> dict[str, Any]:
    agent, name = "Yes.", [{"agent": f"Word {n}<, {{name}}>."} for n in range(6)]
    slots: dict[str, Any] = {
        "opening": {"pass": [[{"agent": "Hello, {company}, {agent}."}]], "fail": [[]]},
        "hold": {
            "pass": [[{"agent": "May I?"}, {"customer": "Yes."}, "hold", {"agent": agent}]],
            "fail": [[{"hold": 12.5}]],
            "not_applicable": [[{"pause": 2000}]],
        },
        "summary": {"pass": [[{"agent": agent}]], "fail": []},
        "satisfaction": {"pass": [[{"agent": agent}]], "fail": []},
        "closing": {"any": [[{"customer": "Bye."}]]},
    }
    fields: dict[str, Any] = {
        "id": "en_x",
        "language": "en",
        "half": "tuning",
        "company": "X",
        "topic": "x",
        "timeline": [{"slot": "opening"}, *name, *({"slot": s} for s in list(slots)[1:])],
        "slots": slots,
    }
    return fields | changes


def written(folder: Path, fields: dict[str, Any]) -> Path:
    path = folder / "en_x.yaml"
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


def test_the_form_is_read(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, content()))
    assert scenario.slots["hold"]["fail"] == ((Wait(seconds=12.5),),)
    assert scenario.slots["summary"]["fail"] == ((),)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"half": "both"}, "half"),
        ({"id": "en_y"}, "name the file after its id"),
        ({"timeline": [{"slot": "opening"}]}, "slot: hold"),
        ({"timeline": [{"shout": "x"}]}, "'shout' cannot stand here"),
        ({"timeline": content()["timeline"] + [{"customer": "I am {name}."}]}, "{name}"),
        ({"timeline": content()["timeline"] + [{"agent": "Hm <x>."}]}, "holds one {name}"),
        ({"timeline": content()["timeline"] + [{"agent": "Hm <, {name}."}]}, "do not match"),
        ({"timeline": content()["timeline"][:2] + content()["timeline"][7:]}, "6 are needed"),
        ({"slots": content()["slots"] | {"closing": {"pass": [[]]}}}, "closing needs any"),
        ({"slots": content()["slots"] | {"extra": {"any": [[]]}}}, "no slot 'extra'"),
    ],
)
def test_a_wrong_scenario_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(ScenarioError, match=r"en_x\.yaml") as caught:
        load(written(tmp_path, content(**change)))
    assert told in str(caught.value)


def test_a_half_without_a_language_is_refused(tmp_path: Path) -> None:
    written(tmp_path, content())
    with pytest.raises(ScenarioError, match="no zh scenario of the tuning half"):
        load_half("tuning", tmp_path)
