"""What is fast and what is not: each figure beside something bare that does the same, in the same run."""
