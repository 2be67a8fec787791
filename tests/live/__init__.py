"""What only running servers show: races over several workers, signals, starts and refusals."""
