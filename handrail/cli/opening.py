"""``handrail publish`` and ``handrail refer``: rules come into force, and people come onto them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.act_outcomes import newest_pathway
from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, say, say_json, tell
from handrail.cli.pathway_files import AgenciesOption, agencies_path, read_bytes
from handrail.cli.store_access import AtOption, ByOption, IdOption, OfficerOption, SourceOption, opened_store
from handrail.cli.typed_values import typed_date, typed_fields, typed_instant, typed_origin

if TYPE_CHECKING:
    from handrail.referrals import Referred
    from models.persons import Identity
    from pathways.chart import Pathway

PUBLISH_EXAMPLE = "Example: handrail publish pathways/peep.yaml"
REFER_EXAMPLE = (
    "Example: handrail refer peep --name 'Sam Sample' --born 1980-05-01 --by outreach --officer 'A. Worker' "
    "--field risk_to=self"
)


def publish(
    file: Annotated[Path, typer.Argument(help="A pathway file.")],
    agencies: AgenciesOption = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Put the rules of a pathway file in force for new cases."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    text = _text(file)
    beside = agencies_path(file, agencies)
    known = _text(beside) if beside is not None else None
    with opened_store() as store:
        done = casework.publish(store, text, known, file_name=str(file), officer=officer)
    if as_json:
        say_json({"pathway": done.key, "version": done.version, "hash": done.hash, "new": done.new})
    elif done.new:
        say(f"{done.key}, version {done.version}, is in force for new cases. Open cases keep their rules.")
    else:
        say(f"{done.key}, version {done.version}, was in force already. Nothing changed.")


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path} is not UTF-8 text. Save it as UTF-8.") from error


class ReferredBy(StrEnum):
    PROFESSIONAL = "professional"
    SELF = "self"
    PUBLIC = "public"


def refer(
    pathway: Annotated[str, typer.Argument(help="The name of a published pathway.")],
    by: ByOption,
    officer: OfficerOption = None,
    name: Annotated[list[str] | None, typer.Option("--name", help="A name, then aliases; or use --person.")] = None,
    born: Annotated[str | None, typer.Option("--born", help="Date of birth, such as 1980-05-01.")] = None,
    age: Annotated[int | None, typer.Option("--age", min=0, max=130, help="In years, if no date is known.")] = None,
    age_evidence: Annotated[str | None, typer.Option("--age-evidence", help="What shows the age.")] = None,
    person: Annotated[int | None, typer.Option("--person", help="The number of somebody on file.")] = None,
    referred_by: Annotated[ReferredBy, typer.Option("--referred-by", help="Who refers.")] = ReferredBy.PROFESSIONAL,
    event: Annotated[str | None, typer.Option("--event", help="Which event opens the case, if several may.")] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="name=value; as often as needed.")] = None,
    at: AtOption = None,
    source: SourceOption = None,
    id_: IdOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Bring a person onto a pathway; tells the case's reference."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    who = _who(name, born, age_evidence, person)
    fields, origin = typed_fields(field), typed_origin(source, id_)
    with opened_store() as store:
        rules = newest_pathway(store, pathway)
        referral = casework.Referral(
            person=who,
            speaker=casework.Speaker(by, officer),
            fields=fields,
            referred_by=referred_by.value,
            age=age,
            kind=event,
            occurred_at=typed_instant(at, rules.zone),
            origin=origin,
        )
        done = casework.refer(store, pathway, referral)
    _say(done, rules, as_json=as_json)


def _who(name: list[str] | None, born: str | None, evidence: str | None, person: int | None) -> int | Identity:
    from models.persons import Identity  # noqa: PLC0415 (the store takes time to import)

    if (person is None) == (not name):
        raise WrongUse("Say who is referred: by --name (and --born), or by --person for somebody on file.")
    if person is not None:
        return person
    return Identity(tuple(name or ()), typed_date(born, "--born"), evidence)


def _say(done: Referred, rules: Pathway, *, as_json: bool) -> None:
    from handrail.cli.change_text import change_line, change_told  # noqa: PLC0415 (takes time)

    if as_json:
        told = {
            "reference": done.reference,
            "person": done.person,
            "earlier": done.earlier,
            "repeated": done.repeated,
            "likely_same": [
                {"person": one.person, "cases": list(one.cases), "because": one.because} for one in done.likely_same
            ],
            "changes": [change_told(change, rules.zone) for change in done.changes],
        }
        say_json(told)
        return
    say(f"{done.reference} is the reference of the {'same case as before' if done.repeated else 'new case'}.")
    if done.earlier is not None:
        say(f"The person was here before: {done.earlier}.")
    for one in done.likely_same:
        cases = ", ".join(one.cases) or "no case"
        tell(f"Person {one.person} on file ({cases}) may be the same: {one.because}. Nobody was merged.")
    for change in done.changes:
        say(f"  {change_line(change, rules.zone)}")
