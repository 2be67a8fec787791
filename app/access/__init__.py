"""Who may come in: what routes declare, who the caller is, and where an unsafe request may come from."""
