"""Many runs side by side: results read from their folders, grouped by setting, in tables and one figure."""
