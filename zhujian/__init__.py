"""数字住建: an open platform for a province's housing and urban-rural construction administration."""

__version__ = "0.1.0"
