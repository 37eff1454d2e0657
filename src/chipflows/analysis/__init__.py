"""Pure functions: DataFrame in, DataFrame or sentence out; no files, no tables, no drawing."""
