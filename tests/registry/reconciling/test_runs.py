"""The daily reconcile: every planted difference is found, and nothing else."""

from collections import Counter

from tests.registry.reconciling.conftest import ALIKE, Reconciled, works
from tests.registry.reconciling.scene import MEMBER, found, told

pytestmark = works


async def test_every_planted_difference_is_found_and_nothing_else(reconciled: Reconciled):
    shown = await found(reconciled.desk, reconciled.run)
    got, wanted = Counter(told(shown)), Counter(reconciled.world.wanted)
    assert (got - wanted, wanted - got) == (Counter(), Counter())
    one = await reconciled.desk.view(MEMBER, reconciled.run)
    assert one.lines == len(reconciled.world.theirs) > ALIKE
    assert one.apart == 0
