"""From a delivery to one vendor's HTTP calls, and back to a receipt."""
