"""A server on this machine that answers as it is told: well, badly, slowly, or not at all."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket, threading.Event, bytes], None]
"""Acts on a connection, until it is over, on a request."""


@dataclass
class Stub:
    """What it heard."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    """Whole requests, head and body."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/propose"

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(one.partition(b"\r\n\r\n")[2]) for one in self.heard]


def http(body: bytes | str, status: str = "200 OK", **headers: str) -> Behaviour:
    """A whole answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(data)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw(("\r\n".join(lines) + "\r\n\r\n").encode() + data)


def echoing(build: Callable[[dict[str, Any]], str]) -> Behaviour:
    """A whole answer that is made of the request."""

    def behave(connection: socket.socket, over: threading.Event, request: bytes) -> None:
        body = build(json.loads(request.partition(b"\r\n\r\n")[2]))
        http(body)(connection, over, request)

    return behave


def raw(data: bytes) -> Behaviour:
    """Just these bytes."""

    def behave(connection: socket.socket, over: threading.Event, request: bytes) -> None:
        del over, request
        connection.sendall(data)

    return behave


def drip(data: bytes, every_s: float = 0.02) -> Behaviour:
    """A byte now and then, for as long as somebody listens."""

    def behave(connection: socket.socket, over: threading.Event, request: bytes) -> None:
        del request
        at = 0
        while not over.wait(every_s):
            connection.sendall(data[at : at + 1] or b" ")
            at += 1

    return behave


def hang(connection: socket.socket, over: threading.Event, request: bytes) -> None:
    """Nothing, until the other side goes."""
    del connection, request
    over.wait()


def reset(connection: socket.socket, over: threading.Event, request: bytes) -> None:
    """Hang up in the rudest way."""
    del over, request
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def answer(*proposals: dict[str, Any], **more: Any) -> str:
    """An answer as the schema says."""
    return json.dumps({"proposals": list(proposals), **more})


def proposal(value: Any, *, op: str = "replace", step: int = 1, **more: Any) -> dict[str, Any]:
    """One proposal of one change."""
    patch = [{"op": op, "step_index": step, "value": value}]
    return {"patch": patch, "rationale": "The file has another name.", "confidence": 0.9, **more}


def completion(content: str | None, **more: Any) -> str:
    """What a model server says."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}, **more}
    usage = {"prompt_tokens": 700, "completion_tokens": 40, "total_tokens": 740}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[Stub]:
    """A stub that does these in turn, the last one again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    stub, over = Stub(listener.getsockname()[1]), threading.Event()
    workers: list[threading.Thread] = []

    def serve(connection: socket.socket, behave: Behaviour) -> None:
        with connection, suppress(OSError):
            stub.heard.append(_request(connection))
            behave(connection, over, stub.heard[-1])

    def accept() -> None:
        count = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            behave = behaviours[min(count, len(behaviours) - 1)]
            count += 1
            workers.append(threading.Thread(target=serve, args=(connection, behave)))
            workers[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield stub
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for worker in workers:
            worker.join()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n" + body
