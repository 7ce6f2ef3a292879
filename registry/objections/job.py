"""What the desk does by itself: see what was admitted, and erase what is to go."""

from datetime import datetime, timedelta
from typing import Final

from registry.clock import Clock
from registry.objections.intake import Intake
from registry.objections.records import correction_id, mark_id, outcome_id
from registry.projections.follow import Loop
from registry.store.objections import Changes, Done, KeptObjection

_ERASES_EVERY: Final = timedelta(hours=1)


class Settler(Loop):
    """Looks whether the records that objections wait for stand in the log, however they got in."""

    def __init__(self, intake: Intake, clock: Clock) -> None:
        """Take what keeps objections, and the time."""
        super().__init__("objections")
        self._intake = intake
        self._clock = clock
        self._erased: datetime | None = None

    async def step(self) -> int:
        """Look once at all that wait; return how many went on."""
        now = self._clock.now()
        if self._erased is None or now - self._erased >= _ERASES_EVERY:
            await self._intake.store.erase()
            self._erased = now
        waiting = await self._intake.store.unsettled()
        return sum([await self._settle(one) for one in waiting])

    async def _settle(self, one: KeptObjection) -> bool:
        """Note where the record stands that an objection waits for; False: it does not yet."""
        found = await self._intake.store.stated(one.origin, awaited(one))
        if found is None:
            return False
        changes: Changes
        if one.stage == "accepted":
            what, changes = "marked", {"mark_idx": found[0]}
        elif one.stage == "decided":
            what, changes = "unmarked", self._intake.closing()
            changes["outcome_idx"] = found[0]
        else:
            what, changes = "corrected", {"correct_idx": found[0]}
        done = Done(self._clock.now(), "", "", what, str(found[0]))
        return await self._intake.store.change(one, changes, done)


def awaited(one: KeptObjection) -> str:
    """Return the id of the record that an objection waits for."""
    ids = {"accepted": mark_id, "decided": outcome_id}
    return ids.get(one.stage, correction_id)(one)
