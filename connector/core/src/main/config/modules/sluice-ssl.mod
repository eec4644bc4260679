[description]
Enables a TLS (SSL) connector that loses no connection when the server stops.
It takes the place of the "ssl" module: "https", "http2" and the others work on top of it.
In Jetty 12.0, set the properties jetty.sslContext.* by hand: their template is in the "ssl" module there.

[tags]
connector
ssl
3rdparty

[provides]
ssl

# Jetty 12.0 has no ssl-context: its XML, below, belongs to "ssl" there.
[depend]
sluice
?ssl-context

# The last three want to be before "ssl", but know it by its name only.
[after]
ssl-context
forwarded
rewrite-customizer
test-keystore

[xml]
etc/sluice-ssl.xml
etc/jetty-ssl-context.xml

[ini-template]
### TLS (SSL) Connector Configuration

## The host/address to bind the connector to.
# jetty.ssl.host=0.0.0.0

## The port the connector listens on. Several processes may share it.
# jetty.ssl.port=8443

## The connector idle timeout, in milliseconds.
# jetty.ssl.idleTimeout=30000

## The number of acceptors (-1 lets Jetty choose, 0 accepts in the selectors).
# jetty.ssl.acceptors=1

## The number of selectors (-1 lets Jetty choose).
# jetty.ssl.selectors=-1

## The length of the kernel's accept queue (0 lets the JDK choose).
# jetty.ssl.acceptQueueSize=4096

## The thread priority delta to give to acceptor threads.
# jetty.ssl.acceptorPriorityDelta=0

## Whether to enable the SO_REUSEADDR socket option.
# jetty.ssl.reuseAddress=true

## Whether to enable the SO_REUSEPORT socket option, so that processes can share the port.
# jetty.ssl.reusePort=true

## Whether to enable the TCP_NODELAY socket option on accepted sockets.
# jetty.ssl.acceptedTcpNoDelay=true

## The SO_RCVBUF socket option to set on accepted sockets (-1 for the platform's default).
# jetty.ssl.acceptedReceiveBufferSize=-1

## The SO_SNDBUF socket option to set on accepted sockets (-1 for the platform's default).
# jetty.ssl.acceptedSendBufferSize=-1

## Whether clients must send SNI; others are answered 400.
# jetty.ssl.sniRequired=false

## Whether SNI must match a name of the certificate; others are answered 400.
# jetty.ssl.sniHostCheck=true

## The max-age of the Strict-Transport-Security header, in seconds (-1 for no such header).
# jetty.ssl.stsMaxAgeSeconds=-1

## Whether the Strict-Transport-Security header includes subdomains.
# jetty.ssl.stsIncludeSubdomains=false
