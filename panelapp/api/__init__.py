"""Panels for programs, as clients of PanelApp have known them for years, and what they have long asked for."""
