"""The tests mirror the tree of the application; conftest.py is the cast."""
