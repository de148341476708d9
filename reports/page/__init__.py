"""Pages of a run and of a comparison: what findings and summaries hold, to look at."""
