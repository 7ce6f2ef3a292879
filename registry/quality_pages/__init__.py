"""Pages about the quality of each member's data, and the region office's view."""
