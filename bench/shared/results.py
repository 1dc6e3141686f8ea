"""What was measured, as it is written down: `bench/results/SUBJECT.json`.

Pages and plots are made of these files alone, and so can be made again without measuring.
"""

from __future__ import annotations

import json
import re
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "results"


@dataclass
class Result:
    """One contender's figures, each a list with one number from each round.

    Times are in seconds, sizes in bytes, rates in one a second.
    """

    kind: str
    is_compressed: bool
    loss: str | None = None
    """What of the value doesn't come back; None where all of it does."""
    failed: str | None = None
    """Why it could not be measured."""
    figures: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, contender: Any) -> Result:
        return cls(kind=contender.kind, is_compressed=contender.is_compressed)

    def add(self, figures: dict[str, float]) -> None:
        """Take what one round found."""
        for name, figure in figures.items():
            self.figures.setdefault(name, []).append(float(f"{figure:.6g}"))

    def slowest(self, *names: str) -> float:
        """The longest of some times so far."""
        return max((max(self.figures[name]) for name in names if name in self.figures), default=0)

    def median(self, name: str) -> float | None:
        """The middle of a figure, or None where it has none."""
        return statistics.median(self.figures[name]) if name in self.figures else None


@dataclass
class Subject:
    """All of one subject: the run it was measured in, and the results by contender."""

    name: str
    run: dict[str, Any]
    value_bytes: int
    results: dict[str, Result]

    def write(self) -> None:
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(asdict(self), indent=1, default=float)
        (FOLDER / f"{self.name}.json").write_text(_short(text) + "\n")

    @classmethod
    def read(cls, name: str) -> Subject:
        facts = json.loads((FOLDER / f"{name}.json").read_text())
        facts["results"] = {name: Result(**one) for name, one in facts["results"].items()}
        return cls(**facts)


def _short(text: str) -> str:
    """Lists of numbers in one line each."""
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), text)
