[description]
Tells systemd when the server serves and when it stops, for a service of Type=notify.
Does nothing where NOTIFY_SOCKET is not set.

[tags]
connector
3rdparty

[depend]
sluice

[xml]
etc/sluice-systemd.xml
