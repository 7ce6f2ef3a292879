"""The registry service: admits signed batches, keeps the logs, answers and decides."""
