"""``python -m benchmarks.bare_notices URL RECEIVER``: posts each new row as soon as PostgreSQL tells of it.

That is all: no lease, no second try, no signature, no template, no record of what was sent but a mark.
"""

from __future__ import annotations

import sys

import httpx
import psycopg

from benchmarks.children import tell

CHANNEL = "something_new"
LAY = "CREATE TABLE told (name text PRIMARY KEY, sent boolean NOT NULL DEFAULT false)"
SAY = "INSERT INTO told (name) VALUES (%s)"
TAKE = "UPDATE told SET sent = true WHERE NOT sent RETURNING name"


def main() -> None:
    url = sys.argv[1].replace("+psycopg", "")
    with httpx.Client(trust_env=False) as client, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        tell("ready")
        while True:
            list(connection.notifies(stop_after=1))  # while it is being asked, the connection takes no statement
            for (name,) in connection.execute(TAKE).fetchall():
                client.post(sys.argv[2], json={"subject": name}).raise_for_status()


if __name__ == "__main__":
    main()
