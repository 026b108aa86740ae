"""The form of a rubric file, as pydantic models and as a JSON Schema for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline.criteria.base import Check
from qa_pipeline.criteria.clauses import AnyClause
from qa_pipeline.domain.rubric import LocalText

ID = r"^[a-z][a-z0-9_]*$"
_REF = "#/$defs/{model}"


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Strict):
    """The same words in English and in Chinese."""

    en: str = Field(min_length=1, description="in English")
    zh: str = Field(min_length=1, description="in Chinese")

    def local(self) -> LocalText:
        """As the domain has it."""
        return LocalText(self.en.strip(), self.zh.strip())


class CriterionEntry(Strict):
    """One question of the rubric."""

    id: str = Field(pattern=ID, description="short name: small letters, digits and _")
    kind: str = Field(description="which sort of check; `rubric explain` tells about each")
    title: Text = Field(description="a few words, as scorecards show it")
    description: Text = Field(description="one sentence: when does a call pass?")
    weight: float = Field(
        1.0,
        ge=0,
        allow_inf_nan=False,
        description="share within its group; 0: shown, not counted",
    )
    group: str | None = Field(None, description="id of a group")
    when: AnyClause | None = Field(
        None, description="applies only if this holds: a condition's name or a clause"
    )
    params: dict[str, Any] = Field(default_factory=dict, description="the kind's parameters")
    source: tuple[str, ...] = Field((), description="entries of the desk's rules, such as H22")
    auto_fail: bool = Field(False, description="a fail here fails the whole call")
    informational: bool = Field(False, description="shown, never counted")
    coaching: Text | None = Field(None, description="advice to the agent, with the better sentence")


class GroupEntry(Strict):
    """Criteria that belong together."""

    id: str = Field(pattern=ID, description="short name: small letters, digits and _")
    title: Text = Field(description="a few words, as scorecards show it")
    weight: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="of the group against the other groups"
    )


class ConditionEntry(Strict):
    """A name for a clause, to be used in `when`."""

    title: Text = Field(description='completes "applies when ...", such as "the caller complains"')
    when: AnyClause = Field(description="the clause")


class Head(Strict):
    """What the rubric is called."""

    id: str = Field(pattern=ID, description="short name: small letters, digits and _")
    version: str = Field(min_length=1, description='in quotes, such as "1.0"')
    title: Text = Field(description="as scorecards show it")
    description: Text | None = Field(None, description="what the rubric is for")
    extends: str | None = Field(
        None, description="a rubric that comes with qa_pipeline, or a file beside this one"
    )


class RubricFile(Strict):
    """A rubric file."""

    rubric: Head = Field(description="what the rubric is called: id, version, title")
    groups: tuple[GroupEntry, ...] = Field((), description="criteria that belong together")
    conditions: dict[str, ConditionEntry] = Field(
        default_factory=dict, description="names for what `when` asks, besides those that are there"
    )
    criteria: tuple[CriterionEntry, ...] = Field(min_length=1, description="the questions")
    drop: tuple[str, ...] = Field((), description="criteria of the extended rubric to leave out")


def schema_text(kinds: Mapping[str, Check[Any]]) -> str:
    """The JSON Schema of rubric files, with the parameters of each kind; ends with a line break.

    Args:
        kinds: every kind by name.
    """
    schema = RubricFile.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    entry = definitions["CriterionEntry"]
    entry["properties"]["kind"]["enum"] = sorted(kinds)
    entry["allOf"] = []
    for name in sorted(kinds):
        params = kinds[name].params.model_json_schema(by_alias=True, ref_template=_REF)
        for inner, definition in params.pop("$defs", {}).items():
            definitions.setdefault(inner, definition)
        params["description"] = kinds[name].about.looks_for.en
        definitions[f"params_{name}"] = params
        entry["allOf"].append(
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"properties": {"params": {"$ref": _REF.format(model=f"params_{name}")}}},
            }
        )
    # A rubric that extends another one may name of a criterion only what it changes.
    changed = {"required": ["rubric"], "properties": {"rubric": {"required": ["extends"]}}}
    entry["required"] = ["id"]
    whole = {
        "properties": {"criteria": {"items": {"required": ["id", "kind", "title", "description"]}}},
        "required": ["criteria"],
    }
    schema["required"] = ["rubric"]
    schema |= {"if": changed, "else": whole}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A rubric of qa-pipeline"
    definitions["Head"]["required"] = ["id", "version"]
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
