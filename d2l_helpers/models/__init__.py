"""The nets of the course, their layers and their parameters (lesson 03)."""
