"""The original's four rules as a filter of datatrove's, its local executor with two workers over two shards of the JSON lines."""

import math
import re

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from filter_common import CITATION, MIN_CHARACTERS, VERBS, Clock, read_arguments

WORKERS = 2
verb = re.compile(rf"\b(?:{VERBS})\b", re.IGNORECASE)
citation = re.compile(CITATION)


class FourRules(BaseFilter):
    name = "four rules"

    def filter(self, doc):
        flat = re.sub(r"\s+", " ", doc.text).strip()
        reasons = [
            code
            for code, failed in (
                ("too_few_characters", len(flat) < MIN_CHARACTERS),
                ("too_few_tokens", math.ceil(len(flat) / 4) < 80),
                ("no_action_verb", verb.search(flat) is None),
                ("citation", citation.search(flat) is not None),
            )
            if failed
        ]
        return True if not reasons else (False, ",".join(reasons))


def split_lines(arguments):
    """Into one file for each worker, as a task reads whole files; not on the clock."""
    folder = arguments.out / "input"
    folder.mkdir()
    files = [open(folder / f"{worker}.jsonl", "wb") for worker in range(WORKERS)]
    with open(arguments.lines, "rb") as lines:
        for index, line in enumerate(lines):
            if index == arguments.count:
                break
            files[index * WORKERS // arguments.count].write(line)
    for file in files:
        file.close()
    return str(folder)


def main():
    arguments = read_arguments()
    folder = split_lines(arguments)
    clock = Clock()
    out = str(arguments.out)
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(folder),
            FourRules(exclusion_writer=JsonlWriter(f"{out}/rejected", compression=None)),
            JsonlWriter(out, output_filename="kept-${rank}.jsonl", compression=None),
        ],
        tasks=WORKERS,
        workers=WORKERS,
        logging_dir=f"{out}/logs",
    ).run()
    clock.report()


if __name__ == "__main__":
    main()
