"""The page of a run: what its findings and its summary hold, to look at."""
