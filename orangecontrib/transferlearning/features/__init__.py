"""Write and read files of features: one format per module; some can be resumed."""
