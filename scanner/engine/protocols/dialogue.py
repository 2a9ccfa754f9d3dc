"""Executes the generator of a conversation: sends its requests, feeds it the responses, and bounds their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.discovery.conversation import Conversation, Request, Response

#: Requests that a conversation may still make after its last permitted one: each gets None, then it is closed.
AFTER_THE_LAST = 64


def execute(conversation: Conversation, perform: Callable[[Request], Any], most: int) -> Response | None:
    """The response that a conversation returns, None where it returns none or does not end.

    `perform(request)` sends a request and returns its response, None where there is none; it is called `most` times.
    """
    try:
        request = next(conversation)
        for _ in range(most):
            request = conversation.send(perform(request))
        for _ in range(AFTER_THE_LAST):
            conversation.send(None)
    except StopIteration as end:
        response: Response | None = end.value
        return response
    finally:
        conversation.close()
    return None
