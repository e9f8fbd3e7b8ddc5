"""`python -m zhujian COMMAND`: Django's management commands with the platform's settings."""

import os
import sys


def main() -> None:
    """Run one management command; the exit status is Django's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhujian.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
