"""What things are: identifiers, divisions, subjects, records, disclosure. No I/O."""
