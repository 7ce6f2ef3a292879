"""What the demonstration says while it works: numbered steps, each with its counts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Prints each step as it is done, and keeps the words for whoever reads them afterwards."""

    say: Callable[[str], None] = print
    steps: list[tuple[str, str]] = field(default_factory=list)
    _began: float = field(default_factory=time.perf_counter)

    def step(self, name: str, words: str, *details: str) -> None:
        """Say that a step is done: its name, what came of it, and details below it."""
        self.steps.append((name, words))
        took = time.perf_counter() - self._began
        self.say(f"{len(self.steps):>2}  {name:<9} {words}  [{took:.1f} s]")
        for detail in details:
            self.say(f"{'':14}{detail}")
