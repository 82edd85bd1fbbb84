"""Accuracy, predictions as tables, and what they can tell (lesson 07)."""
