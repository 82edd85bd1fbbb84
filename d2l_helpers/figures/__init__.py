"""Pictures, and their text for those who cannot see them (lesson 00)."""
