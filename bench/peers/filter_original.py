"""The Python original's own `basic_filters`, from a checkout of it, over plain rows; as it has no tiktoken here, a token is four characters."""

import importlib
import sys
import types
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from filter_common import Clock, read_arguments

arguments = read_arguments()
package = Path(arguments.original) / "nexa_distill"
# Its packages' __init__ files load what filtering has no need of, API clients among it: only their folders are made known.
for name, folder in {"nexa_distill": package, "nexa_distill.utils": package / "utils"}.items():
    stand_in = types.ModuleType(name)
    stand_in.__path__ = [str(folder)]
    sys.modules[name] = stand_in
sys.modules["tiktoken"] = None
basic_filters = importlib.import_module("nexa_distill.utils.filters").basic_filters
clock = Clock()

table = pq.read_table(arguments.rows).slice(0, arguments.count)
passes = [basic_filters({"teacher_output": text})["passes_all"] for text in table["teacher_output"].to_pylist()]
pq.write_table(table.filter(pa.array(passes)), arguments.out / "kept.parquet", compression="zstd")
clock.report()
