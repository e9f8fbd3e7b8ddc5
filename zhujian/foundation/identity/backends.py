"""How a login is checked."""

from django.contrib.auth.backends import ModelBackend


class LoginBackend(ModelBackend):
    """Username and password."""
