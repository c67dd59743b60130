"""litellm's acompletion."""

import asyncio
import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import litellm  # noqa: E402
from common import Clock, messages_of, read_arguments  # noqa: E402


async def main() -> None:
    base_url, calls, concurrency = read_arguments()
    indices = iter(range(calls))
    answered = 0

    async def work() -> None:
        nonlocal answered
        for index in indices:
            answer = await litellm.acompletion(
                model="openai/fake",
                api_base=base_url,
                api_key="fake-key",
                messages=messages_of(index, "litellm"),
                max_tokens=100,
            )
            answered += answer.choices[0].message.content != ""

    clock = Clock()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    clock.report(answered, calls)


asyncio.run(main())
