"""What facts follow, and how are they asked? Extraction, the RDF store, validation, exports; never ranking."""
