"""What the verbs about places are told alike: which place, of which kind, and for which reason."""

from __future__ import annotations

from typing import Annotated

import typer

from handrail.cli.errors import WrongUse

PlaceArgument = Annotated[str, typer.Argument(help="The place, as project/name: milestone/07.")]
PlaceOption = Annotated[str | None, typer.Option("--place", help="This place and no other: project/name.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="The kind of places, if there are several.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="The coded reason, such as void_repair or moved_on.")]


def typed_place(text: str) -> tuple[str, str]:
    """Return project and name of a place.

    Raises:
        WrongUse: it is named otherwise.
    """
    from handrail.errors import NotPossible  # noqa: PLC0415 (the store takes time to import)
    from handrail.housing.sentences import read_place  # noqa: PLC0415 (likewise)

    try:
        return read_place(text)
    except NotPossible as error:
        raise WrongUse(str(error)) from error
