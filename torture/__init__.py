"""`make torture`: breaking the product on purpose, thousands of times, and counting what it lost."""
