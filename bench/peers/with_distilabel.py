"""distilabel's TextGeneration over its OpenAI client, in a pipeline with no cache."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")

from common import Clock, messages_of, read_arguments  # noqa: E402
from distilabel.models.llms import OpenAILLM  # noqa: E402
from distilabel.pipeline import Pipeline  # noqa: E402
from distilabel.steps import LoadDataFromDicts  # noqa: E402
from distilabel.steps.tasks import TextGeneration  # noqa: E402


def main() -> None:
    base_url, calls, concurrency = read_arguments()
    rows = []
    for index in range(calls):
        system, user = messages_of(index, "distilabel")
        rows.append({"system_prompt": system["content"], "instruction": user["content"]})
    with Pipeline(name="bench") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=concurrency)
        model = OpenAILLM(
            model="fake", base_url=base_url, api_key="fake-key", generation_kwargs={"max_new_tokens": 100}
        )
        load >> TextGeneration(llm=model, input_batch_size=concurrency)
    clock = Clock()
    dataset = pipeline.run(use_cache=False)
    answers = dataset["default"]["train"]["generation"]
    clock.report(sum(1 for answer in answers if answer), calls)


if __name__ == "__main__":
    main()
