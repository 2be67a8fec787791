"""The benchmark: what it asks, counts and shows. Nothing here measures anything, but under PROVE."""
