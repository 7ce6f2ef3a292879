"""The command line: thin commands over the exchange, the ledger and the app."""
