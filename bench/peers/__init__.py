"""What a user would otherwise write, doing the same work on the same bytes."""
