"""What the rest of the package builds on: validation, files, devices, recorded results."""
