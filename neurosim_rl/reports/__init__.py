"""A run or champion as text, figures, tables and film."""
