"""The whole node from outside: what is sent over HTTP, and what it does to the database."""
