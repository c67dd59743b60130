"""What the peers' scripts share: arguments, prompts, the clock, and the report that bench/calls.ts reads."""

import json
import resource
import sys
import time


def read_arguments() -> tuple[str, int, int]:
    """Base URL up to and with /v1, number of calls, calls in flight. With --probe the imports alone are tried."""
    if sys.argv[1:] == ["--probe"]:
        sys.exit(0)
    base_url, calls, concurrency = sys.argv[1:4]
    return base_url, int(calls), int(concurrency)


def messages_of(index: int, client: str) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "Work it out. " * 100},
        {"role": "user", "content": f"Question {index} of round {client}"},
    ]


def cpu_seconds() -> float:
    """Of this process and of those that it waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Clock:
    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.cpu = cpu_seconds()

    def report(self, answered: int, calls: int) -> None:
        print()
        print(
            json.dumps(
                {
                    "answered": answered,
                    "calls": calls,
                    "seconds": time.perf_counter() - self.started,
                    "cpu_seconds": cpu_seconds() - self.cpu,
                }
            )
        )
