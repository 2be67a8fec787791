"""How many rows each table has: counted on SQLite, as it estimates them on PostgreSQL, where counting takes longest."""

import sqlalchemy as sa

from app.kit.database import Model, db, read

_ESTIMATED = sa.text("""
    SELECT stat.relname AS name, CASE WHEN stat.n_live_tup > 0 THEN stat.n_live_tup ELSE rel.reltuples END AS rows
    FROM pg_stat_user_tables AS stat JOIN pg_class AS rel ON rel.oid = stat.relid
    WHERE stat.schemaname = current_schema()
""")


def rows() -> dict[str, int]:
    """The rows of every table of ours; a new resource is in it without anybody thinking of it."""
    tables = Model.metadata.sorted_tables
    if db.engine.dialect.name == "postgresql":
        ours = {table.name for table in tables}
        return {row.name: max(int(row.rows), 0) for row in read(_ESTIMATED) if row.name in ours}
    counts = [
        sa.select(sa.literal(table.name).label("name"), sa.func.count().label("rows")).select_from(table)
        for table in tables
    ]
    return {row.name: row.rows for row in read(sa.union_all(*counts))}
