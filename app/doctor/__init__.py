"""`flask doctor`: what is wrong with this deployment, why it matters, and what helps."""
