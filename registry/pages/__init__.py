"""The web pages: Chinese first, rendered on the server, whole without any script."""
