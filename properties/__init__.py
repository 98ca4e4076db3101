"""What must hold, each claim citing the draft, and the ledgers of what is known."""
