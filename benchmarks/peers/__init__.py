"""The engine's peers: what each is asked, and how it answers. A peer that is not installed is asked nothing."""
