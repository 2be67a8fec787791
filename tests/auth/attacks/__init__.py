"""Forged, broken and misused tokens: hundreds of them, and the one answer that all of them get."""
