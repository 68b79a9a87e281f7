"""The bytes of answers: heads, chunks, refusals. No state."""

from stillhouse.gateway.ports import Headers
from stillhouse.wire import refusals
from stillhouse.wire.paths import Dialect
from stillhouse.wire.refusals import Refusal

# Of a provider's answer only these headers go on to the client; its own limits, cookies and
# organisation do not: they speak of our account there, not of the client's here.
PASSED = frozenset(
    {
        b"openai-processing-ms",
        b"openai-version",
        b"openai-model",
        b"x-ms-region",
        b"x-ms-deployment-name",
        b"azureml-model-session",
        b"apim-request-id",
        b"retry-after",
        b"retry-after-ms",
    }
)
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    402: b"Payment Required",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    413: b"Content Too Large",
    415: b"Unsupported Media Type",
    422: b"Unprocessable Content",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
}
LAST_CHUNK = b"0\r\n\r\n"


STATUS = {status: b"HTTP/1.1 %d %b\r\n" % (status, reason) for status, reason in REASONS.items()}


def status_line(status: int) -> bytes:
    return STATUS.get(status) or b"HTTP/1.1 %d Status\r\n" % status


def request_id_line(dialect: Dialect, request_id: bytes) -> bytes:
    if dialect is Dialect.ANTHROPIC:
        return b"request-id: %b\r\nx-request-id: %b\r\n" % (request_id, request_id)
    return b"x-request-id: %b\r\n" % request_id


def passed(headers: Headers) -> bytes:
    """Of a provider's headers, the lines that go on to the client."""
    if PASSED.isdisjoint(headers):
        return b""
    return b"".join(b"%b: %b\r\n" % line for line in headers.items() if line[0] in PASSED)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def refusal_answer(
    refusal: Refusal,
    *,
    dialect: Dialect,
    request_id: bytes,
    date: bytes,
    keep_alive: bool,
    extra: bytes = b"",
) -> tuple[bytes, bytes]:
    """(head, body) of a refusal in the caller's dialect."""
    body = refusals.body(dialect, refusal, request_id.decode())
    wait = b""
    if refusal.retry_after_ms is not None:
        ms = refusal.retry_after_ms
        wait = b"retry-after: %d\r\nretry-after-ms: %d\r\n" % (-(-ms // 1000), ms)
    if refusal.retry is not None:
        wait += b"x-should-retry: true\r\n" if refusal.retry else b"x-should-retry: false\r\n"
    head = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n%b%b%b%b%b\r\n" % (
        status_line(refusal.status),
        len(body),
        request_id_line(dialect, request_id),
        wait,
        extra,
        date,
        b"" if keep_alive else b"connection: close\r\n",
    )
    return head, body
