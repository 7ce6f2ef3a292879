"""The clerks' web desk: prepare, check, fix, review, have sealed; drafts until they are records."""
