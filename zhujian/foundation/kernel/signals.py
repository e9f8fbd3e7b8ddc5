"""What the kernel tells the rooms above it, without knowing them."""

from django.dispatch import Signal

request_refused = Signal()
"""A request was refused: arguments `request`, `refusal`. Sent after the view's changes were undone, inside the request's
transaction, which commits: what a receiver writes stays."""
