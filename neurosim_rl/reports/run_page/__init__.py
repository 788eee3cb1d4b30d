"""The report of a run or champion: one page, each part in a file of its own."""
