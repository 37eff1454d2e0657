"""From notebooks to pages: executed, turned into self-contained HTML, indexed."""
