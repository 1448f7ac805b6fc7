"""Blockages that belong to no one case: found by comparing many, opened once, aged, cleared, and kept in a register.

- ``watching``: what must be counted for the blockages that a pathway declares.
- ``counting``: the counts brought up to date from what changed.
- ``services``, ``decisions``, ``steps``, ``rules``: one kind of finding each.
- ``register``: what was found becomes blockages that open, age, escalate and clear.
- ``detecting``: all of it, as one run.
- ``acting``: what a coordinator does to a blockage.
"""
