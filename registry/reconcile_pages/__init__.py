"""The pages of the daily reconcile and of repair notices, for a member's own staff."""
