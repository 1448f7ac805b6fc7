"""Places, the nights, and who waits for a bed."""
