"""FOCUS rows as Parquet: DECIMAL(38,18), times in UTC, and which version of FOCUS it is.

Amounts are never doubles: a reader that sums the column gets the invoice's total.
"""

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.billing.exports.exact import PLACES
from stillhouse.billing.exports.focus_columns import COLUMNS, VERSION, Kind, Row

_TYPES: dict[Kind, pa.DataType] = {
    "string": pa.string(),
    "decimal": pa.decimal128(38, PLACES),
    "datetime": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}
SCHEMA = pa.schema(
    [pa.field(name, _TYPES[kind]) for name, kind in COLUMNS.items()],
    metadata={"FocusVersion": VERSION},
)


def focus_parquet(rows: Sequence[Row]) -> bytes:
    """One file of these rows."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), out, compression="zstd")
    return out.getvalue()
