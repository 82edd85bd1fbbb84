"""Checkpoints: a training run in one file, so that it can be resumed (lesson 06)."""
