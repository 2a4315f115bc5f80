"""How do people and programs reach it? Command line, HTTP, settings; never domain logic."""
