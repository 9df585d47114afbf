"""Google's own SQL analyzer, which knows what BigQuery would say of a statement."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

# How the schema files call a type, and how the analyzer does.
TYPES = {
    "DATE": "TYPE_DATE",
    "FLOAT64": "TYPE_DOUBLE",
    "INT64": "TYPE_INT64",
    "STRING": "TYPE_STRING",
    "TIMESTAMP": "TYPE_TIMESTAMP",
}


@cache
def _compiled_once() -> None:
    """Keep the compiled analyzer between runs: it takes half a minute of two cores to make."""
    import wasmtime
    import zetasql.core.wasm_client as client  # type: ignore[import-untyped]  # it ships no types

    class Cached(wasmtime.Config):
        def __init__(self) -> None:
            super().__init__()
            self.cache = True

    client.Config = Cached


def columns_of(sql: str, tables: Mapping[str, Iterable[Mapping[str, str]]]) -> list[str]:
    """Return the columns a query answers with. Raises what the analyzer has against it.

    `tables` are what it may read, by the name it writes between backticks.
    """
    _compiled_once()
    from zetasql.api import (  # type: ignore[import-untyped]  # it ships no types
        Analyzer,
        CatalogBuilder,
        TableBuilder,
    )
    from zetasql.types import (  # type: ignore[import-untyped]  # it ships no types
        AnalyzerOptions,
        LanguageOptions,
        TypeKind,
        ZetaSQLBuiltinFunctionOptions,
    )

    language = LanguageOptions.maximum_features()
    functions = ZetaSQLBuiltinFunctionOptions(language_options=language)
    catalog = CatalogBuilder("catalog").with_builtin_functions(functions)
    for name, columns in tables.items():
        table = TableBuilder(name)
        for column in columns:
            table.add_column(column["name"], getattr(TypeKind, TYPES[column["type"]]))
        catalog.add_table(table.build())
    analyzer = Analyzer(AnalyzerOptions(language_options=language), catalog.build())
    statement: Any = analyzer.analyze_statement(sql)
    return [str(column.name) for column in statement.output_column_list]
