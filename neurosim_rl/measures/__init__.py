"""Measures of a controller: size, activity, operations and energy."""
