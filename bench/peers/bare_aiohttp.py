"""aiohttp and nothing else."""

import asyncio

import aiohttp
from common import Clock, messages_of, read_arguments


async def main() -> None:
    base_url, calls, concurrency = read_arguments()
    indices = iter(range(calls))
    answered = 0

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal answered
        for index in indices:
            body = {"model": "fake", "messages": messages_of(index, "aiohttp"), "max_tokens": 100}
            async with session.post(f"{base_url}/chat/completions", json=body) as response:
                answer = await response.json()
                answered += answer["choices"][0]["message"]["content"] != ""

    clock = Clock()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(work(session) for _ in range(concurrency)))
    clock.report(answered, calls)


asyncio.run(main())
