"""A store with nightly beds and hostel rooms in it, and a clock that stands where a test sets it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from handrail.answers import close
from handrail.publishing import publish
from handrail.recording import Said, Speaker, record
from handrail.referrals import Referral, refer
from handrail.settings import Settings
from handrail.wiring import Store
from models.database import open_engine
from models.persons import Identity
from models.story_clock import StoryClock, lay_story_clock

BEDS = (Path(__file__).parent / "beds.yaml").read_text(encoding="utf-8")
OUTREACH, MISSION, RIVERSIDE = Speaker("outreach", "P. Officer"), Speaker("mission"), Speaker("riverside")
WINTER = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def beds_text() -> str:
    return BEDS


@pytest.fixture
def open_stores(database_url: str, engine: Engine, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """What opens another store on this test's database, as another process would."""
    publish(Store(engine, Settings(state=tmp_path)), BEDS, None, file_name="beds.yaml")
    opened: list[Store] = []

    def open_() -> Store:
        opened.append(Store(open_engine(database_url), Settings(state=tmp_path, outbox=tmp_path / "outbox")))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_stores: Callable[[], Store]) -> Store:
    """A store in which the rules of beds and rooms are in force; its clock is the real one."""
    return open_stores()


@pytest.fixture
def story(engine: Engine, tmp_path: Path) -> Iterator[StoryClock]:
    """A clock that stands at a winter's noon until a test sets it, for stores opened from then on."""
    publish(Store(engine, Settings(state=tmp_path)), BEDS, None, file_name="beds.yaml")
    with lay_story_clock(engine, WINTER) as clock:
        yield clock


@pytest.fixture
def told(story: StoryClock, open_stores: Callable[[], Store]) -> Store:
    """A store whose clock is the story's."""
    assert story is not None
    return open_stores()


class Town:
    """What a test does with people and places of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = 0

    def project(self, key: str, kind: str, provider: str, *places: str, **facts: Any) -> None:
        """Have a project with these places, in service since long ago."""
        columns = {"in_service_from": date(2020, 1, 1), **facts}
        names = ", ".join(columns)
        values = ", ".join(f":{name}" for name in columns)
        with self.store.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO handrail.projects (key, kind, title, provider) VALUES (:key, :kind, :key, :provider)"
                    " ON CONFLICT DO NOTHING"
                ),
                {"key": key, "kind": kind, "provider": provider},
            )
            for place in places:
                connection.execute(
                    text(
                        f"INSERT INTO handrail.places (project, kind, name, {names})"  # noqa: S608 (names of columns)
                        f" VALUES (:project, :kind, :place, {values})"
                    ),
                    {"project": key, "kind": kind, "place": place, **columns},
                )

    def void(self, place: str, reason: str = "void_repair", hours: int | None = None) -> None:
        """Open a void in a place from now on."""
        project, name = place.split("/")
        with self.store.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO handrail.place_uses (place_id, kind, use, during, reason)"
                    " SELECT id, kind, 'void', tstzrange(clock_timestamp(),"
                    " clock_timestamp() + make_interval(hours => :hours)), :reason"
                    " FROM handrail.places WHERE project = :project AND name = :name"
                ),
                {"project": project, "name": name, "reason": reason, "hours": hours},
            )

    def person(self, offer: str | None = None, **needs: Any) -> str:
        """Refer somebody new, who accepts a ``bed`` or a ``room`` if asked, and return the reference."""
        self.people += 1
        identity = Identity((f"Somebody {self.people:04}",), date(1980, 1, 1))
        reference = refer(self.store, "beds", Referral(identity, OUTREACH)).reference
        if needs:
            record(self.store, reference, Said("need.stated", needs, OUTREACH))
        if offer is not None:
            record(self.store, reference, Said("offer.made", {"offer": offer, "response": "accepted"}, OUTREACH))
        return reference

    def end(self, reference: str) -> None:
        """Have the person's case be closed."""
        close(self.store, reference, Speaker("council"), "moved away")

    def events(self, reference: str, kind: str) -> list[dict[str, Any]]:
        """Return the fields of the case's events of a kind."""
        statement = text(
            "SELECT e.fields FROM handrail.events AS e JOIN handrail.cases AS c ON c.id = e.case_id"
            " WHERE c.reference = :reference AND e.kind = :kind ORDER BY e.number"
        )
        with self.store.engine.connect() as connection:
            return [row[0] for row in connection.execute(statement, {"reference": reference, "kind": kind})]

    def count(self, statement: str) -> int:
        with self.store.engine.connect() as connection:
            return int(connection.scalar(text(statement)) or 0)


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)


@pytest.fixture
def told_town(told: Store) -> Town:
    return Town(told)


@pytest.fixture
def town_of() -> type[Town]:
    return Town


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts at one instant, each in a thread of its own, and return what each came to or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 (what it is, is what the test asks)
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [*pool.map(run, acts)]


@pytest.fixture
def switch() -> Callable[[Store, str, date, date], None]:
    """What has a switch be on from a day until another, which is not part of it any more."""

    def set_(store: Store, name: str, begins: date, ends: date) -> None:
        with store.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO handrail.switches (name, on_, because, officer)"
                    " VALUES (:name, daterange(:begins, :ends), 'cold', 'C. Officer')"
                ),
                {"name": name, "begins": begins, "ends": ends},
            )

    return set_


@pytest.fixture(name="at_once")
def fixture_at_once() -> Callable[..., list[Any]]:
    return at_once
