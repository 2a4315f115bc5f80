"""Trains the bundled bilingual model: pairs, tokenizer, first table, training, export (`python -m training`).

Nothing of the product imports this package, and the data stays outside the repository: it is read by path.
"""
