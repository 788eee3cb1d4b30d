"""The documentation site: its pages, and the code that makes the generated ones."""
