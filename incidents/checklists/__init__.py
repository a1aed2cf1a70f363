"""What is to be done at an incident or a maintenance: lists, and the tasks that are made of them."""
