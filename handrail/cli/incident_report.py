"""``handrail report incidents``: what a person must look at; sent again, or settled by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handrail.cli.errors import FoundWrong, WrongUse
from handrail.cli.output import counted, say, say_json
from handrail.cli.typed_values import typed_name

if TYPE_CHECKING:
    from handrail.wiring import Store

LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class IncidentAct:
    """What is to be done with one incident. ``officer`` settles it; without one its message is sent again."""

    number: int
    officer: str | None


def asked_act(send_again: int | None, settle: int | None, officer: str | None) -> IncidentAct | None:
    """Return what is to be done with an incident, or ``None``: they are listed.

    Raises:
        WrongUse: both were asked for, or settling lacks a name, or a name has nothing to settle.
    """
    if send_again is not None and settle is not None:
        raise WrongUse("--send-again and --settle are two acts. Give one, then the other.")
    if (settle is None) != (officer is None):
        raise WrongUse("--settle and --officer belong together. Give both.")
    if settle is not None and officer is not None:
        return IncidentAct(settle, typed_name(officer, "--officer"))
    return None if send_again is None else IncidentAct(send_again, None)


def incident_rows(store: Store) -> list[dict[str, Any]]:
    """Return the open incidents as rows, the oldest in front."""
    from handrail.casework import open_incidents  # noqa: PLC0415 (the store takes time to import)

    return [
        {
            "number": one.id,
            "since": one.opened_at.isoformat(timespec="minutes"),
            "notice": one.message,
            "agency": one.agency,
            "what": one.sentence,
            "attempts": one.tries if one.message is not None else None,
        }
        for one in open_incidents(store)
    ]


def do_act(store: Store, act: IncidentAct, *, as_json: bool) -> None:
    """Do it, and tell what came of it.

    Raises:
        NotFound: there is no open incident of this number.
        FoundWrong: none of its notices is dead.
    """
    if act.officer is None:
        _send_again(store, act.number, as_json=as_json)
    else:
        _settle(store, act.number, act.officer, as_json=as_json)


def _send_again(store: Store, number: int, *, as_json: bool) -> None:
    from handrail.casework import get_incident  # noqa: PLC0415 (the store takes time to import)
    from handrail.deliveries import send_again  # noqa: PLC0415

    message = get_incident(store, number).message
    if message is None:
        raise FoundWrong(
            f"Incident {number} is about no message. Mend its cause: what waits leaves by itself. Then settle it."
        )
    notices = send_again(store, message)
    if not notices:
        raise FoundWrong(
            f"No notice of {message} can be sent again: it waits already, has left, or was withdrawn. Settle it."
        )
    if as_json:
        say_json({"incident": number, "notice": message, "sent_again": notices})
    else:
        again = f"{counted(notices, 'notice')} of {message} will be sent again."
        say(f"{again} Incident {number} closes by itself once it has left.")


def _settle(store: Store, number: int, officer: str, *, as_json: bool) -> None:
    from handrail.casework import get_incident, settle_incident  # noqa: PLC0415 (the store takes time to import)

    if not settle_incident(store, number, officer):
        get_incident(store, number)  # says that there is none
    if as_json:
        say_json({"incident": number, "settled_by": officer})
    else:
        say(f"Incident {number} is settled by {officer}.")
