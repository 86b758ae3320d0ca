"""Independent opinions that tests compare ours with."""
