"""What would happen with more places, fewer rules or quicker turnarounds: the recent history, lived again.

- ``history``: who waited, who stayed and where, as values; ``reading`` brings them from the store.
- ``curves``: how long things last, what is not over yet still counted.
- ``redrawing``: history drawn anew by a seed, and from it the people of the coming weeks.
- ``city``: the weeks lived by these people, in a discrete-event simulation; no chance in it.
- ``estimates``: from many seeds to figures with intervals.
- ``asking``: from a question to its answer; ``assumptions``: what the answer rests on, in words.
"""
