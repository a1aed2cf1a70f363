"""The numbers by which a person names components in the interactive mode."""

from statuspage.emergency.interactive import _as_on_the_page
from tests.render.make import make_component, make_group, make_snapshot


def test_components_are_listed_as_the_page_shows_them_hidden_ones_too() -> None:
    shop, api = make_group("Shop", position=0), make_group("API", position=1)
    snapshot = make_snapshot(
        groups=(api, shop),
        components=(
            make_component("Site", position=0),
            make_component("REST", group_id=api.id, position=0),
            make_component("Checkout", group_id=shop.id, position=1),
            make_component("Basket", group_id=shop.id, position=0, only_show_if_degraded=True),
            make_component("Orphan", group_id="removedgroup", position=1),
        ),
    )
    listed = [each.name.en for each in _as_on_the_page(snapshot)]
    assert listed == ["Site", "Orphan", "Basket", "Checkout", "REST"]
