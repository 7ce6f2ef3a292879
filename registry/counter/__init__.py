"""The counter: what businesses hand in on the pages, until an organ logs it."""
