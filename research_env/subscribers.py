"""What queries do when something happens on a lower storey."""
