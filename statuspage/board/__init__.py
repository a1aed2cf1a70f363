"""The board: what staff see first, panel by panel, and the frame around every screen of the console."""
