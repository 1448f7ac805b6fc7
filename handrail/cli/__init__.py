"""The command: ``handrail``, one module for each group of verbs.

Exit statuses: 0 done, 1 found something wrong, 2 wrong use.
"""

from __future__ import annotations

from handrail.cli.application import main

__all__ = ["main"]
