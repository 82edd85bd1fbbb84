"""How things appear in a notebook: measured numbers, tables, errors, progress (lesson 00)."""
