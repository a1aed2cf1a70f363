"""Staff at their screens: sign in, declare, go on, as a person clicks."""

from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.e2e.product import Product


def sign_in(tab: Tab, product: Product) -> None:
    """With the first Owner's name and password, to the form that declares an incident."""
    name, password = product.credentials
    tab.goto(f"{product.url}/admin/login/?next=/admin/incidents/incident/add/")
    tab.locator("input[name=login]").fill(name)
    tab.locator("input[name=password]").fill(password)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def declare(tab: Tab, component: str, **titles: str) -> None:
    """Fills in the form and sends it, with one component in a partial outage."""
    for field, title in titles.items():
        tab.locator(f"[name={field}]").fill(title)
    tab.locator("[name=body_en]").fill("Card payments fail. Carts are kept.")
    tab.locator("[name=body_fr]").fill("Les paiements par carte échouent. Les paniers sont conservés.")
    tab.get_by_label(component).select_option("partial_outage")
    tab.get_by_role("button", name="Declare the incident").click()


def declared(tab: Tab, title: str) -> None:
    """Waits until it is posted."""
    expect(tab.locator("h1").filter(has_text=title)).to_be_visible()


def send_now(tab: Tab) -> None:
    """Ends the seconds in which it can be undone."""
    tab.get_by_role("button", name="Send now").click()
    expect(tab.locator("body")).to_contain_text("It is being sent.")


def go_on(tab: Tab, status: str, body_en: str, body_fr: str) -> None:
    """One more update, on the incident's own screen."""
    tab.get_by_label(status).check()
    tab.locator("[name=body_en]").fill(body_en)
    tab.locator("[name=body_fr]").fill(body_fr)
