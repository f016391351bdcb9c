"""One file for each picture format: its bytes to samples and metadata, and back."""
