"""Ground and roof of Posada; docs/architecture.md draws the house."""
