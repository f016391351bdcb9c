"""Parses the first word and starts the command line or the window."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; returns its exit code."""
    from sr_studio.cli.main import run_command_line

    return run_command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
