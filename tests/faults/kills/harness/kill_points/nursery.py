"""A process that has everything loaded and forks a victim for each list of orders it is given.

It speaks in JSON lines. In: a list of orders. Out: ``{"ready"}`` once; then for each list ``{"started": process}``,
``{"done": number, "answer": ...}`` after each commit, ``{"delayed": number}`` whenever an order has to be repeated,
``{"broke": number, "error": ...}`` if it failed in any other way, and ``{"ended": status}``.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import time
import traceback
from typing import Any

from kill_points.orders import Order, carry_out

from handrail.errors import Delayed
from handrail.wiring import Store, open_store
from models.publications import list_newest

PAUSE = 0.02  # seconds before an order is repeated
PATIENCE = 60  # seconds until a victim whose store does not come back gives up


def tell(**news: Any) -> None:
    """Write one line, whole."""
    os.write(1, json.dumps(news).encode() + b"\n")


def live(store: Store, orders: list[Order]) -> None:
    """Carry out ``orders`` one after the other, each until it is acknowledged; never returns."""
    status = 0
    number = 0
    try:
        for number, order in enumerate(orders):
            while _carry_out(store, number, order):
                pass
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be told
        traceback.print_exc()
        tell(broke=number, error=f"{type(error).__name__}: {error}"[:1000])
        status = 1
    os._exit(status)


def _carry_out(store: Store, number: int, order: Order) -> bool:
    """Return whether a sweep has more to do."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = carry_out(store, order)
        except Delayed as error:
            tell(delayed=number, sentence=str(error))
            if time.monotonic() > end:
                raise
            time.sleep(PAUSE)
        else:
            tell(done=number, answer=answer)
            return bool(answer.get("more"))


def warm(store: Store, orders: list[Order]) -> None:
    """Have everything loaded that the first acts of a process load, and no connection open."""
    with store.engine.begin() as connection:
        for each in list_newest(connection):
            store.rules(connection, each.hash)
    for order in orders:
        carry_out(store, order)
    store.engine.dispose()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve until the input ends."""
    for library in ("sqlalchemy", "psycopg"):  # what they log of a lost connection is what is being tried
        logging.getLogger(library).setLevel(logging.CRITICAL)
    store = open_store()
    for line in sys.stdin:
        orders = json.loads(line)
        if orders and orders[0] == "warm":
            warm(store, orders[1:])
            tell(ready=os.getpid())
            continue
        child = os.fork()
        if child == 0:
            tell(started=os.getpid())
            live(store, orders)
        _, status = os.waitpid(child, 0)
        tell(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
