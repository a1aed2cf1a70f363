"""What stops the emergency tool: a sentence for the person, and what to try next.

Both are already in the person's language; no secret is ever part of them.
"""


class Trouble(Exception):
    """Something cannot be done: `sentence` says what, `advice` what to try next ("" for nothing)."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice
