"""The quality of each member's data: figures that anybody can compute again from the logs."""
