"""The composition root: the only files that import every folder."""
