"""On which day each blockage that is judged by whole days was last looked for, and that one looks at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from models.database import RawConnection


def list_looked(connection: RawConnection, pathway: str) -> dict[str, date]:
    """Return on which local day each blockage that is judged by whole days was last looked for."""
    rows = connection.execute("SELECT name, looked_on FROM handrail.looks WHERE pathway = %s", [pathway])
    return {row[0]: row[1] for row in rows}


def note_looked(connection: RawConnection, pathway: str, names: Sequence[str], today: date) -> None:
    """Have these blockages have been looked for today."""
    connection.execute(
        "INSERT INTO handrail.looks (pathway, name, looked_on) SELECT %s, unnest(%s::text[]), %s"
        " ON CONFLICT (pathway, name) DO UPDATE SET looked_on = EXCLUDED.looked_on",
        [pathway, list(names), today],
    )


def look_alone(connection: RawConnection) -> None:
    """Have nobody else look until the transaction ends; whoever else wants to waits."""
    connection.execute("LOCK TABLE handrail.looks IN EXCLUSIVE MODE")


def forget_looks(connection: RawConnection, pathway: str, names: Collection[str]) -> None:
    """Have these blockages be looked for again, though they were today."""
    connection.execute("DELETE FROM handrail.looks WHERE pathway = %s AND name = ANY(%s)", [pathway, list(names)])
