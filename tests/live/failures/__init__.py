"""What Latchkey does when what it stands on fails."""
