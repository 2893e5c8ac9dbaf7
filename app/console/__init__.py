"""Pages and an API for operators: where is my candidate, and what needs a person. They only read; commands act."""
