"""Giving up and leaving places: the use ends, and the case knows it, as one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handrail.errors import NotPossible
from handrail.housing import sentences
from handrail.housing.holding import PlaceUsed
from handrail.housing.kinds import known_kinds
from handrail.housing.saying import sayings
from handrail.recording import Speaker
from handrail.references import read_reference
from handrail.steps import Saying, Scene, act, transaction
from handrail.wiring import Store
from models.place_uses import Ending, Use, end_use, list_running, tell_places


def give_up(store: Store, reference: str, kind: str | None, speaker: Speaker, reason: str | None = None) -> PlaceUsed:
    """Have the person's hold be over; ``kind`` says which, if there are several.

    Raises:
        NotPossible: the person holds no place now.
        NotYours: it is another provider's place.
        NotFound, Delayed: as ``handrail.steps.act``.
    """
    return _end(store, reference, ("hold", kind), speaker, reason, lambda _scene, _use: [])


def leave(store: Store, reference: str, kind: str | None, speaker: Speaker, reason: str) -> PlaceUsed:
    """Have the person's stay be over for a coded ``reason``, and the case know it.

    Raises:
        NotPossible: the person stays in no place now, or the reason is none that the pathway declares.
        NotYours: it is another provider's place.
        NotFound, Delayed: as ``handrail.steps.act``.
    """

    def told(scene: Scene, use: Use) -> list[Saying]:
        codes = sorted({code for codes in scene.rules.pathway.declaration.reasons.values() for code in codes})
        if codes and reason not in codes:
            raise NotPossible(f"{reason!r} is not a reason of this pathway. Give one of: {', '.join(codes)}.")
        if scene.case.status != "open":
            return []
        return sayings(scene, "left", use, speaker, reason, kind=use.kind)

    return _end(store, reference, ("stay", kind), speaker, reason, told)


def _end(
    store: Store,
    reference: str,
    what: tuple[str, str | None],
    speaker: Speaker,
    reason: str | None,
    told: Callable[[Scene, Use], list[Saying]],
) -> PlaceUsed:
    given, found = read_reference(reference), list[Use]()
    with transaction(store) as connection:
        kinds = known_kinds(store, connection)

    def plan(scene: Scene) -> Sequence[Saying]:
        use = _the_one(scene, *what)
        if use.kind in kinds:
            kinds[use.kind].check_speaker(speaker, use.provider, scene.now, f"end the use of {use.where}")
        ended: Ending = "left" if use.use == "stay" else "given_up"
        if not end_use(scene.connection, use.id, ended, reason):
            raise NotPossible(f"The {use.use} of {use.where} was over by then.")
        found[:] = [use]
        tell_places(scene.connection)
        return told(scene, use)

    outcome = act(store, given, plan)
    use = found[0]
    return PlaceUsed(given, use.where, use.kind, use.use, outcome.recorded_at, (use.where,), outcome)


def _the_one(scene: Scene, use: str, kind: str | None) -> Use:
    """Return the one running use that is meant.

    Raises:
        NotPossible: there is none, or there are several.
    """
    running = list_running(scene.connection, scene.stored.id)
    found = [each for each in running if each.use == use and kind in {None, each.kind}]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotPossible(f"{scene.stored.reference} has several: {', '.join(sorted(each.kind for each in found))}.")
    now = "; ".join(f"{each.where} {sentences.use_told(each, scene.rules.pathway.zone)}" for each in running)
    raise NotPossible(f"{scene.stored.reference} has no {use} now. What the person has: {now or 'nothing'}.")
