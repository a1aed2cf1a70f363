"""The page where subscribers see and change what they hear, by the signed link that every message carries.

No cookie is read or set, and a GET changes nothing: the token in the address is all there is to know.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from subscribers import tokens
from subscribers.models import Subscriber


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """What a subscriber hears."""
    try:
        subscriber_id = tokens.read_managing(token)
        subscriber = Subscriber.objects.select_related("page").defer("secret").get(public_id=subscriber_id)
    except (tokens.TokenRefused, Subscriber.DoesNotExist):
        return render(request, "subscribe/expired.html", status=400)
    return render(request, "subscribe/left.html", {"page": subscriber.page})
