"""What the rest of the package builds on: arguments, files, devices, recorded results."""
