"""OpenAI's own SDK, asynchronous, with its usual connection pool."""

import asyncio

from common import Clock, messages_of, read_arguments
from openai import AsyncOpenAI


async def main() -> None:
    base_url, calls, concurrency = read_arguments()
    client = AsyncOpenAI(base_url=base_url, api_key="fake-key")
    indices = iter(range(calls))
    answered = 0

    async def work() -> None:
        nonlocal answered
        for index in indices:
            messages = messages_of(index, "openai")
            answer = await client.chat.completions.create(model="fake", messages=messages, max_tokens=100)
            answered += answer.choices[0].message.content != ""

    clock = Clock()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    clock.report(answered, calls)


asyncio.run(main())
