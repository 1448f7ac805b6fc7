"""The words that random pathways are made of: agencies and their hours, events, durations, times of day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from naive_clocks import Hours

Tree = dict[str, Any]
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe")
HOLIDAYS = frozenset((date(2026, 4, 3), date(2026, 4, 6), date(2026, 3, 9), date(2026, 10, 26)))
AGENCIES: Mapping[str, Tree] = {
    "council": {"title": "Council"},
    "watch": {"title": "Watch", "hours": {"every day": "00:00-24:00"}},
    "outreach": {"title": "Outreach", "hours": {"every day": "06:00-22:00"}},
    "mission": {"title": "Mission", "hours": {"mon-fri": ["08:00-12:00", "13:00-18:00"], "sat-sun": "18:00-24:00"}},
    "riverside": {"title": "Riverside", "hours": {"mon-thu": "08:30-12:00"}},
    "night": {"title": "Night", "hours": {"every day": ["00:00-06:00", "22:00-24:00"]}},
}
HOURS: Mapping[str, Hours] = {
    "council": dict.fromkeys(range(5), ((540, 1020),)),
    "watch": dict.fromkeys(range(7), ((0, 1440),)),
    "outreach": dict.fromkeys(range(7), ((360, 1320),)),
    "mission": {**dict.fromkeys(range(5), ((480, 720), (780, 1080))), **dict.fromkeys((5, 6), ((1080, 1440),))},
    "riverside": dict.fromkeys(range(4), ((510, 720),)),
    "night": dict.fromkeys(range(7), ((0, 360), (1320, 1440))),
}
OWNERS = ("outreach", "mission", "riverside", "night")
"""Only these own anything, so that the two others may always be told what is late."""
TOLD = ("council", "watch")
EVENTS: Mapping[str, Tree] = {
    "referral.made": {},
    "seen": {"kind": ["calm", "loud"], "times": "integer"},
    "offered": {"taken": "boolean"},
    "called": {},
    "held.began": {},
    "held.ended": {},
    "ward.began": {},
    "ward.ended": {},
    "died": {},
    "left": {},
}
MATCHES: tuple[Any, ...] = (
    "seen",
    "called",
    {"kind": "seen", "where": {"kind": "loud"}},
    {"event": "seen", "where": {"times": {"at_least": 2}}},
    {"event": "seen", "where": {"times": {"at_most": 2}, "kind": {"is_not": "loud"}}},
    {"kind": "offered", "where": {"taken": True}},
    {"kind": "offered", "where": {"taken": [True, False]}},
)
SHORT = ("20 minutes", "1 hour", "3 hours", "1 working hour", "5 working hours", "1 day")
LONG = ("7 hours", "1 day", "2 days", "3 days", "1 week", "1 working day", "2 working days", "9 working hours")
TIMES = ("01:30", "02:30", "09:15", "00:00", "16:00")
ROLES = ("chair", "proposer")
