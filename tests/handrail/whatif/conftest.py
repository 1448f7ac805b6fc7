"""Puts the planted cities on the path."""

from __future__ import annotations

import sys
from pathlib import Path

PLANTED = str(Path(__file__).with_name("planted"))

if PLANTED not in sys.path:
    sys.path.insert(0, PLANTED)
