"""What is given to take away: vouchers, records with their proofs, lists of what still stands."""
