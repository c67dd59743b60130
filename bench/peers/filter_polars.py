"""The original's four rules in polars: lazily, over all columns; kept and rejected rows with the list of their reasons."""

import polars as pl

from filter_common import CITATION, MIN_CHARACTERS, MIN_CHARACTERS_OF_TOKENS, VERBS, Clock, read_arguments

arguments = read_arguments()
clock = Clock()

flat = pl.col("flat")
failures = {
    "too_few_characters": flat.str.len_chars() < MIN_CHARACTERS,
    "too_few_tokens": flat.str.len_chars() < MIN_CHARACTERS_OF_TOKENS,
    "no_action_verb": ~flat.str.contains(rf"(?i)\b(?:{VERBS})\b"),
    "citation": flat.str.contains(CITATION),
}
reasons = pl.concat_list([pl.when(failed).then(pl.lit(code)) for code, failed in failures.items()]).list.drop_nulls()

checked = (
    pl.scan_parquet(arguments.rows)
    .head(arguments.count)
    .with_columns(flat=pl.col("teacher_output").str.replace_all(r"\s+", " ").str.strip_chars())
    .with_columns(reasons=reasons)
    .drop("flat")
    .collect()
)
passed = checked["reasons"].list.len() == 0
checked.filter(passed).drop("reasons").write_parquet(arguments.out / "kept.parquet", compression="zstd")
checked.filter(~passed).write_parquet(arguments.out / "rejected.parquet", compression="zstd")
clock.report()
