"""NVIDIA's DataDesigner with one text column over an OpenAI-compatible provider."""

import os
import shutil
import tempfile

os.environ.setdefault("NEMO_TELEMETRY_ENABLED", "false")

import data_designer.config as dd  # noqa: E402
import pandas  # noqa: E402
from common import Clock, messages_of, read_arguments  # noqa: E402
from data_designer.interface import DataDesigner  # noqa: E402


def main() -> None:
    base_url, calls, concurrency = read_arguments()
    folder = tempfile.mkdtemp(prefix="data-designer-")
    rows = [
        dict(zip(("system", "user"), (message["content"] for message in messages_of(index, "data-designer"))))
        for index in range(calls)
    ]
    provider = dd.ModelProvider(name="fake", endpoint=base_url, provider_type="openai", api_key="fake-key")
    model = dd.ModelConfig(
        alias="fake",
        model="fake",
        provider="fake",
        skip_health_check=True,
        inference_parameters=dd.ChatCompletionInferenceParams(
            max_tokens=100, max_parallel_requests=concurrency, temperature=None
        ),
    )
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.DataFrameSeedSource(df=pandas.DataFrame(rows)))
    builder.add_column(
        dd.LLMTextColumnConfig(
            name="answer", model_alias="fake", prompt="{{ user }}", system_prompt="Work it out. " * 100
        )
    )
    designer = DataDesigner(artifact_path=folder, model_providers=[provider])
    clock = Clock()
    result = designer.create(builder, num_records=calls, dataset_name="bench")
    answers = result.load_dataset()["answer"]
    clock.report(sum(1 for answer in answers if answer), calls)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
