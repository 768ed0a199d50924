"""Orange tables, models and learners."""
