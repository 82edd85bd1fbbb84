"""What the layers of a net do and cost: shapes, multiply-adds, time (lessons 03, 05, 11)."""
