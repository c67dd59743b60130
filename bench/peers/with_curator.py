"""Bespoke Curator over its OpenAI back end, with an empty cache and limits that do not bind."""

import importlib.util
import os
import pathlib
import shutil
import tempfile

os.environ.setdefault("TELEMETRY_ENABLED", "false")
os.environ.setdefault("CURATOR_DISABLE_RICH_DISPLAY", "1")
os.environ.setdefault("OPENAI_API_KEY", "fake-key")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

# tiktoken would fetch its vocabulary; litellm, which curator brings, has it with it.
litellm_folder = pathlib.Path(importlib.util.find_spec("litellm").origin).parent
os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(litellm_folder / "litellm_core_utils" / "tokenizers"))

from bespokelabs import curator  # noqa: E402
from common import Clock, messages_of, read_arguments  # noqa: E402


class Teacher(curator.LLM):
    def prompt(self, row: dict) -> list[dict[str, str]]:
        return messages_of(row["index"], "curator")

    def parse(self, row: dict, response: str) -> dict:
        return {"index": row["index"], "answer": response}


def main() -> None:
    base_url, calls, concurrency = read_arguments()
    cache = tempfile.mkdtemp(prefix="curator-")
    teacher = Teacher(
        model_name="gpt-4o-mini",
        backend="openai",
        generation_params={"max_tokens": 100},
        backend_params={
            "base_url": base_url,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 10_000_000_000,
            "max_concurrent_requests": concurrency,
        },
    )
    clock = Clock()
    rows = teacher([{"index": index} for index in range(calls)], working_dir=cache)
    dataset = getattr(rows, "dataset", rows)
    clock.report(sum(1 for row in dataset if row["answer"]), calls)
    shutil.rmtree(cache, ignore_errors=True)


main()
