"""The training loop `train_ch6` and what stands behind it (lesson 06)."""
