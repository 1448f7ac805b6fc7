"""Puts the plain model and the makers of pathways and histories on the path."""

from __future__ import annotations

import sys
from pathlib import Path

PLAIN = str(Path(__file__).with_name("plain"))

if PLAIN not in sys.path:
    sys.path.insert(0, PLAIN)
