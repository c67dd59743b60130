"""What the gate's peers share: arguments, the original's four rules as patterns, and the report that bench/filter.ts reads."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

VERBS = "analyze|assess|calibrate|compare|culture|evaluate|incubate|measure|mix|prepare|run|simulate|synthesize|test|validate"
CITATION = r"(?i)(?:\[[0-9]{1,3}\]|\(ref\)|doi:\S+|arxiv:\d+)"
MIN_CHARACTERS = 120
# 80 tokens, where a token is a quarter of the characters, rounded up.
MIN_CHARACTERS_OF_TOKENS = 4 * 79 + 1


@dataclass
class Arguments:
    rows: Path
    """Parquet, with `id` and `teacher_output`."""
    lines: Path
    """The same as JSON lines, with `id` and `text`."""
    out: Path
    """An empty folder; what is kept goes into kept.parquet or kept*.jsonl."""
    count: int
    """Of rows, from the first one on."""
    original: str
    """A checkout of the Python original, or nothing."""


def read_arguments() -> Arguments:
    """With --probe the imports alone are tried."""
    if sys.argv[1:] == ["--probe"]:
        sys.exit(0)
    rows, lines, out, count, original = sys.argv[1:6]
    return Arguments(Path(rows), Path(lines), Path(out), int(count), original)


class Clock:
    def __init__(self) -> None:
        self.started = time.perf_counter()

    def report(self) -> None:
        print(json.dumps({"seconds": time.perf_counter() - self.started}))
