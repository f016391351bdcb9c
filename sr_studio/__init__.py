"""SR Studio: enlarge, restore and colour photographs."""

__version__ = "0.1.0"
