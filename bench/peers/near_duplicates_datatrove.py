"""datatrove's four MinHash steps over shards of JSON lines, two workers, with the same bands, rows and shingles as ours."""

import json
import sys
import time
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

WORKERS = 2


def main():
    if sys.argv[1:] == ["--probe"]:
        # Its tokenizer is loaded by name: without it, the first step would fail.
        import spacy

        spacy.blank("en")
        sys.exit(0)
    shards, out = Path(sys.argv[1]), Path(sys.argv[2])
    bands, band_rows, shingle_words = (int(argument) for argument in sys.argv[3:6])
    config = MinhashConfig(n_grams=shingle_words, num_buckets=bands, hashes_per_bucket=band_rows)

    def run(name, pipeline, tasks):
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=WORKERS, logging_dir=str(out / "logs" / name)).run()

    def reader():
        return JsonlReader(str(shards), glob_pattern="shard-*.jsonl")

    started = time.perf_counter()
    run("signatures", [reader(), MinhashDedupSignature(output_folder=str(out / "signatures"), config=config)], WORKERS)
    run(
        "buckets",
        [MinhashDedupBuckets(input_folder=str(out / "signatures"), output_folder=str(out / "buckets"), config=config)],
        bands,
    )
    run(
        "clusters",
        [MinhashDedupCluster(input_folder=str(out / "buckets"), output_folder=str(out / "removed"), config=config)],
        1,
    )
    keep = JsonlWriter(str(out / "kept"), output_filename="${rank}.jsonl", compression=None)
    run("filter", [reader(), MinhashDedupFilter(input_folder=str(out / "removed")), keep], WORKERS)
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
