"""`flask doctor`: each finding shown by a deployment that has the fault, and gone when it is cured."""
