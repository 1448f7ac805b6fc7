"""Puts what the kill points are made of where their tests, and the processes that are killed, can import it."""

from __future__ import annotations

import sys
from pathlib import Path

HARNESS = Path(__file__).parent / "harness"
sys.path.insert(0, str(HARNESS))
