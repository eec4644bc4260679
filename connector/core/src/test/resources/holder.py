"""Holds a listening socket while servers come and go on it. Arguments: reuseport (0 or 1), mode, then the server's command."""

import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

reuseport, mode, command = sys.argv[1] == "1", sys.argv[2], sys.argv[3:]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if reuseport:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(("127.0.0.1", 0))
listener.listen(1024)
port = listener.getsockname()[1]
answered = 0
failures = []
over = threading.Event()


def request():
    global answered
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            response = b""
            while chunk := client.recv(4096):
                response += chunk
        if not response.startswith(b"HTTP/1.1 200"):
            failures.append(repr(response[:40]))
        answered += 1
    except OSError as failure:
        failures.append(repr(failure))


def load():
    while not over.is_set():
        request()
        time.sleep(0.005)


def clear_nonblock():
    while not over.is_set():
        flags = fcntl.fcntl(listener, fcntl.F_GETFL)
        fcntl.fcntl(listener, fcntl.F_SETFL, flags & ~os.O_NONBLOCK)


def take():
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while not over.is_set():
        if poll.poll(100):
            serve()


def serve():
    try:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    except OSError:
        pass


clients = [threading.Thread(target=load) for _ in range(4)]
if mode.startswith("clear"):
    clients.append(threading.Thread(target=clear_nonblock))
if mode.endswith("take"):
    clients.append(threading.Thread(target=take))
stdin, passed = listener, ()
if mode == "passed":  # As systemd does it: descriptor 3, and the environment says whose it is.
    if listener.fileno() != 3:
        os.dup2(listener.fileno(), 3)
    stdin, passed = subprocess.DEVNULL, (3,)
    command = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"] + command
print("PORT %d" % port, flush=True)
for number in range(2):
    server = subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=passed, text=True
    )
    line = server.stdout.readline()
    print(line.strip(), flush=True)
    if not line.startswith("READY"):
        server.wait()
        sys.exit(0)
    if number == 0:
        for client in clients:
            client.start()
    time.sleep(1)
    if mode == "quiet":
        over.set()
        for client in clients:
            client.join()
    begun = time.monotonic()
    server.send_signal(signal.SIGTERM)
    try:
        _, log = server.communicate(timeout=20)
        print("STOPPED after %.1f s, exit code %d" % (time.monotonic() - begun, server.returncode), flush=True)
    except subprocess.TimeoutExpired:
        print("HUNG", flush=True)
        server.kill()
        _, log = server.communicate()
    print(log, flush=True)
    print("TTL %d" % listener.getsockopt(socket.IPPROTO_IP, 21), flush=True)
    print("DEVICE %d" % struct.unpack("i", listener.getsockopt(socket.SOL_SOCKET, 62, 4)), flush=True)

over.set()
# Those that nobody serves any more: the holder is the next one who accepts.
listener.setblocking(True)
listener.settimeout(0.5)
while any(client.is_alive() for client in clients):
    serve()
print("ANSWERED %d" % answered)
print("FAILED %d %s" % (len(failures), failures[:3]))
