"""The original's four rules in DuckDB alone: one table with the reasons, from which kept and rejected rows are copied."""

import duckdb

from filter_common import CITATION, MIN_CHARACTERS, MIN_CHARACTERS_OF_TOKENS, VERBS, Clock, read_arguments

arguments = read_arguments()
clock = Clock()

connection = duckdb.connect()
connection.execute(
    f"""
    CREATE TABLE checked AS
    SELECT * EXCLUDE (flat), list_filter([
        CASE WHEN length(flat) < {MIN_CHARACTERS} THEN 'too_few_characters' END,
        CASE WHEN length(flat) < {MIN_CHARACTERS_OF_TOKENS} THEN 'too_few_tokens' END,
        CASE WHEN NOT regexp_matches(flat, '\\b(?:{VERBS})\\b', 'i') THEN 'no_action_verb' END,
        CASE WHEN regexp_matches(flat, '{CITATION}') THEN 'citation' END
    ], lambda code: code IS NOT NULL) AS reasons
    FROM (
        SELECT *, trim(regexp_replace(teacher_output, '\\s+', ' ', 'g')) AS flat
        FROM read_parquet(?) LIMIT {arguments.count}
    )
    """,
    [str(arguments.rows)],
)
for name, condition in {"kept": "len(reasons) = 0", "rejected": "len(reasons) > 0"}.items():
    path = arguments.out / f"{name}.parquet"
    connection.execute(f"COPY (FROM checked WHERE {condition}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
clock.report()
