import pytest

from subscribers.models import DeliveryState
from tests.make import make_page
from tests.subscribers.conftest import Receiver, SmtpServer
from tests.subscribers.make import Clock, make_means, make_subscriber, notify, send, states

pytestmark = pytest.mark.django_db


def test_each_subscriber_gets_one_mail_in_their_language(smtp: SmtpServer) -> None:
    page = make_page()
    english = make_subscriber(page)
    french = make_subscriber(page, language="fr")
    notify(page, title={"en": "Checkout fails", "fr": "Le paiement échoue"})

    assert send("email", make_means(mail_url=smtp.url), Clock()) == 2

    subjects = {mail["To"]: mail["Subject"] for mail in smtp.sink.mails}
    assert subjects == {
        english.address: f"[{page.name}] Investigating: Checkout fails",
        french.address: f"[{page.name}] Enquête en cours\u00a0: Le paiement échoue",
    }
    assert set(states().values()) == {DeliveryState.SENT}
    assert smtp.sink.connections == 1


def test_a_webhook_is_sent(receiver: Receiver) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)

    assert send("webhook", make_means(), Clock()) == 1

    assert receiver.requests[0].json["type"] == "incident.created"
    assert set(states().values()) == {DeliveryState.SENT}
