"""How options are declared, layered, checked and resolved."""
