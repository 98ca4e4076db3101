"""Models to start from: a puzzle, a commit protocol, mutual exclusion, and two machines that exchange messages."""
