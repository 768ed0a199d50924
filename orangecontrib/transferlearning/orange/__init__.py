"""Orange tables, models and learners of images and features."""
