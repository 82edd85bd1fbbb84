"""Weights and nets for other frameworks, and from them (lesson 12)."""
