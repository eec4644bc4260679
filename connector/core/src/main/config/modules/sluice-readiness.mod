[description]
Enables a port of this process alone that tells load balancers whether the server is ready.
It answers "200 ready", or "503 draining" from the moment in which the server is stopped.

[tags]
connector
3rdparty

[depend]
sluice

[xml]
etc/sluice-readiness.xml

[ini-template]
### Readiness Port Configuration

## The host/address to bind the port to.
# jetty.sluice.readiness.host=0.0.0.0

## The port. Each process needs one of its own.
# jetty.sluice.readiness.port=8079
