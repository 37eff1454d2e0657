"""The only writer of data/raw: what a source sent, byte for byte, with a record of who, what, when."""
