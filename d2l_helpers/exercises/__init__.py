"""`check` and `hint` of the exercises (lesson 00)."""
