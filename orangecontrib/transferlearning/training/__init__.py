"""Train learners and heads on features: plans, splits, cross-validation and scores."""
