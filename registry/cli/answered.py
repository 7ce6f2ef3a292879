"""What a node answered over its interface, to commands that ask it."""

import httpx

from registry.errors import MalformedRefusal, NodeError


def good(answer: httpx.Response) -> httpx.Response:
    """Return an answer; raises MalformedRefusal with the node's own words for a problem."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        told = (problem["detail"], problem["detail_en"], problem["code"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"节点答复 {answer.status_code} / the node answered {answer.status_code}"
        raise NodeError(message) from error
    raise MalformedRefusal(told[0], told[1], code=told[2])
