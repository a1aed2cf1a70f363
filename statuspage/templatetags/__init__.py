"""What the frame of the console needs in its templates."""
