"""One try at a webhook: what is sent, what is never called, and how an answer counts."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.adapters import webhook_sender
from gateway.adapters.webhook_sender import NOT_FOUND, NOT_HTTPS, NOT_PUBLIC, HttpWebhookSender
from gateway.ports.outbound_webhooks import OutboundWebhook
from runtime.clock import SystemClock
from runtime.ids import new_id
from support.gateway.tls_receiver import a_tls_receiver, certificate
from support.gateway.webhook_receiver import a_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def told(*addresses: str) -> webhook_sender.Resolve:
    """Every name has these addresses."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_what_is_sent_is_signed_as_standard_webhooks_say() -> None:
    sender = HttpWebhookSender(SystemClock(), allow_private=True, resolve=told("127.0.0.1"))
    message_id = new_id()
    async with a_receiver() as receiver:
        to = OutboundWebhook(f"http://hooks.example.com:{receiver.port}/hook", SECRET)
        result = await sender.send(to, message_id, '{"type":"budget.alert_raised"}')
    assert result.problem is None
    [(headers, body)] = receiver.got
    assert headers["webhook-id"] == str(message_id)
    assert headers["host"] == f"hooks.example.com:{receiver.port}"
    assert Webhook(SECRET).verify(body, headers) == {"type": "budget.alert_raised"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500])
async def test_what_is_not_2xx_is_tried_again_and_no_redirect_is_followed(status: int) -> None:
    sender = HttpWebhookSender(SystemClock(), allow_private=True)
    async with a_receiver() as receiver:
        receiver.answers.append(status)
        to = OutboundWebhook(f"http://127.0.0.1:{receiver.port}/hook", SECRET)
        result = await sender.send(to, new_id(), "{}")
    assert (result.problem, result.is_final) == (f"The receiver answered {status}.", False)


async def test_who_answers_gone_is_not_asked_again() -> None:
    sender = HttpWebhookSender(SystemClock(), allow_private=True)
    async with a_receiver() as receiver:
        receiver.answers.append(410)
        to = OutboundWebhook(f"http://127.0.0.1:{receiver.port}/hook", SECRET)
        assert (await sender.send(to, new_id(), "{}")).is_final


async def test_a_receiver_that_says_nothing_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_sender, "SEND_TIMEOUT_S", 0.2)
    sender = HttpWebhookSender(SystemClock(), allow_private=True)
    async with a_receiver() as receiver:
        to = OutboundWebhook(f"http://127.0.0.1:{receiver.port}/silent", SECRET)
        result = await sender.send(to, new_id(), "{}")
    assert result.problem is not None
    assert "did not answer" in result.problem


async def test_a_name_that_came_to_point_inside_is_not_called() -> None:
    """At the time of sending too: names change after they were looked at."""
    async with a_receiver() as receiver:
        url = f"https://hooks.example.com:{receiver.port}/hook"
        sender = HttpWebhookSender(SystemClock(), resolve=told("93.184.216.34"))
        assert await sender.check(url) is None
        for inside in (("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ("::ffff:127.0.0.1",)):
            sender = HttpWebhookSender(SystemClock(), resolve=told(*inside))
            result = await sender.send(OutboundWebhook(url, SECRET), new_id(), "{}")
            assert result.problem == NOT_PUBLIC
        assert receiver.got == []


async def test_http_and_unknown_names_are_refused_in_words() -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    assert await HttpWebhookSender(SystemClock()).check("http://8.8.8.8/") == NOT_HTTPS
    sender = HttpWebhookSender(SystemClock(), resolve=nowhere)
    assert await sender.check("https://hooks.example.com/") == NOT_FOUND


async def test_a_receiver_that_is_not_there_is_a_problem_and_no_fault() -> None:
    async with a_receiver() as receiver:
        port = receiver.port
    sender = HttpWebhookSender(SystemClock(), allow_private=True)
    result = await sender.send(OutboundWebhook(f"http://127.0.0.1:{port}/", SECRET), new_id(), "{}")
    assert result.problem == "The receiver could not be reached (ConnectError)."


async def test_the_certificate_is_asked_for_the_hosts_name_not_for_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path, "hooks.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    sender = HttpWebhookSender(SystemClock(), allow_private=True, resolve=told("127.0.0.1"))
    results: list[str | None] = []
    async with a_tls_receiver(cert, key) as port:
        for host in ("hooks.example.com", "other.example.com"):
            to = OutboundWebhook(f"https://{host}:{port}/hook", SECRET)
            results.append((await sender.send(to, new_id(), "{}")).problem)
    assert results == [None, "The receiver could not be reached (ConnectError)."]
