[description]
Enables a clear-text HTTP connector that loses no connection when the server stops.
It takes the place of the "http" module: "http2c" and the others work on top of it.

[tags]
connector
http
3rdparty

[provides]
http

[depend]
sluice

[xml]
etc/sluice-http.xml

[ini-template]
### Clear-Text HTTP Connector Configuration

## The host/address to bind the connector to.
# jetty.http.host=0.0.0.0

## The port the connector listens on. Several processes may share it.
# jetty.http.port=8080

## The connector idle timeout, in milliseconds.
# jetty.http.idleTimeout=30000

## The number of acceptors (-1 lets Jetty choose, 0 accepts in the selectors).
# jetty.http.acceptors=1

## The number of selectors (-1 lets Jetty choose).
# jetty.http.selectors=-1

## The length of the kernel's accept queue (0 lets the JDK choose).
# jetty.http.acceptQueueSize=4096

## The thread priority delta to give to acceptor threads.
# jetty.http.acceptorPriorityDelta=0

## Whether to enable the SO_REUSEADDR socket option.
# jetty.http.reuseAddress=true

## Whether to enable the SO_REUSEPORT socket option, so that processes can share the port.
# jetty.http.reusePort=true

## Whether to enable the TCP_NODELAY socket option on accepted sockets.
# jetty.http.acceptedTcpNoDelay=true

## The SO_RCVBUF socket option to set on accepted sockets (-1 for the platform's default).
# jetty.http.acceptedReceiveBufferSize=-1

## The SO_SNDBUF socket option to set on accepted sockets (-1 for the platform's default).
# jetty.http.acceptedSendBufferSize=-1
