"""From declared kinds of places and shared blockages to their charts."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from pathways.answers import Answer
from pathways.blockage_forms import Attribution, Blockage
from pathways.clocks import Duration, Unit
from pathways.conditions import Condition
from pathways.declaration import PathwayFile
from pathways.place_charts import FitChart, PlaceKindChart, PrecedenceChart, SharedBlockageChart, SharedKind
from pathways.place_forms import FitRule, PlaceKind, Precedence

CALM = Duration(2, Unit.DAYS)
"""How long a cause must be gone before a shared blockage clears, where the file does not say."""
Compile = Callable[[Condition | None], Answer | None]


def place_kind(name: str, declared: PlaceKind, file: PathwayFile, compile_: Compile) -> PlaceKindChart:
    """Return the chart of a kind of places; ``compile_`` turns a condition into its answer."""
    attributions = {code: who for codes in file.reasons.values() for code, who in codes.items()}
    return PlaceKindChart(
        name=name,
        title=declared.title or name.replace("_", " "),
        waiting=declared.waiting,
        hold=declared.hold,
        stay_aim=declared.stay_aim,
        fits=tuple(_fit(key, rule, attributions, compile_) for key, rule in declared.fits.items()),
        order=tuple(_precedence(line, compile_) for line in declared.order),
        refusals=MappingProxyType(dict(file.reasons.get(declared.refusals, {})) if declared.refusals else {}),
        nightly=declared.nightly,
        says=MappingProxyType(dict(declared.says)),
    )


def shared_blockage(name: str, declared: Blockage) -> SharedBlockageChart:
    """Return the chart of a blockage of a service, a step or a rule."""
    kind: SharedKind = "service" if declared.service else "step" if declared.step else "rule"
    return SharedBlockageChart(
        name=name,
        kind=kind,
        title=declared.title or name.replace("_", " "),
        theme=declared.theme,
        attributable_to=declared.attributable_to,
        owner=declared.owner,
        service=declared.service,
        step=declared.step,
        rule=declared.rule,
        clears_after=declared.clears_after or CALM,
        escalate=tuple((step.after, step.to) for step in declared.escalate),
    )


def _fit(name: str, rule: FitRule, attributions: dict[str, Attribution], compile_: Compile) -> FitChart:
    return FitChart(
        name, rule.title, compile_(rule.when), rule.place, rule.reason, attributions.get(rule.reason, "provider")
    )


def _precedence(line: Precedence, compile_: Compile) -> PrecedenceChart:
    when = compile_(line.when)
    assert when is not None  # noqa: S101 - a line without a condition is no line
    return PrecedenceChart(line.title, when)
