"""What the product is made of: every locked package, its licence, its hashes, and who needs it."""
