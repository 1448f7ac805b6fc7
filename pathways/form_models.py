"""Which of our models stands at a path of a file, so that a message can name the keys that fit there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from pathways.yaml_text import Path


def keys_at(root: type[BaseModel], path: Path) -> tuple[str, ...]:
    """Return the keys that may be written in the mapping at ``path``, in the order of the models."""
    places: list[Any] = [root]
    for step in path:
        places = [inner for place in places for inner in _inside(place, step)]
    models = [model for place in places for model in _models(place)]
    return tuple(dict.fromkeys(key for model in models for key in keys_of(model)))


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _members(annotation: Any) -> Iterator[Any]:
    """The plain annotations that ``annotation`` allows, unions and Annotated taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for part in get_args(annotation):
            yield from _members(part)
    elif annotation is not NoneType:
        yield annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    for member in _members(annotation):
        origin = get_origin(member)
        if origin is tuple and isinstance(step, int):
            yield get_args(member)[0]
        elif origin is not None and origin is not tuple and isinstance(origin, type) and issubclass(origin, Mapping):
            yield get_args(member)[1]
    for model in _models(annotation):
        for name, field in model.model_fields.items():
            if step in {name, field.alias}:
                yield field.annotation
