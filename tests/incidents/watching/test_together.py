"""What fails together, and which monitor all of it is behind."""

from datetime import timedelta

import pytest

from incidents.watching.together import Failure, root, together
from tests.monitors.scenes import at


@pytest.mark.parametrize(
    ("seconds", "roots", "expected"),
    [
        (60, (None, None), True),
        (-60, (1, 2), True),
        (61, (None, None), False),
        (61, (1, 2), False),
        (3600, (1, 1), True),
    ],
)
def test_a_minute_or_one_root_makes_it_one(
    seconds: int, roots: tuple[int | None, int | None], expected: bool
) -> None:
    one, other = Failure(at(0), roots[0]), Failure(at(0) + timedelta(seconds=seconds), roots[1])
    assert together(one, other) is together(other, one) is expected


@pytest.mark.parametrize(
    ("monitors", "behind", "expected"),
    [
        ([], {}, None),
        ([3], {}, 3),
        ([3, 4], {}, None),
        ([3, 4], {3: 1, 4: 1}, 1),
        ([3, 1], {3: 2, 2: 1}, 1),
        ([3, 4], {3: 4, 4: 3}, 3),
        ([5], {5: 5}, 5),
    ],
)
def test_the_root_is_what_all_of_them_are_behind(
    monitors: list[int], behind: dict[int, int], expected: int | None
) -> None:
    assert root(monitors, behind) == expected
