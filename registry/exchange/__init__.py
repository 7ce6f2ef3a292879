"""Between a member and its home node: the client, the publisher, and what it keeps on disk."""
