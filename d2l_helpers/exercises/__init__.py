"""`check`, `hint`, `exercise` and `progress` of the exercises (lesson 00)."""
