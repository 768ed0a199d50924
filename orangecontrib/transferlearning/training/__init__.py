"""Learners and small networks trained on features."""
