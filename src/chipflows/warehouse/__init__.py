"""The only user of DuckDB: raw files in, tables, checks and answers out."""
