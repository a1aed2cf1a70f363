"""What visitors report: taken from strangers, counted, told to the team, and forgotten. Never public."""
