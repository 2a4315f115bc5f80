"""What does the document say, and where? Reading, repairing and outlining plans; never what they mean."""
