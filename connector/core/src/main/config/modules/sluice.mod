[description]
The library of the Sluice connectors, which lose no connection when the server stops.
To use it, enable the "sluice-http" or the "sluice-ssl" module.

[tags]
connector
3rdparty
internal

[depend]
server

[files]
maven://io.sluice/sluice-connector/${sluice.version}|lib/sluice/sluice-connector-${sluice.version}.jar
maven://net.java.dev.jna/jna-jpms/${sluice.jna.version}|lib/sluice/jna-jpms-${sluice.jna.version}.jar

[lib]
lib/sluice/jna-jpms-${sluice.jna.version}.jar
lib/sluice/sluice-connector-${sluice.version}.jar

[jpms]
add-exports: org.eclipse.jetty.server/org.eclipse.jetty.server.internal=io.sluice.connector

[ini]
sluice.version?=@project.version@
sluice.jna.version?=@jna.version@
jetty.webapp.addHiddenClasses+=,${jetty.base.uri}/lib/sluice/

[ini-template]
### What the Sluice Connectors Do When the Server Stops

## How to drain the accept queue: auto, hand-over, steer, gate or two-pass.
# jetty.sluice.drainStrategy=auto

## The longest time that a drain may take, in milliseconds.
## A shorter stop timeout of the server takes its place.
# jetty.sluice.drainTimeout=5000

## How long an idle or silent connection may still send a request, in milliseconds.
# jetty.sluice.keepAliveGrace=1000

## How long half-open handshakes are waited for, in milliseconds.
# jetty.sluice.handshakeTimeout=3000

## The pause between the two passes of the two-pass strategy, in milliseconds.
# jetty.sluice.drainSettle=10

## How long everything goes on after a stop, before the drain, while readiness says no, in milliseconds.
# jetty.sluice.preDrainDelay=0

## How long everything goes on after a stop while no other process listens on the port, in milliseconds.
# jetty.sluice.waitForSuccessor=0

## Whether each acceptor has a listener of its own; false for one listener, however many acceptors there are.
# jetty.sluice.listenerPerAcceptor=true

## Whether the process that takes the listeners over goes on with open connections too.
# jetty.sluice.handOverConnections=true
