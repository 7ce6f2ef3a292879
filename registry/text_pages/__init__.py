"""The web page on which records are found by what they say."""
