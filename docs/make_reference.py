"""Writes the reference of kinds in rubrics.md from the code: ``python docs/make_reference.py``."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.base import Check

PAGE = Path(__file__).parent / "rubrics.md"
BEGIN = "<!-- kinds: written by docs/make_reference.py -->"
END = "<!-- end of kinds -->"


def values(annotation: Any) -> str:
    """What a parameter can be, for a reader."""
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(str(value) for value in get_args(annotation))
    if origin in (types.UnionType,) or str(origin) == "typing.Union":
        told = dict.fromkeys(values(part) for part in get_args(annotation))
        return " or ".join(part for part in told if part)
    if origin is Annotated:
        return values(get_args(annotation)[0])
    if origin in (tuple, list, frozenset):
        inner = values(get_args(annotation)[0])
        return f"a list of: {inner}" if inner else "a list"
    named = {
        str: "text", int: "a whole number", float: "a number", bool: "true or false",
        type(None): "nothing", dict: "a clause",
    }  # fmt: skip
    return named.get(origin or annotation, "a clause")


def default(value: object) -> str:
    """A default as a rubric would write it."""
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | frozenset):
        return f"[{', '.join(str(item) for item in value)}]"
    return "required" if "PydanticUndefined" in str(value) else str(value)


def section(check: Check[Any]) -> str:
    """One kind."""
    about = check.about
    lines = [
        f"### `{check.kind}`",
        "",
        f"{about.looks_for.en} {about.looks_for.zh}",
        "",
        f"- Good: {about.good.en} {about.good.zh}",
        f"- Bad: {about.bad.en} {about.bad.zh}",
        "",
    ]
    fields = check.params.model_fields
    if fields:
        lines += ["| parameter | can be | default | |", "|---|---|---|---|"]
        for name, field in fields.items():
            row = (f"`{field.alias or name}`", values(field.annotation),
                   default(field.default), field.description or "")  # fmt: skip
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
        lines.append("")
    codes = ", ".join(f"`{code}`" for code in check.reasons)
    return "\n".join([*lines, f"Reasons: {codes}.", ""])


def page(text: str) -> str:
    """The page with the reference as the code has it now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    sections = "\n".join(section(check) for _, check in sorted(kinds().items()))
    return f"{before}{BEGIN}\n\n{sections}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
