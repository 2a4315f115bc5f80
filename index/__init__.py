"""Which items answer this question? Encoder, vectors, lexical index, fusion and the `Library`; never writes facts."""
