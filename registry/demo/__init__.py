"""The demonstration region: fictional enterprises, a charter, the main job end to end."""
