"""Figures: DataFrame in, finished figure out; the only user of matplotlib and seaborn."""
