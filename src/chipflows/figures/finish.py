"""From a drawing and its words to a finished figure."""
