"""Pages of exports: make one, look at those there are, take a file, hand in what came back."""
