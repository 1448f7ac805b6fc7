"""Puts the clock that counts minutes on the path."""

from __future__ import annotations

import sys
from pathlib import Path

SLOW = str(Path(__file__).with_name("slow"))

if SLOW not in sys.path:
    sys.path.insert(0, SLOW)
