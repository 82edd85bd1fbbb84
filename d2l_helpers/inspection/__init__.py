"""What the layers of a net do and cost: shapes, multiply-adds, time (lessons 02, 04, 10)."""
