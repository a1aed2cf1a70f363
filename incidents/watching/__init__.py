"""What monitoring does by itself: it proposes, declares and resolves incidents, as staff chose for each.

It only reads what monitors say, and asks anew at every tick: done twice, or after a crash, nothing doubles.
"""
