"""How a picture is drawn: horizontal bars with their figures, groups of them, or small lines side by side."""

from __future__ import annotations

from typing import Any

import altair as alt
import vl_convert

from benchmarks.plots import BARE, OURS, PEER, Plot, number

# Okabe and Ito's colours, which the colour-blind tell apart too.
COLOURS = {OURS: "#0072B2", PEER: "#E69F00", BARE: "#8C8C8C"}
INK, FAINT = "#222222", "#DDDDDD"
FONT = "DejaVu Sans, Verdana, sans-serif"
BAR = 24
WIDE, SMALL = 460, 190
ROOM = 1.25
"""How much longer than the longest bar the scale is, so that its figure has room."""
DECADE = 10.0


def svg(plot: Plot) -> str:
    """Return the picture as SVG on a white ground."""
    chart = DRAWN[plot.kind](plot)
    return str(vl_convert.vegalite_to_svg(_styled(chart, plot).to_json()))


def png(plot: Plot) -> bytes:
    """Return the picture as PNG, to be looked at."""
    chart = DRAWN[plot.kind](plot)
    return bytes(vl_convert.vegalite_to_png(_styled(chart, plot).to_json(), scale=2))


def _styled(chart: Any, plot: Plot) -> Any:
    titled = chart.properties(title=plot.title, background="white", padding=12)
    return (
        titled.configure(font=FONT)
        .configure_view(strokeWidth=0)
        .configure_title(fontSize=15, anchor="start", color=INK, offset=12)
        .configure_axis(labelFontSize=12, titleFontSize=12, labelColor=INK, titleColor=INK, gridColor=FAINT)
        .configure_axis(titleFontWeight="normal", labelLimit=320)
        .configure_header(labelFontSize=12, labelColor=INK, labelFontWeight="bold", titleFontSize=12)
        .configure_legend(labelFontSize=12, titleFontSize=12, labelColor=INK, symbolSize=140)
    )


def _shown(plot: Plot) -> list[dict[str, Any]]:
    return [{**row, "shown": number(float(row["value"]))} for row in plot.rows]


def _logarithmic_bars(plot: Plot) -> Any:
    values = [float(row["value"]) for row in plot.rows]
    least = 1.0
    while least > min(values):
        least /= DECADE
    scale = alt.Scale(type="log", domain=[least, 3 * max(values)], nice=False)
    rows = [{**row, "least": least} for row in _shown(plot)]
    return _bars(rows, plot, alt.X("least:Q", scale=scale, title=plot.measured, axis=_ticks()), x2="value:Q")


def _plain_bars(plot: Plot) -> Any:
    return _bars(_shown(plot), plot, alt.X("value:Q", scale=_from_zero(plot), title=plot.measured, axis=_ticks()))


def _grouped_bars(plot: Plot) -> Any:
    groups = list(dict.fromkeys(str(row["group"]) for row in plot.rows))
    parts = []
    for group in groups:
        rows = [row for row in _shown(plot) if row["group"] == group]
        axis = _ticks() if group == groups[-1] else None
        x = alt.X("value:Q", scale=_from_zero(plot), title=plot.measured if axis else None, axis=axis)
        title = alt.TitleParams(group, fontSize=13, fontWeight="bold", anchor="start", offset=4)
        parts.append(_bars(rows, plot, x, height=BAR - 2).properties(title=title))
    return alt.vconcat(*parts, spacing=10)


def _from_zero(plot: Plot) -> Any:
    return alt.Scale(domain=[0, ROOM * max(float(row["value"]) for row in plot.rows)], nice=False)


def _ticks() -> Any:
    return alt.Axis(format=",~f", tickCount=5, grid=False)


def _bars(rows: list[dict[str, Any]], plot: Plot, x: Any, x2: str | None = None, height: int = BAR) -> Any:
    order = list(dict.fromkeys(str(row["label"]) for row in plot.rows))
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    kinds = [kind for kind in COLOURS if any(row["kind"] == kind for row in plot.rows)]
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[COLOURS[kind] for kind in kinds]),
        legend=alt.Legend(title=None, orient="bottom") if len(kinds) > 1 else None,
    )
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    ends = {"x": x, "x2": x2} if x2 else {"x": x}
    bars = base.mark_bar(height={"band": 0.72}).encode(color=colour, **ends)
    figures = base.mark_text(align="left", dx=5, fontSize=12, color=INK).encode(x=alt.X("value:Q"), text="shown:N")
    return (bars + figures).properties(width=WIDE, height=alt.Step(height))


def _small_lines(plot: Plot) -> Any:
    lines = list(dict.fromkeys(str(row["line"]) for row in plot.rows))
    return alt.concat(*(_line(plot, line) for line in lines), columns=2 if len(lines) == 4 else 3, spacing=24)


def _line(plot: Plot, line: str) -> Any:
    rows = [row for row in _shown(plot) if row["line"] == line]
    order = [f"{row['x']:,}" for row in rows]
    rows = [{**row, "x": f"{row['x']:,}"} for row in rows]
    x = alt.X("x:O", sort=order, axis=alt.Axis(labelAngle=0, grid=False), title=plot.measured)
    most = ROOM * max(float(row["value"]) for row in rows)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, most], nice=False), title=None, axis=alt.Axis(tickCount=4))
    base = alt.Chart(alt.Data(values=rows), title=_heading(line)).encode(x=x, y=y)
    drawn = base.mark_line(color=COLOURS[OURS], strokeWidth=2.5, point={"color": COLOURS[OURS], "size": 55})
    figures = base.mark_text(dy=-13, fontSize=12, color=INK).encode(text="shown:N")
    return (drawn + figures).properties(width=SMALL, height=120)


def _heading(line: str) -> Any:
    what, unit = line.rsplit(", ", 1)
    return alt.TitleParams([what, unit], fontSize=12, fontWeight="normal", anchor="start", frame="group")


DRAWN = {
    "bars": _logarithmic_bars,
    "plain bars": _plain_bars,
    "grouped bars": _grouped_bars,
    "lines": _small_lines,
}
