"""Pages of one self-contained HTML file: data in, text of the file out."""
