"""Whether people wait longer, pile up or are turned away more than chance would make it: counts in, verdicts out.

Pure: no store, no clock. It stands on scipy, which takes a second to load: import the module that you need, late.

- ``samples``: waits as counts by whole days, those who wait still among them.
- ``curves``: how many still wait after so many days, and the median with its interval.
- ``comparing``: have waits become longer, or shorter?
- ``flow``: do more people arrive than leave?
- ``rates``: does something happen more often than usual, or are decisions slower?
- ``caution``: what must hold before any of it is reported.
"""
