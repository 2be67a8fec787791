"""Who may come in, and how everybody else is refused."""
