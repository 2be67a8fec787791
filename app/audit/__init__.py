"""What happened, who did it, and to whom: written together with what it tells, never changed, kept for a while."""
