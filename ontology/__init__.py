"""What may be said about a plan? Vocabulary, schemes, lexicons, shapes and every IRI; never how facts are found."""
