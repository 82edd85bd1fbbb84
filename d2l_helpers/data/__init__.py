"""Images: Fashion-MNIST, your own folders, ImageNet's conventions; and batches (lesson 01)."""
