"""The JSON Schema of our files, for editors: completion and a first check while a coordinator types.

It is generated from the same models that load a file. It knows forms and no names: whether an agency
or a stage exists, only the loader can say.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from pathways.declaration import AgenciesFile, PathwayFile

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def pathway_schema_text() -> str:
    """Return the text of ``pathway.schema.json``."""
    return _text(PathwayFile, "A pathway of Handrail")


def agencies_schema_text() -> str:
    """Return the text of ``agencies.schema.json``."""
    return _text(AgenciesFile, "The agencies of Handrail's pathways")


def _text(model: type[BaseModel], title: str) -> str:
    schema = model.model_json_schema(by_alias=True)
    _loosen(schema.get("$defs", {}))
    whole = {"$schema": _DRAFT, **_without_null(schema), "title": title}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _loosen(definitions: dict[str, Any]) -> None:
    """Say what only validators know: a condition has one key, an event may be its name alone."""
    if "Condition" in definitions:
        definitions["Condition"] |= {"minProperties": 1, "maxProperties": 1}
    if "EventMatch" in definitions:
        match = definitions["EventMatch"]
        match["properties"]["event"] = match["properties"]["kind"]
        match.pop("required")
        match["anyOf"] = [{"required": ["kind"]}, {"required": ["event"]}]
        definitions["EventMatch"] = {"anyOf": [match["properties"]["kind"], match]}


def _without_null(part: Any) -> Any:
    """Leave out that an optional key may be null: one leaves it out. Titles that repeat a key go too."""
    if isinstance(part, list):
        return [_without_null(item) for item in part]
    if not isinstance(part, dict):
        return part
    choices = part.get("anyOf")
    if isinstance(choices, list):
        rest = [choice for choice in choices if choice != {"type": "null"}]
        if len(rest) < len(choices):
            part = {key: value for key, value in part.items() if key not in {"anyOf", "default"}}
            part |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    named = isinstance(part.get("title"), str)
    return {key: _without_null(value) for key, value in part.items() if not (named and key == "title")}
